import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alive } from '../contract/health.ts';
import type { Handler } from './api-request.ts';
import { route } from './route.ts';

test('the compiler lets a handler that asks who calls stand only where somebody is known', () => {
  const asks: Handler<typeof alive> = async ({ caller }) => ({
    status: caller.session === null ? 'ok' : 'ok',
  });
  const mayAsk: Handler<typeof alive, 'open'> = async ({ caller }) => ({
    status: caller === null ? 'ok' : 'ok',
  });
  const routes = [
    route('GET', '/', 'view', alive, asks),
    route('GET', '/', 'signed-in', alive, asks),
    route('GET', '/', 'view', alive, mayAsk),
    route('GET', '/', 'open', alive, mayAsk),
    // @ts-expect-error nobody may be known
    route('GET', '/', 'open', alive, asks),
    // @ts-expect-error nobody is known
    route('GET', '/', 'unasked', alive, asks),
  ];
  assert.deepEqual(
    routes.map(({ right }) => right),
    ['view', 'signed-in', 'view', 'open', 'open', 'unasked'],
  );
});
