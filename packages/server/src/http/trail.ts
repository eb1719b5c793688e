// What one request leaves in the audit trail: at most one line, of what was asked for, by whom, and what came of it. Handlers
// say what they know; record-outcome.ts writes the line at the end, when the handler has not. The audit redacts it.
import type { Audit } from '../audit/audit.ts';
import type { Caller } from '../auth/authenticator.ts';
import type { AuditEntry } from '../store/ledger.ts';

export interface TrailFacts {
  readonly audit: Audit;
  /** Undefined: nothing is written. */
  readonly action: string | undefined;
  readonly address: string | null;
}

export class Trail {
  /** What it is done to: name of a worker, a task, a token. */
  target: string | null = null;
  /** What was asked for, as it was given; null: not read yet. */
  params: Readonly<Record<string, unknown>> | null = null;
  /** What the workers answered, by worker; null: none was asked. */
  replies: unknown = null;
  /** One sentence of what came of it. */
  detail: string | null = null;
  /** Who it was, once they are known. */
  caller: Caller | null = null;
  /** Who somebody unknown said they were. */
  claimed: string | null = null;

  readonly #facts: TrailFacts;
  readonly #at = Date.now();
  readonly #started = performance.now();
  #written: boolean;

  constructor(facts: TrailFacts) {
    this.#facts = facts;
    this.#written = facts.action === undefined;
  }

  /** Whether a line is still to be written. */
  get isKept(): boolean {
    return !this.#written;
  }

  /** Nothing of this request is written: it is one of many like it. */
  forget(): void {
    this.#written = true;
  }

  /**
   * Writes the line, unless that has been done already. Never rejects.
   * @param status of the answer
   * @param outcome default: what the status means
   */
  async write(status: number, outcome?: AuditEntry['outcome']): Promise<void> {
    const { audit, action, address } = this.#facts;
    if (this.#written || action === undefined) return;
    this.#written = true;
    const identity = this.caller?.identity;
    await audit.record({
      at: this.#at,
      who: identity?.name ?? this.claimed,
      subject: identity?.subject ?? null,
      via: identity?.via ?? null,
      token: this.caller?.token ?? null,
      address,
      action,
      target: this.target,
      params: this.params ?? {},
      outcome: outcome ?? outcomeOf(status, this.replies !== null),
      status,
      detail: this.detail,
      replies: this.replies,
      tookMs: Math.round(performance.now() - this.#started),
    });
  }
}

/** A refusal by the workers is a failure: it was tried. */
function outcomeOf(status: number, wasTried: boolean): AuditEntry['outcome'] {
  if (status < 400) return 'done';
  return status >= 500 || wasTried ? 'failed' : 'refused';
}
