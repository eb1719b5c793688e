// The pages in a real browser: by keyboard alone, on a small screen, in both colour schemes, and with names that would do harm.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { missing, startBrowser, suiteScope, type TestBrowser } from '@umbel/testkit';
import { openApp } from '../../../test/http/open-app.ts';
import {
  createRememberingAuthenticator,
  HOSTILE,
  PASSWORD,
} from '../../../test/http/remembering-authenticator.ts';

const skip = await missing('browser');
const scope = suiteScope();
const browser: TestBrowser | null = skip === false ? await startBrowser(scope) : null;

type Options = Parameters<TestBrowser['openPage']>[1];

async function openPages(t: TestContext, options?: Options) {
  assert.ok(browser);
  const remembered = createRememberingAuthenticator();
  const { app } = await openApp(t, {}, { authenticator: remembered.authenticator });
  const base = await app.listen({ host: '127.0.0.1', port: 0 });
  const opened = await browser.openPage(t, options);
  /** By keyboard, from the first field on, which gets the focus when the page is drawn. */
  async function typeIn(name: string, password: string): Promise<void> {
    const { page } = opened;
    await page.waitForFunction("document.activeElement.id === 'name'");
    await page.keyboard.type(name);
    await page.keyboard.press('Tab');
    await page.keyboard.type(password);
    await page.keyboard.press('Enter');
  }
  async function signIn(name: string, next = '/account'): Promise<void> {
    const { page } = opened;
    await page.goto(`${base}/login?next=${encodeURIComponent(next)}`);
    await typeIn(name, PASSWORD);
    await page.waitForURL(`${base}${next}`);
  }
  return { ...opened, base, remembered, typeIn, signIn };
}

test('one signs in by keyboard alone, and a wrong password leads to the field it belongs to', {
  skip,
}, async (t) => {
  const { page, base, typeIn, signIn } = await openPages(t);
  await page.goto(`${base}/login`);
  await typeIn('viewer', 'wrong');
  await page.getByRole('alert').waitFor();
  await page.waitForFunction("document.activeElement.id === 'password'");
  assert.equal(await page.getByLabel('Name').inputValue(), 'viewer');
  assert.equal(await page.getByLabel('Password').inputValue(), '');
  await signIn('viewer');
  assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'Account');
});

test('a token is made, copied once and revoked with its buttons; then one signs out', { skip }, async (t) => {
  const { page, base, signIn, remembered, complaints } = await openPages(t);
  await signIn('operator');
  await page.getByLabel('Name').fill('ci');
  await page.getByLabel('send Send tasks.').check();
  await page.getByRole('button', { name: 'Make the token' }).click();
  assert.match((await page.locator('.secret').textContent()) ?? '', /^umbel_s+1$/);
  await page.reload();
  assert.equal(await page.locator('.secret').count(), 0);
  await page.getByRole('button', { name: 'Revoke the token ci' }).click();
  await page.getByText('The token is revoked; it works no more.').waitFor();
  assert.notEqual(remembered.tokens[0]?.revokedAt, null);
  await page.getByRole('navigation').getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(`${base}/logout`);
  assert.equal(remembered.sessions.size, 0);
  assert.deepEqual(complaints, []);
});

test('no name becomes markup, and nothing is asked of any other place', { skip }, async (t) => {
  const { page, base, signIn, remembered, complaints, requests } = await openPages(t);
  await signIn(HOSTILE);
  await page.getByLabel('Name').fill(HOSTILE);
  await page.getByRole('button', { name: 'Make the token' }).click();
  await page.locator('.secret').waitFor();
  assert.equal(remembered.tokens[0]?.name, HOSTILE);
  for (const path of ['/account', '/', `/audit?who=${encodeURIComponent(HOSTILE)}`, '/login', '/logout']) {
    await page.goto(`${base}${path}`);
    assert.equal(await page.locator('img, script').count(), 0, path);
  }
  assert.deepEqual(complaints, []);
  assert.deepEqual(
    requests.filter((url) => !url.startsWith(`${base}/`)),
    [],
  );
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`no page scrolls sideways at 360 pixels, and every target is large enough (${colorScheme})`, {
    skip,
  }, async (t) => {
    const { page, base, signIn } = await openPages(t, {
      colorScheme,
      viewport: { width: 360, height: 640 },
      hasTouch: true,
    });
    await signIn(HOSTILE);
    for (const path of ['/account', '/', '/audit', '/logout', '/login', '/nothing']) {
      await page.goto(`${base}${path}`);
      assert.equal(
        await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
        0,
        path,
      );
      const buttons = await page.locator('button:visible, a.button:visible').all();
      for (const button of buttons) {
        assert.ok(
          ((await button.boundingBox())?.height ?? 0) >= 44,
          `${path}: ${await button.textContent()}`,
        );
      }
    }
    const shades = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    assert.equal(shades, colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(15, 18, 21)');
  });
}
