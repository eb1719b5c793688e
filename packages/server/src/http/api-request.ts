// What a handler gets and gives: values that the contract has checked, and no trace of Fastify.
import type { Operation, ReplyOf, ValuesOf } from '../contract/operation.ts';
import type { Desk } from '../desk/desk.ts';

/** Facts about this server that some replies hold. */
export interface ServerFacts {
  readonly version: string;
  /** Empty, or `/prefix` without a slash at the end. */
  readonly urlPrefix: string;
  readonly openApi: Readonly<Record<string, unknown>>;
}

export interface ApiRequest<O> {
  /** The rest of the path of routes that end in `*`, decoded; else empty. */
  readonly target: string;
  readonly values: ValuesOf<O>;
  readonly desk: Desk;
  readonly server: ServerFacts;
  /** Aborted when the client went away or the server stops: nobody waits any more. */
  readonly signal: AbortSignal;
  /** Epoch milliseconds when the request came. */
  readonly nowMs: number;
}

export type Handler<O extends Operation> = (
  request: ApiRequest<O>,
) => Promise<ReplyOf<O> | Answer<ReplyOf<O>>>;

/** A reply of the documented shape with another status than 200, or with headers of its own. */
export class Answer<T> {
  readonly reply: T;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    reply: T,
    { status = 200, headers = {} }: { status?: number; headers?: Readonly<Record<string, string>> },
  ) {
    this.reply = reply;
    this.status = status;
    this.headers = headers;
  }
}
