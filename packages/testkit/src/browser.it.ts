import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { missing, startBrowser, suiteScope, type TestBrowser, until } from './index.ts';

const absence = await missing('browser');
const scope = suiteScope();
const browser: TestBrowser | null = absence === false ? await startBrowser(scope) : null;

/** A test that has the browser. */
function inBrowser(name: string, work: (t: TestContext, browser: TestBrowser) => Promise<void>): void {
  test(name, { skip: absence }, async (t) => {
    assert.ok(browser);
    await work(t, browser);
  });
}

interface Site {
  readonly url: string;
  readonly asked: readonly { readonly path: string; readonly headers: IncomingHttpHeaders }[];
}

async function serve(t: TestContext, body: string, headers: Record<string, string> = {}): Promise<Site> {
  const asked: Site['asked'][number][] = [];
  const server = createServer((request, response) => {
    asked.push({ path: request.url ?? '', headers: request.headers });
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...headers }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

inBrowser('a page is rendered and its scripts run', async (t, chromium) => {
  const { url } = await serve(t, '<h1 id=h>no</h1><script>h.textContent = "six times nine"</script>');
  const { page, complaints, requests } = await chromium.openPage(t);
  await page.goto(url);
  assert.equal(await page.textContent('h1'), 'six times nine');
  assert.deepEqual(complaints, []);
  assert.equal(requests[0], `${url}/`);
});

inBrowser('errors of scripts, of the console and dialogs are complaints', async (t, chromium) => {
  const script = 'console.error("written"); setTimeout(() => { throw new Error("thrown") }); alert("shown")';
  const { url } = await serve(t, `<script>${script}</script>`);
  const { page, complaints } = await chromium.openPage(t);
  await page.goto(url);
  for (const part of ['console error: written', 'uncaught: thrown', 'dialog: alert shown']) {
    await until(() => complaints.some((text) => text.includes(part)), {
      what: () => `${part} among ${complaints.join(' | ')}`,
    });
  }
});

for (const [what, body] of [
  ['an inline script', '<script>document.title = "ran"</script>'],
  ['a handler in an attribute', '<img src=x onerror="document.title = \'ran\'">'],
  ['a style', '<style>body { color: red }</style>'],
  ['a picture from elsewhere', '<img src="http://127.0.0.2:9/x.png">'],
] as const) {
  inBrowser(`a policy that ${what} violates is a complaint`, async (t, chromium) => {
    const { url } = await serve(t, body, { 'content-security-policy': "default-src 'none'" });
    const { page, complaints } = await chromium.openPage(t);
    await page.goto(url);
    await until(() => complaints.some((text) => text.includes('Content Security Policy')), {
      what: () => `a violation among ${complaints.join(' | ')}`,
    });
    assert.notEqual(await page.title(), 'ran');
  });
}

inBrowser('no context has the cookies of another', async (t, chromium) => {
  const site = await serve(t, 'x', { 'set-cookie': 'a=1' });
  const first = await chromium.openPage(t);
  await first.page.goto(site.url);
  await first.page.goto(`${site.url}/again`);
  const second = await chromium.openPage(t);
  await second.page.goto(`${site.url}/other`);
  const cookieAt = (path: string) => site.asked.find((request) => request.path === path)?.headers.cookie;
  assert.equal(cookieAt('/again'), 'a=1');
  assert.equal(cookieAt('/other'), undefined);
});

test('a browser ends with its scope', { skip: absence }, async () => {
  const cleanUps: (() => void | Promise<void>)[] = [];
  const own = await startBrowser({ after: (cleanUp) => void cleanUps.push(cleanUp) });
  assert.match(own.version, /^\d+\./);
  assert.ok(existsSync(`/proc/${own.pid}`));
  for (const cleanUp of cleanUps.toReversed()) await cleanUp();
  assert.ok(!existsSync(`/proc/${own.pid}`));
});
