// What the collector says about itself, as plain data that can cross threads.

export interface CollectorStatus {
  readonly events: {
    readonly connected: boolean;
    /** A sentence: since when, or what is wrong. */
    readonly detail: string;
    /** How far behind the events the store is. */
    readonly lagSeconds: number;
    /** Events taken in since the start. */
    readonly received: number;
    /** Messages and events that could not be used, by reason. */
    readonly undecodable: Readonly<Record<string, number>>;
    /** Events of intermediate states that were given up, because there were more events than could be written. */
    readonly leftOut: number;
  };
  readonly store: {
    readonly location: string;
    readonly writable: boolean;
    /** A sentence, empty when all is well. */
    readonly detail: string;
    /** Tasks that the store refused for good, which should never happen. */
    readonly refused: number;
  };
  /** Whether the machine's clock is believed (steady-clock.ts); otherwise nothing is deleted for its age. A sentence, empty when all is well. */
  readonly clock: { readonly believed: boolean; readonly detail: string };
  /** What waits to be written. */
  readonly buffered: { readonly tasks: number; readonly bytes: number; readonly paused: boolean };
}
