// THE SEAM between open-authenticator.ts and providers/: the walk of a browser to a provider and back. What has to be remembered
// in between lies in the ledger, sealed to that browser. Whether the person who comes back may sign in is decided by
// allowed-people.ts, once more at every later request.
import type { Identity } from '../store/ledger.ts';
import type { NotSignedIn, Provider } from './authenticator.ts';

export interface ProviderSignIn {
  /** In the order of the sign-in page. */
  readonly providers: readonly Provider[];
  /**
   * Where to send the browser, and what it must bring back in a cookie.
   * @param options.next own path to go to afterwards, checked already
   * @param options.origin scheme and host under which the browser sees this server, prefix included
   */
  begin(
    providerId: string,
    options: { readonly next: string; readonly origin: string },
  ): Promise<{ readonly url: string; readonly browserCookie: string } | NotSignedIn>;
  /**
   * Who the provider says it is. Never rejects for what the browser or the provider sent.
   * @param providerId null: whichever provider the state in the query was made for
   * @param options.query of the callback, without `?`
   */
  finish(
    providerId: string | null,
    options: {
      readonly query: string;
      readonly browserCookie: string | undefined;
    },
  ): Promise<{ readonly identity: Identity; readonly next: string } | NotSignedIn>;
}
