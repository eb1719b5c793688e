import assert from 'node:assert/strict';
import { test } from 'node:test';
import { provenAddress, whyNoAddress } from './proven-address.ts';

const email = 'Ada@Good.com';
const ENTRA = 'https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0';

test('an address counts when the provider says that it is verified', () => {
  assert.equal(provenAddress({ email, email_verified: true }), 'ada@good.com');
  assert.equal(provenAddress({ email, email_verified: 'true' }), 'ada@good.com');
  for (const email_verified of [false, 'false', 'TRUE', 1, '1', null, [true], { true: true }])
    assert.equal(provenAddress({ email, email_verified }), null, JSON.stringify(email_verified));
  assert.equal(provenAddress({ email }), null);
});

test('Entra ID proves an address by xms_edov, and nobody else does', () => {
  for (const xms_edov of [true, 'true', 1, '1'])
    assert.equal(provenAddress({ iss: ENTRA, email, xms_edov }), 'ada@good.com');
  for (const xms_edov of [false, 0, '0', null, undefined])
    assert.equal(provenAddress({ iss: ENTRA, email, xms_edov }), null);
  for (const iss of [
    'https://login.microsoftonline.com.evil.example/x',
    'https://evil.example/https://login.microsoftonline.com/',
    'https://id.good.com',
    undefined,
  ])
    assert.equal(provenAddress({ iss, email, xms_edov: true }), null);
});

test('the operator is told what is missing', () => {
  assert.match(whyNoAddress([{ sub: '1' }]), /sent no claim "email"/);
  assert.match(whyNoAddress([{ iss: ENTRA, email }]), /xms_edov/);
  assert.match(whyNoAddress([{ email }]), /"email_verified" must be true/);
  assert.match(whyNoAddress([{ email: 'a b@good.com', email_verified: true }]), /only ASCII/);
});
