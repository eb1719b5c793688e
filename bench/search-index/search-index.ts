// What the compared ways of searching have in common.

export interface SearchIndex {
  /** Takes in the texts of the rows `first + 1` and on, in one transaction. */
  feed(first: number, texts: readonly string[]): void;
  /** Ids of rows that may contain the folded word, newest first. */
  candidates(word: string): Iterable<number>;
}

/** CPU time of the whole process, so the work of other threads counts too. */
export function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
