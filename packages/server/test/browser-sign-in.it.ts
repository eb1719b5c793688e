// Signing in as people do it: a real browser, Umbel as a process, real providers. The browser knows Umbel as `localhost` and the
// providers as 127.0.0.1, which are two sites to it: cookies that do not survive the way to a provider and back would show here.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import {
  freePort,
  missing,
  type RedisServer,
  startProcess,
  suiteScope,
  type TestBrowser,
  until,
  type WatchedPage,
} from '@umbel/testkit';
import { answerProvider, openAccount, rightsOf, signOut, typePassword, whoAmI } from './browser-steps.ts';
import { CLOSED, LABELS, PASSWORD, type SignInServers, startSignInServers } from './sign-in-servers.ts';
import { startUmbel, type UmbelProcess } from './start-umbel.ts';
import { startTlsFront } from './tls-front.ts';

const MAIN = join(import.meta.dirname, '../src/main.ts');
const STEP_MS = 15_000;
const OPERATOR = ['view', 'payload', 'send', 'revoke', 'control', 'shutdown', 'queue', 'triage'];
const VIEWER = ['view', 'payload'];

/** Somebody in front of a browser of their own. */
interface Person extends WatchedPage {
  /** Statuses of pages that are meant to be refused: the console tells of them, and is to tell of nothing else. */
  readonly refused: number[];
}

interface Stage extends SignInServers {
  readonly t: TestContext;
  readonly come: (options?: Parameters<TestBrowser['openPage']>[1]) => Promise<Person>;
}

const skip = await missing('browser', 'redis');

