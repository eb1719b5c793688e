import assert from 'node:assert/strict';
import { test } from 'node:test';
import { discoverClient } from './client-configuration.ts';
import { createClientProof } from './client-proof.ts';

const TENANT = '9188040d-6c67-4c5b-b112-36a304b66dad';

/** Discovers Entra ID for a tenant, whose document names `issuer`. */
async function discover(tenant: string, issuer: string): Promise<string> {
  const base = `https://login.microsoftonline.com/${tenant}`;
  const configuration = await discoverClient(new URL(`${base}/v2.0`), {
    clientId: 'umbel',
    plainHttp: false,
    proof: createClientProof('secret'),
    fetch: async () =>
      Response.json({
        issuer,
        authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
        jwks_uri: `${base}/keys`,
      }),
  });
  return configuration.serverMetadata().issuer;
}

test('the issuer of one tenant of Entra ID is taken', async () => {
  const issuer = `https://login.microsoftonline.com/${TENANT}/v2.0`;
  assert.equal(await discover(TENANT, issuer), issuer);
});

test('an issuer for the people of every tenant is refused: their groups and addresses are whatever a stranger wrote', async () => {
  for (const everybody of ['common', 'organizations'])
    await assert.rejects(
      discover(everybody, 'https://login.microsoftonline.com/{tenantid}/v2.0'),
      /your own tenant/,
    );
});
