import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browse } from '../../../test/http/browse.ts';
import { openApp } from '../../../test/http/open-app.ts';
import { createRememberingAuthenticator, PASSWORD } from '../../../test/http/remembering-authenticator.ts';

const authenticator = () => createRememberingAuthenticator().authenticator;

test('a browser gets a page, a program gets JSON', async (t) => {
  const { call } = await openApp(t, {}, { authenticator: authenticator() });
  const page = await call('GET', '/nothing-here', undefined, { accept: 'text/html,*/*' });
  assert.equal(page.status, 404);
  assert.match(String(page.headers['content-type']), /^text\/html/);
  assert.match(page.text, /<h1>Not Found<\/h1><p>There is nothing at \/nothing-here/);
  assert.match(String(page.headers['content-security-policy']), /style-src 'sha256-/);
  const json = await call('GET', '/nothing-here', undefined, { accept: 'application/json' });
  assert.equal(json.json()['status'], 404);
});

test('the API answers in its own format, whatever is accepted', async (t) => {
  const { call } = await openApp(t, {}, { authenticator: authenticator() });
  const { headers } = await call('POST', '/api/v1/session', {}, { accept: 'text/html' });
  assert.match(String(headers['content-type']), /^application\/problem\+json/);
  const { status } = await call('POST', '/api/worker/shutdown/w1', undefined, { accept: 'text/html' });
  assert.equal(status, 401);
});

test('somebody who may not see a page learns which right is missing, and without any, whom to ask', async (t) => {
  const app = await openApp(t, {}, { authenticator: authenticator() });
  const newcomer = browse(app.call);
  await newcomer.post('/login', { name: 'newcomer', password: PASSWORD });
  const { status, text } = await newcomer.get('/');
  assert.equal(status, 403);
  assert.match(text, /This needs the right view; you have none\./);
  assert.match(
    text,
    /<strong>newcomer<\/strong> \(password\), which has no rights here yet\. Ask whoever runs/,
  );
  assert.match(text, /href="\/account"/);
  const operator = browse(app.call);
  await operator.post('/login', { name: 'operator', password: PASSWORD });
  const refused = await operator.get('/audit');
  assert.match(refused.text, /This needs the right admin; you have view, /);
  assert.ok(!refused.text.includes('Ask whoever'));
});

test('a form sent after the session has ended leads to signing in', async (t) => {
  const remembered = createRememberingAuthenticator();
  const app = await openApp(t, {}, { authenticator: remembered.authenticator });
  const browser = browse(app.call);
  await browser.post('/login', { name: 'viewer', password: PASSWORD });
  await browser.get('/account');
  remembered.sessions.clear();
  const { status, text } = await browser.post('/account/tokens', { name: 'ci', right_view: 'on' });
  assert.equal(status, 401);
  assert.match(text, /<a class="button" href="\/login">Sign in<\/a>/);
});

test('what stands in a path or a sentence is text', async (t) => {
  const { call } = await openApp(t, {}, { authenticator: authenticator() });
  const { text } = await call('GET', '/<script>alert(1)</script>', undefined, { accept: 'text/html' });
  assert.ok(!text.includes('<script'));
});
