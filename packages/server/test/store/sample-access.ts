// Records of a ledger, for tests of whatever keeps or reads them.
import { hash } from 'node:crypto';
import type { AuditEntry, Identity, SessionRecord, TokenRecord } from '../../src/store/ledger.ts';

export function anIdentity(name: string, fields: Partial<Identity> = {}): Identity {
  return { subject: `password:${name}`, name, email: null, via: 'password', groups: [], ...fields };
}

/** What the ledger keeps of a secret. */
export const hashOf = (secret: string): string => hash('sha256', secret);

export function aSession(secret: string, fields: Partial<SessionRecord> = {}): SessionRecord {
  return {
    hash: hashOf(secret),
    identity: anIdentity('ada'),
    createdAt: 1000,
    seenAt: 1000,
    expiresAt: 9000,
    address: '10.0.0.7',
    userAgent: 'curl/8',
    ...fields,
  };
}

export function aToken(id: string, fields: Partial<TokenRecord> = {}): TokenRecord {
  return {
    id,
    hash: hashOf(id),
    prefix: `umbel_${id}`,
    name: 'ci',
    owner: anIdentity('ada'),
    roles: [],
    rights: null,
    networks: [],
    createdAt: 1000,
    expiresAt: null,
    revokedAt: null,
    usedAt: null,
    usedFrom: null,
    ...fields,
  };
}

export function anEntry(fields: Partial<AuditEntry> = {}): AuditEntry {
  return {
    at: 1000,
    who: 'ada',
    subject: 'password:ada',
    via: 'password',
    token: null,
    address: '10.0.0.7',
    action: 'task.revoke',
    target: 'a1',
    params: { terminate: true },
    outcome: 'done',
    status: 200,
    detail: null,
    replies: null,
    tookMs: 1.5,
    ...fields,
  };
}
