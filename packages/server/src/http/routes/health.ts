// Handlers for whoever watches the server itself.
import type { Static } from 'typebox';
import type * as contract from '../../contract/health.ts';
import type { Health } from '../../desk/desk.ts';
import { Answer, type Handler } from '../api-request.ts';

export const alive: Handler<typeof contract.alive, 'unasked'> = async () => ({ status: 'ok' });

export const healthcheck: Handler<typeof contract.healthcheck, 'unasked'> = async () => 'OK';

export const ready: Handler<typeof contract.ready, 'unasked'> = async ({ desk }) => {
  const readiness = toReadiness(await desk.health());
  return readiness.missing.length === 0 ? readiness : new Answer(readiness, { status: 503 });
};

function toReadiness({
  broker,
  events,
  store,
  clock,
  sharing,
  resultBackend,
}: Health): Static<typeof contract.Readiness> {
  const missing: string[] = [];
  if (!broker.connected) missing.push(`broker: ${broker.detail}`);
  if (!events.connected) missing.push(`events: ${events.detail}`);
  if (!store.writable) missing.push(`store: ${store.detail}`);
  return {
    status: missing.length === 0 ? 'ready' : 'not ready',
    missing,
    broker: { ok: broker.connected, url: broker.url, detail: broker.detail },
    events: {
      ok: events.connected,
      detail: events.detail,
      // Milliseconds are more than it is exact to.
      lag_seconds: Math.round(events.lagSeconds * 1000) / 1000,
      undecodable: { ...events.undecodable },
      left_out: events.leftOut,
    },
    store: { ok: store.writable, detail: store.detail },
    ...(clock === undefined ? {} : { clock: { ok: clock.believed, detail: clock.detail } }),
    ...(sharing === undefined
      ? {}
      : { sharing: { ...sharing, gaps: sharing.gaps.map((gap) => ({ ...gap })) } }),
    result_backend: { url: resultBackend.url, detail: resultBackend.detail },
  };
}
