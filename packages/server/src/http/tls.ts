// TLS of Umbel's own: certificate and key from files, client certificates when authorities are given, and new files taken while
// the server runs. Files are read again every few seconds rather than watched: where secrets are mounted, a whole folder is
// swapped by a link, and what watches a file misses that.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ServerOptions } from 'node:https';
import { createSecureContext, type SecureContextOptions, type Server } from 'node:tls';
import type { FastifyBaseLogger } from 'fastify';

const LOOK_EVERY_MS = 5_000;
/** A client that needs longer to agree on keys is cut off. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Paths of PEM files. */
export interface TlsFiles {
  readonly certfile: string | null;
  readonly keyfile: string | null;
  /** Authorities: only clients with a certificate of one of them come in. Null: everybody does. */
  readonly caCerts: string | null;
}

/** The files cannot be used; `message` is one sentence for the person who started it. */
export class TlsError extends Error {
  override name = 'TlsError';
}

export interface Tls {
  /** For the https server. */
  readonly options: ServerOptions;
  /** From now on the server takes new files; a pair that does not work leaves the old one, with a warning. Answers how to stop. */
  startReloading(
    server: Pick<Server, 'setSecureContext'>,
    options?: { readonly everyMs?: number },
  ): () => void;
}

interface Pem {
  readonly cert: string;
  readonly key: string;
  readonly ca: string | null;
}

/**
 * Reads the files. Null when none is given.
 * @throws TlsError when half of them is missing, one cannot be read, or they do not belong together
 */
export async function openTls(
  files: TlsFiles,
  { log }: { log: Pick<FastifyBaseLogger, 'info' | 'warn'> },
): Promise<Tls | null> {
  const { certfile, keyfile, caCerts } = files;
  if (certfile === null || keyfile === null) {
    if (certfile === null && keyfile === null && caCerts === null) return null;
    throw new TlsError('TLS needs both --certfile and --keyfile.');
  }
  const paths = { certfile, keyfile, caCerts };
  const first = await readPem(paths);
  const context = toContext(first, paths);

  return {
    options: {
      ...context,
      requestCert: caCerts !== null,
      rejectUnauthorized: caCerts !== null,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    },
    startReloading(server, { everyMs = LOOK_EVERY_MS } = {}) {
      let last = first;
      let lastProblem = '';
      async function look(): Promise<void> {
        try {
          const now = await readPem(paths);
          if (isSame(now, last)) {
            lastProblem = '';
            return;
          }
          server.setSecureContext(toContext(now, paths));
          last = now;
          lastProblem = '';
          const { subject, validTo } = new X509Certificate(now.cert);
          log.info({ subject, validTo }, 'took the new TLS certificate');
        } catch (error) {
          const problem = error instanceof Error ? error.message : String(error);
          // Once for each problem, not every few seconds.
          if (problem !== lastProblem)
            log.warn({ problem }, 'the new TLS files do not work; the ones from before stay in use');
          lastProblem = problem;
        }
      }
      let looking = false;
      const timer = setInterval(() => {
        if (looking) return;
        looking = true;
        void look().finally(() => {
          looking = false;
        });
      }, everyMs);
      timer.unref();
      return () => clearInterval(timer);
    },
  };
}

interface Paths {
  readonly certfile: string;
  readonly keyfile: string;
  readonly caCerts: string | null;
}

async function readPem({ certfile, keyfile, caCerts }: Paths): Promise<Pem> {
  const [cert, key, ca] = await Promise.all([
    read('--certfile', certfile),
    read('--keyfile', keyfile),
    caCerts === null ? null : read('--ca-certs', caCerts),
  ]);
  return { cert, key, ca };
}

async function read(option: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new TlsError(`${option} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** @throws TlsError naming the file that is wrong; never quotes the key */
function toContext({ cert, key, ca }: Pem, { certfile, keyfile, caCerts }: Paths): SecureContextOptions {
  const certificate = readCertificate(cert, `--certfile ${certfile}`);
  // Node ignores authorities that it cannot read: every client certificate would be refused, and nobody told why.
  if (ca !== null) readCertificate(ca, `--ca-certs ${caCerts}`);
  const context = { cert, key, ...(ca === null ? {} : { ca }), minVersion: 'TLSv1.2' } as const;
  try {
    // It ignores an empty key as well.
    if (!certificate.checkPrivateKey(createPrivateKey(key))) throw new Error('they do not belong together');
    createSecureContext(context);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TlsError(`--keyfile ${keyfile} is not the private key of --certfile ${certfile}: ${reason}`);
  }
  return context;
}

function readCertificate(pem: string, what: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new TlsError(`${what} holds no certificate in PEM.`);
  }
}

function isSame(a: Pem, b: Pem): boolean {
  return a.cert === b.cert && a.key === b.key && a.ca === b.ca;
}
