// What a handler gets and gives: values that the contract has checked, who asks, and no trace of Fastify.
import type { Readable } from 'node:stream';
import type { Authenticator, Caller, Evidence } from '../auth/authenticator.ts';
import type { Right } from '../auth/rights.ts';
import type { MediaType, Operation, ReplyOf, ValuesOf } from '../contract/operation.ts';
import type { Desk } from '../desk/desk.ts';
import type { Redaction } from '../redaction/redaction.ts';
import type { AuditStore } from '../store/ledger.ts';
import type { CostlyCall } from './costly-calls.ts';
import type { OwnCookie } from './own-cookie.ts';
import type { Needed } from './route.ts';
import type { Trail } from './trail.ts';

/** Facts about this server that some replies hold. */
export interface ServerFacts {
  readonly version: string;
  /** Empty, or `/prefix` without a slash at the end. */
  readonly urlPrefix: string;
  readonly openApi: Readonly<Record<string, unknown>>;
  /** Every right that changes something is taken from everybody. */
  readonly readOnly: boolean;
  /** Sources of Content-Security-Policy that may frame the pages; empty: nobody. */
  readonly frameAncestors: readonly string[];
}

/** Routes that need a right, or somebody who is known, have a caller; open ones may have one. */
export type CallerOf<N extends Needed> = N extends Right | 'signed-in'
  ? Caller
  : N extends 'open'
    ? Caller | null
    : null;

export type ApiRequest<O, N extends Needed = Right> = RequestBy<CallerOf<N>, O>;

interface RequestBy<C extends Caller | null, O> {
  /** The rest of the path of routes that end in `*`, decoded; else empty. */
  readonly target: string;
  readonly values: ValuesOf<O>;
  readonly caller: C;
  /** Shows and changes only what the caller may see and change. */
  readonly desk: Desk;
  /** What must be done to all that tasks carry before it is shown: masked by the rules, or hidden where the desk says so. */
  readonly redactionOf: (view: { readonly hidden?: boolean | undefined }) => Redaction;
  readonly authenticator: Authenticator;
  readonly evidence: Evidence;
  /** What of this request goes to the audit trail, when its operation has an `action`. */
  readonly trail: Trail;
  readonly auditLines: Pick<AuditStore, 'listAudit'>;
  /** Scheme and host under which the browser sees this server, prefix included, no slash at the end. */
  readonly origin: string;
  /** Of the session, as the browser's way to this server wants it. */
  readonly sessionCookie: OwnCookie;
  /** Another cookie of this server, with the same attributes. */
  readonly ownCookie: (name: string) => OwnCookie;
  /** Makes sure that there are not too many of these under way; hold it with `using`. @throws Refusal 429 */
  readonly costly: (call: CostlyCall) => Disposable;
  readonly server: ServerFacts;
  /** Aborted when the client went away or the server stops: nobody waits any more. */
  readonly signal: AbortSignal;
  /** Epoch milliseconds when the request came. */
  readonly nowMs: number;
}

export type Handler<O extends Operation, N extends Needed = Right> = (
  request: ApiRequest<O, N>,
) => Promise<ReplyOf<O> | Answer<ReplyOf<O>> | TextAnswer>;

/** Names in lower case; only `set-cookie` may be a list. */
export type AnswerHeaders = Readonly<Record<string, string | string[]>>;

/** A reply of the documented shape with another status than 200, or with headers of its own. */
export class Answer<T> {
  readonly reply: T;
  readonly status: number;
  readonly headers: AnswerHeaders;

  constructor(reply: T, { status = 200, headers = {} }: { status?: number; headers?: AnswerHeaders }) {
    this.reply = reply;
    this.status = status;
    this.headers = headers;
  }
}

/** A reply in one of the `otherMediaTypes` of the operation, or, without a body, one that leads elsewhere. */
export class TextAnswer {
  readonly text: string | Readable;
  readonly mediaType: MediaType;
  readonly status: number;
  readonly headers: AnswerHeaders;

  constructor(
    text: string | Readable,
    {
      mediaType,
      status = 200,
      headers = {},
    }: { mediaType: MediaType; status?: number; headers?: AnswerHeaders },
  ) {
    this.text = text;
    this.mediaType = mediaType;
    this.status = status;
    this.headers = headers;
  }
}
