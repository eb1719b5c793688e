// A real browser for tests: Debian's Chromium, driven by playwright-core. One for a whole test file (with suiteScope), a context
// of its own for each test, so that no cookie passes from one to the next.
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { findExecutable } from './executable.ts';
import { startProcess } from './owned-process.ts';
import { tempFolder } from './temp-folder.ts';
import { absent, type TestScope } from './test-scope.ts';
import { until } from './until.ts';

export const CHROMIUM_ABSENT = 'chromium is not installed';

export interface TestBrowser {
  readonly pid: number;
  readonly version: string;
  /** Cookies and storage of nobody else; closed after the test. */
  openContext(t: TestScope, options?: BrowserContextOptions): Promise<BrowserContext>;
  /** A page in a context of its own, watched from the start. */
  openPage(t: TestScope, options?: BrowserContextOptions): Promise<WatchedPage>;
}

/** What happened in a page, and in the windows that it opened. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors and warnings of its console, which is where Chromium tells of violated policies; uncaught errors; dialogs. */
  readonly complaints: readonly string[];
  /** Every URL that it asked for, frames and pictures too. */
  readonly requests: readonly string[];
}

/** The path of a Chromium that can be run, or null. */
export function findChromium(): string | null {
  return findExecutable('chromium', 'chromium-browser', 'google-chrome');
}

/** Starts Chromium without a window; ended after the scope. Skips or fails the test when there is none. */
export async function startBrowser(t: TestScope): Promise<TestBrowser> {
  const path = findChromium() ?? absent(t, CHROMIUM_ABSENT);
  // Ours like every other process, rather than playwright's: so it ends with this process even when that is killed.
  const process = await startProcess(path, [
    '--headless',
    '--no-sandbox', // it runs as root in containers, where its sandbox does not work
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--disable-background-networking',
    '--disable-component-update',
    '--no-first-run',
    '--no-default-browser-check',
    '--remote-debugging-port=0',
    `--user-data-dir=${tempFolder(t)}`,
    'about:blank',
  ]);
  let browser: Browser | null = null;
  t.after(async () => {
    await browser?.close();
    await process.kill();
  });
  const endpoint = await until(
    () => {
      if (!process.running()) throw new Error(`Chromium ended at once:\n${process.log()}`);
      return /DevTools listening on (ws:\S+)/.exec(process.log())?.[1];
    },
    { timeoutMs: 60_000, what: () => `Chromium to start; it said:\n${process.log()}` },
  );
  // Loaded here: every test imports the testkit, and few need a browser.
  const { chromium } = await import('playwright-core');
  const connected = await chromium.connectOverCDP(endpoint);
  browser = connected;

  async function openContext(test: TestScope, options?: BrowserContextOptions): Promise<BrowserContext> {
    const context = await connected.newContext(options);
    test.after(() => context.close());
    return context;
  }
  return {
    pid: process.pid,
    version: connected.version(),
    openContext,
    openPage: async (test, options) => {
      const context = await openContext(test, options);
      const watch = watchContext(context);
      return { page: await context.newPage(), ...watch };
    },
  };
}

/** Writes down what happens in all pages of a context from now on. */
function watchContext(context: BrowserContext): Omit<WatchedPage, 'page'> {
  const complaints: string[] = [];
  const requests: string[] = [];
  context.on('console', (message) => {
    const type = message.type();
    if (type === 'error' || type === 'warning') complaints.push(`console ${type}: ${message.text()}`);
  });
  context.on('weberror', (error) => complaints.push(`uncaught: ${error.error().message}`));
  context.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.type()} ${dialog.message()}`);
    void dialog.dismiss();
  });
  context.on('request', (request) => requests.push(request.url()));
  return { complaints, requests };
}
