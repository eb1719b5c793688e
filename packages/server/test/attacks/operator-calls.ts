// Calls to the arena's Umbel as olga, who may do everything but administer.
import assert from 'node:assert/strict';
import { basic, type openArena } from './arena.ts';

type Arena = Awaited<ReturnType<typeof openArena>>['arena'];

export const JSON_TYPE = { 'content-type': 'application/json' };
export const SEND = '/api/task/send-task/shop.add';

export function operatorCalls(arena: Arena) {
  return {
    post: (path: string, body: string, headers: Readonly<Record<string, string>> = JSON_TYPE) => {
      assert.ok(arena);
      return arena.umbel.post(path, body, { headers: { ...basic('olga'), ...headers } });
    },
    get: (path: string, person = 'olga') => {
      assert.ok(arena);
      return arena.umbel.get(path, { headers: basic(person) });
    },
  };
}
