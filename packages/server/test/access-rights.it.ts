// Who may do what, by its effect on a real worker; what the audit trail proves, and where secrets do not go.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import { suiteScope, until } from '@umbel/testkit';
import { accessCluster, as, asText, bearer, run } from './access-cluster.ts';
import { type WorkerBody } from './start-umbel.ts';

suite('rights', () => {
  const { cluster, start, startWithRoles, workerIsRunning } = accessCluster(suiteScope());

  test('every role does what it may to a real worker, and no more', async (t) => {
    const umbel = await startWithRoles(t);
    const { hostname } = await cluster();
    await until(
      async () =>
        (await umbel.get<Record<string, WorkerBody>>('/api/workers', as('vera'))).json[hostname]?.stats !==
        undefined,
      { timeoutMs: 30_000, what: 'the worker to be known' },
    );
    const grow = `/api/worker/pool/restart/${hostname}`;
    const refused = await umbel.post(grow, undefined, as('vera'));
    assert.equal(refused.status, 403);
    assert.match(refused.json.error ?? '', /control/);
    assert.notEqual((await umbel.post(grow, undefined, as('olga'))).status, 403);

    const args = ['one', { password: 'hunter2', n: 1 }];
    const sent = await umbel.post('/api/task/async-apply/shop.echo', { args: [args] }, as('olga'));
    assert.equal(sent.status, 200, sent.text);
    const path = `/api/task/info/${sent.json['task-id']}`;
    await until(async () => (await umbel.get(path, as('vera'))).json.state === 'SUCCESS', {
      timeoutMs: 20_000,
      what: 'the task to end',
    });
    const seen = await umbel.get(path, as('vera'));
    assert.match(seen.text, /"one"/);
    assert.doesNotMatch(seen.text, /hunter2/);
    const blind = await umbel.get(path, as('blind'));
    assert.equal(blind.status, 200);
    assert.doesNotMatch(blind.text, /"one"|hunter2/);
    assert.equal((await umbel.get(`/api/task/result/${sent.json['task-id']}`, as('blind'))).status, 403);

    assert.equal((await umbel.get('/api/v1/audit', as('olga'))).status, 403);
    const audit = await umbel.get<{ items: { action: string; who: string; outcome: string }[] }>(
      '/api/v1/audit',
      as('ada'),
    );
    assert.equal(audit.status, 200, audit.text);
    assert.doesNotMatch(audit.text, /hunter2/);
    const lines = audit.json.items.map((item) => `${item.who} ${item.outcome}`);
    assert.ok(lines.includes('vera refused'), audit.text);
    assert.ok(lines.includes('olga done'), audit.text);
  });

  test('an operator of some queues sends there and nowhere else, and sees nothing else', async (t) => {
    const umbel = await startWithRoles(t);
    const { hostname } = await cluster();
    const send = (queue: string) =>
      umbel.post('/api/task/send-task/shop.add', { args: [1, 2], queue }, as('mel'));
    const sent = await send('mail');
    assert.equal(sent.status, 200, sent.text);
    const refused = await send('celery');
    assert.equal(refused.status, 403, refused.text);
    assert.match(refused.json.error ?? '', /send/);
    const foreign = await umbel.post('/api/task/send-task/shop.add', { args: [1, 2] }, as('olga'));
    await until(
      async () => (await umbel.get(`/api/task/info/${foreign.json['task-id']}`, as('olga'))).status === 200,
      { timeoutMs: 20_000, what: 'the task of somebody else to be seen' },
    );
    assert.equal((await umbel.get(`/api/task/info/${foreign.json['task-id']}`, as('mel'))).status, 404);
    const revoked = await umbel.post(`/api/task/revoke/${foreign.json['task-id']}`, undefined, as('mel'));
    assert.ok([403, 404].includes(revoked.status), revoked.text);
    // The worker consumes another queue too.
    const stopped = await umbel.post(`/api/worker/shutdown/${hostname}`, undefined, as('mel'));
    assert.ok([403, 404].includes(stopped.status), stopped.text);
    assert.equal(workerIsRunning(), true);
  });

  test('--read-only switches every change off, whoever asks, and says so', async (t) => {
    const umbel = await startWithRoles(t, ['--read-only']);
    const { hostname } = await cluster();
    for (const path of [
      `/api/worker/shutdown/${hostname}`,
      '/api/task/revoke/x',
      '/api/task/send-task/shop.add',
    ]) {
      const refused = await umbel.post(path, {}, as('ada'));
      assert.equal(refused.status, 403, path);
      assert.match(refused.json.error ?? '', /read-only/);
    }
    assert.equal((await umbel.get('/api/tasks', as('ada'))).status, 200);
    assert.equal(workerIsRunning(), true);
  });

  test('`umbel audit verify` finds a changed line, and a line that the log once named', async (t) => {
    const umbel = await startWithRoles(t);
    const where = ['--db', umbel.db, '--broker', (await cluster()).broker];
    for (const id of ['a', 'b', 'c']) await umbel.post(`/api/task/revoke/${id}`, undefined, as('olga'));
    const fine = await run(['audit', 'verify', ...where]);
    assert.equal(fine.code, 0, fine.text);
    const head = /(\d+):([0-9a-f]{64})/.exec(fine.text)?.[0] ?? '';
    assert.notEqual(head, '', fine.text);
    assert.equal((await run(['audit', 'verify', ...where, '--head', head])).code, 0);

    const ledger = new DatabaseSync(umbel.db.replace(/\.db$/, '-access.db'), { timeout: 5_000 });
    const tables = ledger.prepare("SELECT name, sql FROM sqlite_master WHERE type = 'table'").all();
    const table = tables.find(({ sql }) => String(sql).includes('outcome'))?.['name'];
    assert.ok(table, JSON.stringify(tables));
    const columns = ledger
      .prepare(`PRAGMA table_info(${String(table)})`)
      .all()
      .map(({ name }) => String(name));
    assert.ok(columns.includes('outcome'), columns.join());
    ledger.exec('PRAGMA writable_schema = ON');
    for (const { name } of ledger.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'").all()) {
      ledger.exec(`DROP TRIGGER ${String(name)}`);
    }
    ledger.exec(`UPDATE ${String(table)} SET outcome = 'refused' WHERE seq = 2`);
    ledger.close();
    const broken = await run(['audit', 'verify', ...where]);
    assert.equal(broken.code, 1, broken.text);
    assert.match(broken.text, /\b2\b/);
  });

  test('with --redact-stored no secret of a task reaches the disk', async (t) => {
    const umbel = await start(t, {
      args: ['--redact-stored', '--redact', 'iban'],
      env: { UMBEL_BASIC_AUTH: 'ada:pw-ada' },
    });
    const sent = await umbel.post(
      '/api/task/send-task/shop.echo',
      { args: [{ password: 'hunter2hunter2', iban: 'DE00112233', city: 'Ulm-am-Rhein' }] },
      as('ada'),
    );
    assert.equal(sent.status, 200, sent.text);
    const path = `/api/task/info/${sent.json['task-id']}`;
    await until(async () => (await umbel.get(path, as('ada'))).json.state === 'SUCCESS', {
      timeoutMs: 20_000,
      what: 'the task to end',
    });
    await umbel.stop();
    const folder = dirname(umbel.db);
    const bytes = Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))));
    assert.ok(bytes.includes('Ulm-am-Rhein'), 'nothing was stored');
    assert.ok(!bytes.includes('hunter2hunter2'));
    assert.ok(!bytes.includes('DE00112233'));
    assert.ok(!umbel.process.log().includes('hunter2hunter2'));
  });

  test('passwords and keys given at start are in no reply, no log line and no process title', async (t) => {
    const umbel = await start(t, {
      args: ['--basic-auth', 'ada:pw-ada'],
      env: { UMBEL_API_KEYS: 'viewer:static-key-1234' },
    });
    const title = readFileSync(`/proc/${umbel.process.pid}/cmdline`, 'utf8');
    assert.ok(!title.includes('pw-ada'), title);
    const texts = [umbel.process.log()];
    for (const path of [
      '/api/v1/session',
      '/api/v1/access',
      '/api/v1/audit',
      '/api/workers',
      '/readyz',
      '/',
    ]) {
      texts.push((await umbel.get(path, as('ada'))).text);
    }
    for (const text of texts) assert.doesNotMatch(text, /pw-ada|static-key-1234/);
    const key = await umbel.get('/api/tasks', { headers: bearer('static-key-1234') });
    assert.equal(key.status, 200, key.text);
    assert.equal(asText(key.headers, 'cache-control'), 'no-store');
  });
});
