// A certificate authority and a server certificate for 127.0.0.1 and localhost, made with the openssl program for one test.
import { execFile } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { findExecutable } from './executable.ts';
import { tempFolder } from './temp-folder.ts';
import { absent, type TestScope } from './test-scope.ts';

const run = promisify(execFile);

/** Paths of PEM files, and the CA's text for clients that want it so. */
export interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly caText: string;
}

/** Makes both anew, good for a day; removed after the test. */
export async function createCertificates(t: TestScope): Promise<Certificates> {
  const openssl = findExecutable('openssl') ?? absent(t, 'openssl is not installed');
  const folder = tempFolder(t);
  const file = (name: string): string => `${folder}/${name}`;
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await run(openssl, [
    'req',
    '-x509',
    ...newKey,
    '-days',
    '1',
    '-subj',
    '/CN=Umbel test CA',
    '-keyout',
    file('ca.key'),
    '-out',
    file('ca.pem'),
  ]);
  await run(openssl, [
    'req',
    ...newKey,
    '-subj',
    '/CN=localhost',
    '-keyout',
    file('server.key'),
    '-out',
    file('server.csr'),
  ]);
  writeFileSync(file('san.cnf'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  await run(openssl, [
    'x509',
    '-req',
    '-in',
    file('server.csr'),
    '-days',
    '1',
    '-extfile',
    file('san.cnf'),
    '-CA',
    file('ca.pem'),
    '-CAkey',
    file('ca.key'),
    '-CAcreateserial',
    '-out',
    file('server.pem'),
  ]);
  chmodSync(file('server.key'), 0o644);
  return {
    ca: file('ca.pem'),
    cert: file('server.pem'),
    key: file('server.key'),
    caText: readFileSync(file('ca.pem'), 'utf8'),
  };
}
