// What a query needs to know besides the task itself.

/** Survives the way to another thread (structured clone). */
export interface QueryContext {
  /** Epoch seconds. */
  readonly nowS: number;
  /** Workers that are gone, and since when Umbel's clock says so: what they had not ended is lost. */
  readonly goneWorkers: ReadonlyMap<string, number>;
  /** By task name, seconds: its p99 of the day before. A name that is missing has no slow runs. */
  readonly slowAboveS: ReadonlyMap<string, number>;
  /** Tasks that somebody asked to revoke and that have not ended. */
  readonly revoking: ReadonlySet<string>;
}
