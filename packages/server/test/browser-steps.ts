// What people do with Umbel's pages, and what they read there, in a real browser.
import assert from 'node:assert/strict';
import type { WatchedPage } from '@umbel/testkit';

type Page = WatchedPage['page'];

/** What somebody does who is not signed in: they are led to the sign-in page. */
export async function openAccount(page: Page, site: string): Promise<void> {
  await page.goto(`${site}/account`);
  const prefix = new URL(site).pathname.replace(/\/$/, '');
  assert.equal(page.url(), `${site}/login?next=${encodeURIComponent(`${prefix}/account`)}`);
}

export async function answerProvider(page: Page, account: string): Promise<void> {
  await page.locator('input[name=login]').fill(account);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

export async function typePassword(page: Page, name: string, password: string): Promise<void> {
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

export async function signOut(page: Page): Promise<void> {
  await page.getByRole('navigation').getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
}

/** The account page's first lines, by their names. */
export async function whoAmI(page: Page): Promise<Record<string, string>> {
  const list = page.locator('dl');
  const [names, values] = await Promise.all([
    list.locator('dt').allTextContents(),
    list.locator('dd').allTextContents(),
  ]);
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']));
}

/** The rights that the account page shows as held, everywhere or somewhere. */
export async function rightsOf(page: Page): Promise<string[]> {
  const rows = await page.getByRole('table', { name: 'Rights' }).locator('tbody tr').all();
  const cells = await Promise.all(rows.map((row) => row.locator('td').allTextContents()));
  return cells.filter(([, , where]) => where !== 'no').map(([right]) => right ?? '');
}
