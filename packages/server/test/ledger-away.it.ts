// What happens to people when the ledger (sessions, tokens, audit trail) cannot be read or written: nothing opens, nobody is told that
// they are wrong, and what needs no ledger goes on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ledger } from '../src/store/ledger.ts';
import { StoreError } from '../src/store/store.ts';
import { createFullRedaction } from '../src/redaction/create-full-redaction.ts';
import { createRedaction } from '../src/redaction/create-redaction.ts';
import { openAudit } from '../src/audit/open-audit.ts';
import { openAuthenticator } from '../src/auth/open-authenticator.ts';
import { buildApp } from '../src/http/build-app.ts';
import { rulesWith } from './auth/open-access.ts';
import { createRecordingDesk } from './http/recording-desk.ts';

/** Every call of it fails. */
function brokenLedger(): Ledger {
  const refuse = () => Promise.reject(new StoreError('unavailable', 'the disk is gone'));
  return new Proxy({} as Ledger, {
    get: (_, name) => (name === 'location' ? 'nowhere' : name === 'close' ? async () => undefined : refuse),
  });
}

test('while the ledger is away nobody gets in, and nobody is told that a secret is wrong', async (t) => {
  const ledger = brokenLedger();
  const log = { info: () => undefined, warn: () => undefined };
  const redaction = createRedaction({ names: ['password'] });
  const audit = openAudit({ ledger, log, redaction, retentionMs: null });
  const authenticator = await openAuthenticator(rulesWith({ users: ['ada:secret'] }), {
    ledger,
    log,
    providers: null,
  });
  const desk = createRecordingDesk();
  const app = await buildApp({
    desk,
    authenticator,
    audit,
    auditLines: ledger,
    redaction,
    fullRedaction: createFullRedaction(),
    version: '1',
  });
  t.after(async () => {
    await app.close();
    await authenticator.close();
    await audit.close();
  });
  const cookie = `umbel_session=${'a'.repeat(43)}`;
  const token = `umb_${'a'.repeat(40)}`;
  for (const headers of [{ cookie }, { authorization: `Bearer ${token}` }]) {
    for (const [method, url] of [
      ['GET', '/api/tasks'],
      ['POST', '/api/task/revoke/x'],
    ] as const) {
      const answer = await app.inject({ method, url, headers });
      assert.ok(answer.statusCode === 503 || answer.statusCode === 401, answer.body);
      assert.doesNotMatch(answer.body, /disk is gone/);
    }
  }
  const form = await app.inject({
    method: 'POST',
    url: '/api/v1/session',
    headers: { 'content-type': 'application/json' },
    payload: JSON.stringify({ name: 'ada', password: 'secret' }),
  });
  assert.equal(form.statusCode, 503, form.body);
  assert.equal(form.headers['set-cookie'], undefined);
  assert.deepEqual(desk.commands, []);
  // A password that stands in the configuration asks the ledger nothing.
  const basic = { authorization: `Basic ${btoa('ada:secret')}` };
  assert.equal((await app.inject({ url: '/api/tasks', headers: basic })).statusCode, 200);
  const revoked = await app.inject({ method: 'POST', url: '/api/task/revoke/x', headers: basic });
  assert.equal(revoked.statusCode, 200, 'a ledger that is away keeps nobody from stopping a task');
});
