// `from` and `to` of a request as points in time.
import { InvalidRequest } from '../contract/parameter.ts';
import { type Moment, resolveMoment } from '../contract/v1-moment.ts';

export interface TimeWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Without `to` until now, without `from` so long before.
 * @throws InvalidRequest
 */
export function readTimeWindow(
  { from, to }: { readonly from: Moment | undefined; readonly to: Moment | undefined },
  { nowMs, lengthMs }: { readonly nowMs: number; readonly lengthMs: number },
): TimeWindow {
  const toMs = to === undefined ? nowMs : resolveMoment(to, nowMs);
  const fromMs = from === undefined ? Math.max(0, toMs - lengthMs) : resolveMoment(from, nowMs);
  if (fromMs >= toMs) throw new InvalidRequest('from must be before to.');
  return { fromMs, toMs };
}
