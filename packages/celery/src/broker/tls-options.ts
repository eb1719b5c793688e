// Turns what a URL says about TLS into options for node:tls. Reads the certificate files.
import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import type { TlsSettings } from './broker-url.ts';

/**
 * Options for `tls.connect`, without host and port. Files are read anew on every call, so that renewed certificates are used by
 * the next connection.
 * @throws Error whose message names the parameter and the file that cannot be read
 */
export async function readTlsOptions(settings: TlsSettings): Promise<ConnectionOptions> {
  const options: ConnectionOptions = { rejectUnauthorized: settings.verify };
  if (!settings.checkHostname) options.checkServerIdentity = () => undefined;
  if (settings.caFile !== null) options.ca = await readPem('ssl_ca_certs', settings.caFile);
  if (settings.certFile !== null) options.cert = await readPem('ssl_certfile', settings.certFile);
  // As in Python, the key may be in the certificate's file.
  const keyFile = settings.keyFile ?? settings.certFile;
  if (keyFile !== null) options.key = await readPem('ssl_keyfile', keyFile);
  if (settings.keyPassword !== null) options.passphrase = settings.keyPassword;
  if (settings.ciphers !== null) options.ciphers = settings.ciphers;
  return options;
}

async function readPem(parameter: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new Error(`${parameter}: cannot read ${file} (${reason})`, { cause: error });
  }
}
