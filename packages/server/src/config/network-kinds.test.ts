import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { test } from 'node:test';
import { fileMode, filePath, framers, headerName, networks, origins, webAddress } from './network-kinds.ts';

test('networks are addresses, CIDR, or the unix socket', () => {
  const given = ['10.0.0.5', '10.0.0.0/8', '::1', 'fd00::/8', 'unix'];
  assert.deepEqual(networks.parse(given.join(',')), given);
  for (const wrong of ['10.0.0', '10.0.0.0/33', '::/129', '10.0.0.0/8/8', 'example.org', '10.0.0.0/', '*'])
    assert.throws(() => networks.parse(wrong), /needs addresses or networks/, wrong);
});

test('an origin is what a browser would send, nothing more and nothing wider', () => {
  assert.deepEqual(origins.parse('https://a.example.org,http://localhost:3000'), [
    'https://a.example.org',
    'http://localhost:3000',
  ]);
  for (const wrong of ['*', 'https://*', 'null', 'https://a.org/', 'https://a.org/x', 'a.org', 'ftp://a.org'])
    assert.throws(() => origins.parse(wrong), /needs origins/, wrong);
});

test('pages may be framed by this site and by origins', () => {
  assert.deepEqual(framers.parse("self,'self',https://a.example.org"), [
    "'self'",
    "'self'",
    'https://a.example.org',
  ]);
  assert.throws(() => framers.parse("'unsafe-inline'"), /or self/);
  assert.throws(() => framers.parse('https://a.org; script-src *'), /or self/);
});

test('an address for people has no slash at its end, no user and no query', () => {
  assert.equal(webAddress.parse('https://umbel.example.org/'), 'https://umbel.example.org');
  assert.equal(webAddress.parse('https://example.org/umbel/'), 'https://example.org/umbel');
  for (const wrong of ['example.org', 'javascript:alert(1)', 'https://u:p@a.org', 'https://a.org?x=1'])
    assert.throws(() => webAddress.parse(wrong), /needs an address/, wrong);
});

test('a header is named in lower case', () => {
  assert.equal(headerName.parse('X-Forwarded-User'), 'x-forwarded-user');
  for (const wrong of ['', 'X Y', 'X:Y', 'X\r\nY']) assert.throws(() => headerName.parse(wrong), wrong);
});

test('a mode is octal, and a number that YAML made of another notation is not taken for one', () => {
  assert.equal(fileMode.parse('660'), 0o660);
  assert.equal(fileMode.parse('0666'), 0o666);
  assert.equal(fileMode.parse(660), 0o660);
  assert.equal(fileMode.format?.(0o660), '660');
  for (const wrong of [0o660, '888', '60', '060', 'rw', '1660'])
    assert.throws(() => fileMode.parse(wrong), /octal/, String(wrong));
});

test('a path may begin in the home folder', () => {
  assert.equal(filePath.parse('~/cert.pem'), `${homedir()}/cert.pem`);
  assert.equal(filePath.parse('/etc/~/x'), '/etc/~/x');
});
