// Every HTTP call to a provider: within a deadline, to https only, never following a redirect, never reading without end.
import type { CustomFetch } from 'openid-client';
import { maySpeakTo, nameOf } from './provider-address.ts';
import { ProviderError } from './provider-error.ts';

/** Discovery documents, key sets and pages of a hundred groups stay far below. */
const MAX_BODY_BYTES = 1_048_576;

/** Statuses whose answer has no body. */
const BODILESS = new Set([204, 205]);

export interface ProviderFetchOptions {
  /** The provider is at plain http on this machine. */
  readonly plainHttp: boolean;
  /** For one call, body included. */
  readonly deadlineMs: number;
}

/** The `fetch` that openid-client is given. Rejects with ProviderError. */
export function createProviderFetch({ plainHttp, deadlineMs }: ProviderFetchOptions): CustomFetch {
  return async (address, options) => {
    const { signal } = options;
    const url = new URL(address);
    const name = nameOf(url);
    if (!maySpeakTo(url, plainHttp)) {
      throw new ProviderError('forbidden_address', `${name} is not asked: it is not https`);
    }
    const deadline = AbortSignal.timeout(deadlineMs);
    try {
      const response = await fetch(url, {
        ...options,
        redirect: 'manual',
        signal: signal === undefined ? deadline : AbortSignal.any([deadline, signal]),
      });
      if (response.status >= 300 && response.status < 400) {
        await response.body?.cancel();
        throw new ProviderError('redirected', `${name} answered with a redirect, which is not followed`);
      }
      if (response.status >= 500 || response.status === 429) {
        await response.body?.cancel();
        throw new ProviderError('unreachable', `${name} answered ${response.status}`);
      }
      const bytes = await readBounded(response, name);
      return new Response(BODILESS.has(response.status) ? null : bytes, {
        status: response.status,
        headers: response.headers,
      });
    } catch (error) {
      if (error instanceof ProviderError) throw error;
      if (deadline.aborted || signal?.aborted === true) {
        throw new ProviderError('too_slow', `${name} did not answer within its deadline`, error);
      }
      throw new ProviderError('unreachable', `${name} cannot be reached (${reasonOf(error)})`, error);
    }
  };
}

async function readBounded(response: Response, name: string): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early cancels the body, and with it the connection. Compressed bodies are counted as they unfold.
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) {
      throw new ProviderError('too_large', `${name} answered more than ${MAX_BODY_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** The system's or TLS's own word (ECONNREFUSED, CERT_HAS_EXPIRED …), which says what to mend. */
function reasonOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return 'the connection broke';
}