suite('signing in with a browser', { skip }, () => {
  const scope = suiteScope();
  let servers: Promise<SignInServers> | null = null;

  /** None of those who come may see a violated policy or an error in the console. */
  function walk(title: string, play: (stage: Stage) => Promise<void>): void {
    test(title, async (t) => {
      const all = await (servers ??= startSignInServers(scope));
      const people: Person[] = [];
      await play({
        ...all,
        t,
        come: async (options) => {
          const person = { ...(await all.browser.openPage(t, options)), refused: [] };
          person.page.setDefaultTimeout(STEP_MS);
          people.push(person);
          return person;
        },
      });
      for (const { complaints, refused } of people) {
        await until(() => complaints.length >= refused.length, {
          what: 'the console to tell of refused pages',
        });
        assert.deepEqual(
          complaints.map((text) => /status of (\d+)/.exec(text)?.[1] ?? text),
          refused.map(String),
        );
      }
    });
  }

  for (const [id, roles, rights] of [
    ['oidc', 'operator', OPERATOR],
    ['okta', 'mailers', OPERATOR],
    ['google', 'admin', [...OPERATOR, 'admin']],
  ] as const) {
    walk(
      `somebody who opens their account is led to ${id}, back to it, and out again`,
      async ({ come, site }) => {
        const { page } = await come();
        await openAccount(page, site);
        await page.getByRole('link', { name: LABELS[id] }).click();
        await answerProvider(page, 'a-1815');
        await page.waitForURL(`${site}/account`);
        assert.deepEqual(await whoAmI(page), {
          Name: 'ada@good.com',
          'Signed in by': id,
          ...(id === 'google' ? {} : { Groups: 'eng, ops' }),
          Roles: roles,
        });
        assert.deepEqual(await rightsOf(page), rights);
        // Chromium (156) keeps the very page that a sign-in led to, whatever it is told; any later one it asks for again.
        await page.getByRole('link', { name: 'Account' }).click();
        await signOut(page);
        await page.goBack();
        await page.waitForURL(`${site}/login?next=%2Faccount`);
      },
    );
  }

  walk('whoever is signed in at the provider already needs one click', async ({ come, site }) => {
    const { page } = await come();
    await openAccount(page, site);
    await page.getByRole('link', { name: LABELS.oidc }).click();
    await answerProvider(page, 'v-1912');
    await page.waitForURL(`${site}/account`);
    assert.equal((await whoAmI(page))['Roles'], 'viewer');
    assert.deepEqual(await rightsOf(page), VIEWER);
    await signOut(page);
    await openAccount(page, site);
    await page.getByRole('link', { name: LABELS.oidc }).click();
    await page.waitForURL(`${site}/account`);
    assert.equal((await whoAmI(page))['Name'], 'vera@good.com');
  });

  walk(
    'a team at GitHub and a group at GitLab give the rights that are granted to them',
    async ({ come, site, gitHub, gitLab }) => {
      gitHub.account.orgs = ['acme'];
      gitHub.account.teams = ['acme/ops'];
      gitLab.groups.push({ full_path: 'platform/sre', accessLevel: 30 });
      gitLab.groups.push({ full_path: 'platform', accessLevel: 10 });
      for (const [id, facts] of [
        ['github', { Groups: 'acme, acme/ops', Roles: 'operator' }],
        ['gitlab', { Groups: 'platform/sre', Roles: 'mailers' }],
      ] as const) {
        const { page } = await come();
        await openAccount(page, site);
        await page.getByRole('link', { name: LABELS[id] }).click();
        await page.waitForURL(`${site}/account`);
        assert.deepEqual(await whoAmI(page), { Name: 'ada@good.com', 'Signed in by': id, ...facts });
        assert.deepEqual(await rightsOf(page), OPERATOR);
        await signOut(page);
      }
    },
  );

  walk('whoever is refused reads why on the sign-in page, and stays out', async ({ come, site, gitHub }) => {
    for (const [account, status, sentence] of [
      ['e-666', 403, 'This address is not on the allowed list.'],
      ['u-404', 403, 'Acme SSO has not verified an address of yours.'],
      ['nobody', 403, 'the sign-in was cancelled or refused there'],
    ] as const) {
      const { page, refused } = await come();
      await openAccount(page, site);
      await page.getByRole('link', { name: LABELS.oidc }).click();
      await answerProvider(page, account);
      await page.waitForURL(`${site}/login/oidc/callback?**`);
      refused.push(status);
      assert.match((await page.getByRole('alert').textContent()) ?? '', new RegExp(sentence));
      assert.doesNotMatch((await page.textContent('body')) ?? '', /good\.com/);
      await openAccount(page, site);
    }
    gitHub.account.orgs = [];
    gitHub.account.teams = [];
    const { page, refused } = await come();
    await openAccount(page, site);
    await page.getByRole('link', { name: LABELS.github }).click();
    refused.push(403);
    const sentence = page.getByRole('alert');
    assert.match((await sentence.textContent()) ?? '', /You are in none of the groups that may sign in/);
    await openAccount(page, site);
  });

  walk('a wrong password is told in a sentence, and the right one leads on', async ({ come, site }) => {
    const { page, refused } = await come();
    await openAccount(page, site);
    await typePassword(page, 'paula', 'wrong');
    refused.push(401);
    await page.getByText('The name and password are not right.').waitFor();
    await typePassword(page, 'paula', PASSWORD);
    await page.waitForURL(`${site}/account`);
    assert.deepEqual(await whoAmI(page), { Name: 'paula', 'Signed in by': 'password', Roles: 'viewer' });
    await signOut(page);
  });

  walk(
    'a printed link signs in once, and the address bar does not keep its secret',
    async ({ come, umbel, redis }) => {
      const link = await printLink(umbel, redis);
      const { origin } = new URL(link);
      const first = await come();
      await first.page.goto(link);
      assert.equal(first.page.url(), `${origin}/`);
      await first.page.goto(`${origin}/account`);
      assert.equal((await whoAmI(first.page))['Roles'], 'admin');
      const second = await come();
      await second.page.goto(link);
      assert.equal(second.page.url(), `${origin}/login?failed=link`);
      await second.page.getByText('This link was used already, or is too old.').waitFor();
      await openAccount(second.page, origin);
    },
  );

  walk('signing out everywhere ends the session of another browser', async ({ come, site }) => {
    const people = [await come(), await come()];
    for (const { page } of people) {
      await openAccount(page, site);
      await typePassword(page, 'paula', PASSWORD);
      await page.waitForURL(`${site}/account`);
    }
    const [here, there] = people;
    assert.ok(here && there);
    await here.page.reload();
    await here.page.getByRole('button', { name: 'Sign out everywhere' }).click();
    await here.page.waitForURL(`${site}/logout`);
    for (const { page } of people) await openAccount(page, site);
  });

  walk(
    "Flower's environment alone leads to Okta and back to the address registered for Flower",
    async ({ t, come, redis, openId }) => {
      const port = await freePort();
      const site = `http://localhost:${port}`;
      openId.allowRedirect(`${site}/login`);
      await startUmbel(t, {
        broker: redis.url,
        port,
        env: {
          ...CLOSED,
          FLOWER_AUTH_PROVIDER: 'flower.views.auth.OktaLoginHandler',
          FLOWER_AUTH: '.*@good.com',
          FLOWER_OAUTH2_KEY: openId.clientId,
          FLOWER_OAUTH2_SECRET: openId.clientSecret,
          FLOWER_OAUTH2_REDIRECT_URI: `${site}/login`,
          FLOWER_OAUTH2_OKTA_BASE_URL: openId.issuer,
        },
      });
      const { page } = await come();
      await openAccount(page, site);
      await page.getByRole('link', { name: 'Sign in with Okta' }).click();
      await answerProvider(page, 'v-1912');
      await page.waitForURL(`${site}/account`);
      // Without any grants everybody who may sign in is an administrator, as with Flower.
      assert.deepEqual(await whoAmI(page), {
        Name: 'vera@good.com',
        'Signed in by': 'okta',
        Groups: 'eng',
        Roles: 'admin',
      });
      await signOut(page);
      const evil = await come();
      await openAccount(evil.page, site);
      await evil.page.getByRole('link', { name: 'Sign in with Okta' }).click();
      await answerProvider(evil.page, 'e-666');
      evil.refused.push(403);
      await evil.page.getByText('This address is not on the allowed list.').waitFor();
    },
  );

  for (const [what, args, headers] of [
    [
      'says what it has seen',
      () => ['--trust-proxy', '127.0.0.1/32'],
      ({ host, address }) => ({
        'x-forwarded-host': host,
        'x-forwarded-proto': 'https',
        'x-forwarded-for': address,
      }),
    ],
    ['says nothing, with --public-url', (url) => ['--public-url', url], () => ({})],
  ] as const satisfies readonly [string, (url: string) => string[], Parameters<typeof startTlsFront>[1]][]) {
    walk(
      `below a path, behind a TLS proxy that ${what}, everything works as without`,
      async ({ t, come, redis, openId }) => {
        const front = await startTlsFront(t, headers);
        const site = `${front.url}/tools/umbel`;
        openId.allowRedirect(`${site}/login/oidc/callback`);
        const umbel = await startUmbel(t, {
          broker: redis.url,
          args: ['--url-prefix', '/tools/umbel', ...args(site)],
          env: {
            ...CLOSED,
            UMBEL_BASIC_AUTH: `paula:${PASSWORD}`,
            UMBEL_OIDC_ISSUER: openId.issuer,
            UMBEL_OAUTH2_KEY: openId.clientId,
            UMBEL_OAUTH2_SECRET: openId.clientSecret,
            UMBEL_AUTH: '@good.com',
          },
        });
        front.passTo(umbel.url);
        const person = await come({ ignoreHTTPSErrors: true });
        const { page, requests } = person;
        await openAccount(page, site);
        await page.getByRole('link', { name: 'Sign in with Single sign-on' }).click();
        await answerProvider(page, 'v-1912');
        await page.waitForURL(`${site}/account`);
        assert.equal((await whoAmI(page))['Name'], 'vera@good.com');
        const [cookie] = (await page.context().cookies(site)).filter(({ name }) => name === 'umbel_session');
        assert.deepEqual(
          [cookie?.path, cookie?.secure, cookie?.httpOnly, cookie?.sameSite],
          ['/tools/umbel', true, true, 'Lax'],
        );
        // Forms with their token, and every link that the page offers.
        await page.getByLabel('Name').fill('ci');
        await page.getByLabel('view See').check();
        await page.getByRole('button', { name: 'Make the token' }).click();
        await page.locator('.secret').waitFor();
        await page.getByRole('button', { name: 'Revoke the token ci' }).click();
        await page.getByText('The token is revoked; it works no more.').waitFor();
        for (const path of ['/', '/audit', '/api/docs']) {
          const answer = await page.goto(`${site}${path}`);
          assert.equal(answer?.status(), 200, path);
        }
        await page.goto(`${site}/account`);
        await signOut(page);
        await openAccount(page, site);
        await typePassword(page, 'paula', 'wrong');
        person.refused.push(401);
        await page.getByText('The name and password are not right.').waitFor();
        await typePassword(page, 'paula', PASSWORD);
        await page.waitForURL(`${site}/account`);
        const astray = requests.filter((url) => !url.startsWith(site) && !url.startsWith(openId.issuer));
        assert.deepEqual(astray, []);
      },
    );
  }
});

async function printLink(umbel: UmbelProcess, redis: RedisServer): Promise<string> {
  const { port } = new URL(umbel.url);
  const command = await startProcess(
    process.execPath,
    ['--conditions=source', MAIN, 'link', '--db', umbel.db, '--broker', redis.url, '--port', port],
    { env: { CELERY_BROKER_URL: '', CELERY_RESULT_BACKEND: '' } },
  );
  await command.exited;
  return /http\S+token=\S+/.exec(command.log())?.[0] ?? assert.fail(command.log());
}
