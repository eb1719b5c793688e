/** A promise that others may wait for; it may be rejected although nobody does. */
export function createWaiting<T>(): PromiseWithResolvers<T> {
  const waiting = Promise.withResolvers<T>();
  waiting.promise.catch(() => undefined);
  return waiting;
}
