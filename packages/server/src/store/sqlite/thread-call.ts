// What crosses between file-threads.ts and its threads. Failures are data there, because an error that crosses threads loses its
// class and code.
import { StoreError, type StoreErrorCode } from '../store.ts';

export interface ThreadCall {
  readonly method: string;
  readonly parameters: readonly unknown[];
}

export type ThreadAnswer =
  | { readonly value: unknown }
  | { readonly error: { readonly code: StoreErrorCode; readonly message: string } };

/** A line for the log of the process, told outside the answers. */
export interface ThreadLogLine {
  readonly level: 'info' | 'warn';
  readonly fields: object;
  readonly text: string;
}

/** Does the work of a call and turns an expected failure into an answer. */
export async function answerCall(work: () => Promise<unknown>): Promise<ThreadAnswer> {
  try {
    return { value: await work() };
  } catch (error) {
    if (error instanceof StoreError) return { error: { code: error.code, message: error.message } };
    throw error;
  }
}

/** What a call comes to: @throws StoreError as it was thrown on the thread */
export function valueOf(answer: ThreadAnswer): unknown {
  if ('error' in answer) throw new StoreError(answer.error.code, answer.error.message);
  return answer.value;
}
