// Headers that every answer carries, so that no browser ever runs, frames, guesses or keeps what it is given.
import { createHash } from 'node:crypto';

/** One year: browsers that have come over https once do not come otherwise again. */
const HSTS = 'max-age=31536000';

export interface HeaderFacts {
  readonly https: boolean;
  /** Sources that may frame the pages; empty: nobody. */
  readonly frameAncestors: readonly string[];
}

/** For everything that is not a page: nothing may be loaded, run or sent from it. */
export function securityHeaders({ https, frameAncestors }: HeaderFacts): Record<string, string> {
  return {
    'content-security-policy': `default-src 'none'; base-uri 'none'; form-action 'none'; ${framing(frameAncestors)}`,
    'x-content-type-options': 'nosniff',
    // Older than frame-ancestors, and it cannot name anybody.
    ...(frameAncestors.length === 0 ? { 'x-frame-options': 'DENY' } : {}),
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    'cache-control': 'no-store',
    ...(https ? { 'strict-transport-security': HSTS } : {}),
  };
}

/** Content-Security-Policy of a page without script: its one style sheet, and, when it has forms, forms to this server. */
export function pagePolicy(
  style: string,
  { frameAncestors, forms }: { readonly frameAncestors: readonly string[]; readonly forms: boolean },
): string {
  const hash = createHash('sha256').update(style).digest('base64');
  return `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action ${forms ? "'self'" : "'none'"}; ${framing(frameAncestors)}`;
}

export function framing(frameAncestors: readonly string[]): string {
  return `frame-ancestors ${frameAncestors.length === 0 ? "'none'" : frameAncestors.join(' ')}`;
}

/**
 * The sources; none of them for `'none'`.
 * @throws TypeError when one could end its directive and begin another
 */
export function checkFrameAncestors(sources: readonly string[]): readonly string[] {
  for (const source of sources) {
    if (!/^[\w'*:/.[\]-]+$/.test(source))
      throw new TypeError(`${source} is not a source of frame-ancestors.`);
  }
  return sources.filter((source) => source !== "'none'");
}
