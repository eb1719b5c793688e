// Handlers of the pages that sign somebody in and out.
import type { Caller, NotSignedIn, SignedIn } from '../../auth/authenticator.ts';
import type * as contract from '../../contract/pages.ts';
import { type Answer, type ApiRequest, type Handler, TextAnswer } from '../api-request.ts';
import { requireCsrfToken } from '../csrf.ts';
import { Refusal } from '../errors.ts';
import { landingPath } from '../pages/landing-path.ts';
import { type LoginFacts, loginPage } from '../pages/login-page.ts';
import { logoutPage } from '../pages/logout-page.ts';
import { noteRefusal, signInHeaders, signInSentence, signInStatus } from '../sign-in-refusal.ts';
import { leaveBehind, SESSION_CHALLENGE } from './session.ts';

/** Ties a sign-in at a provider to the browser that began it. */
const BROWSER_COOKIE = 'umbel_signin';
const BROWSER_COOKIE_MS = 10 * 60_000;
/** What a provider sends back, besides what nobody needs. */
const CALLBACK_NAMES = ['code', 'state', 'iss', 'error', 'error_description'] as const;

const LINK_FAILED =
  'This link was used already, or is too old. On the machine where Umbel runs, umbel link prints a new one.';

type Callback = Readonly<Partial<Record<(typeof CALLBACK_NAMES)[number], string>>>;

export const signInPage: Handler<typeof contract.signInPage, 'open'> = async (request) => {
  const { values, trail } = request;
  if (isCallback(values)) return finish(request, null, values);
  trail.forget();
  const problem = values.failed === 'link' ? LINK_FAILED : null;
  return show(request, { next: values.next, problem });
};

export const submitSignIn: Handler<typeof contract.submitSignIn, 'open'> = async (request) => {
  const { values, authenticator, evidence } = request;
  const { name = '', password = '', next } = values;
  const signed = await authenticator.signInWithPassword(name, password, evidence);
  return 'refused' in signed
    ? showRefused(request, signed, { next, name })
    : welcome(request, signed, { next, status: 303 });
};

/** The secret of the link never stays in the address bar: not when it has worked, and not when it is worth nothing. */
export const signInByLink: Handler<typeof contract.signInByLink, 'open'> = async (request) => {
  const { values, authenticator, evidence, trail, server } = request;
  const signed = await authenticator.signInWithLink(values.token ?? '', evidence);
  if (!('refused' in signed)) return welcome(request, signed, { next: undefined, status: 302 });
  const status = signInStatus(signed);
  if (status === 429 || status === 503) return showRefused(request, signed, {});
  noteRefusal(trail, signed);
  await trail.write(status, 'refused');
  return leadTo(`${server.urlPrefix}/login?failed=link`, 302);
};

export const signInAtProvider: Handler<typeof contract.signInAtProvider, 'open'> = async (request) => {
  const { target, values, authenticator, evidence, origin, server, trail } = request;
  const [provider = '', step, ...more] = target.split('/');
  const isKnown = authenticator.ways.providers.some(({ id }) => id === provider);
  if (!isKnown || more.length > 0 || (step !== undefined && step !== 'callback')) {
    trail.forget();
    throw new Refusal(404, 'No such provider is configured.', { code: 'unknown_provider' });
  }
  if (step === 'callback') return finish(request, provider, values);
  const begun = await authenticator.beginProviderSignIn(provider, {
    next: landingPath(values.next, server.urlPrefix),
    origin,
    evidence,
  });
  if ('refused' in begun) return showRefused(request, begun, { next: values.next });
  // The way back leaves the line.
  trail.forget();
  const cookie = request.ownCookie(BROWSER_COOKIE);
  return leadTo(begun.url, 302, [cookie.set(begun.browserCookie, request.nowMs + BROWSER_COOKIE_MS)]);
};

function isCallback(values: Callback): boolean {
  return values.code !== undefined || values.error !== undefined;
}

async function finish(
  request: ApiRequest<unknown, 'open'>,
  provider: string | null,
  values: Callback,
): Promise<Answer<string> | TextAnswer> {
  const { authenticator, evidence, trail, ownCookie } = request;
  const cookie = ownCookie(BROWSER_COOKIE);
  if (provider !== null) trail.target = provider;
  const query = new URLSearchParams(
    CALLBACK_NAMES.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]])),
  ).toString();
  const signed = await authenticator.finishProviderSignIn(provider, {
    query,
    browserCookie: cookie.value,
    evidence,
  });
  return 'refused' in signed
    ? showRefused(request, signed, { headers: { 'set-cookie': cookie.clear() } })
    : welcome(request, signed, { next: signed.next, status: 302, cookies: [cookie.clear()] });
}

async function welcome(
  { authenticator, caller, trail, sessionCookie, server }: ApiRequest<unknown, 'open'>,
  signed: SignedIn,
  { next, status, cookies = [] }: { next: string | undefined; status: 302 | 303; cookies?: string[] },
): Promise<TextAnswer> {
  trail.caller = signed.caller;
  await leaveBehind(authenticator, caller);
  return leadTo(whereTo(signed.caller, next, server.urlPrefix), status, [
    sessionCookie.set(signed.sessionCookie, signed.expiresAt),
    ...cookies,
  ]);
}

/** Whoever may see nothing is told so on the page about themselves. */
function whereTo({ permissions }: Caller, next: string | undefined, urlPrefix: string): string {
  return permissions.rights.length === 0 ? `${urlPrefix}/account` : landingPath(next, urlPrefix);
}

/** @param location an own path, or where a provider is */
export function leadTo(location: string, status: 302 | 303, cookies: string[] = []): TextAnswer {
  return new TextAnswer('', {
    mediaType: 'text/html',
    status,
    headers: { location, ...(cookies.length === 0 ? {} : { 'set-cookie': cookies }) },
  });
}

function showRefused(
  request: ApiRequest<unknown, 'open'>,
  refusal: NotSignedIn,
  facts: Pick<LoginFacts, 'name' | 'headers'> & { readonly next?: string | undefined },
): Answer<string> {
  noteRefusal(request.trail, refusal);
  return show(request, {
    ...facts,
    problem: signInSentence(refusal),
    status: signInStatus(refusal),
    headers: { ...signInHeaders(refusal, SESSION_CHALLENGE), ...facts.headers },
  });
}

function show(
  { authenticator, caller, server }: ApiRequest<unknown, 'open'>,
  {
    next,
    ...facts
  }: Pick<LoginFacts, 'name' | 'problem' | 'status' | 'headers'> & { readonly next?: string | undefined },
): Answer<string> {
  const { ways, open } = authenticator;
  return loginPage({ server, ways, open, caller, next: landingPath(next, server.urlPrefix), ...facts });
}

export const signOutPage: Handler<typeof contract.signOutPage, 'open'> = async ({ server, caller }) =>
  logoutPage(server, caller);

/** Also for somebody whose session is over already: the form may have been sent twice. */
export const submitSignOut: Handler<typeof contract.submitSignOut, 'open'> = async ({
  values,
  caller,
  authenticator,
  sessionCookie,
  server,
  trail,
}) => {
  if (caller?.session != null) {
    requireCsrfToken(caller, values.csrf_token);
    await authenticator.signOut(caller);
  } else {
    trail.forget();
  }
  return leadTo(`${server.urlPrefix}/logout`, 303, [sessionCookie.clear()]);
};
