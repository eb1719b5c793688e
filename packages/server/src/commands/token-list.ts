// `umbel token list`: every API token there is, people's own ones too.
import type { TokenRecord } from '../store/ledger.ts';
import { type Command, LEDGER_OPTIONS } from './command.ts';
import { openCommandLedger } from './command-ledger.ts';
import { formatTable } from './format-table.ts';

const HEAD = ['ID', 'NAME', 'BEGINS', 'STATE', 'MAY', 'FROM', 'CREATED', 'EXPIRES', 'LAST USED'];

export const tokenList: Command = {
  name: 'token list',
  summary: 'Lists API tokens, the newest first.',
  words: [],
  options: {},
  serverOptions: LEDGER_OPTIONS,
  async run(given, terminal) {
    await using ledger = await openCommandLedger(given.config(), terminal, { create: false });
    const now = Date.now();
    const rows = (await ledger.tokens()).map((token) => [
      token.id,
      token.name,
      token.prefix,
      stateOf(token, now),
      rightsOf(token),
      token.networks.length === 0 ? 'anywhere' : token.networks.join(','),
      dayOf(token.createdAt),
      dayOf(token.expiresAt),
      `${dayOf(token.usedAt)}${token.usedFrom === null ? '' : ` from ${token.usedFrom}`}`,
    ]);
    terminal.stdout.write(formatTable([HEAD, ...rows]));
    return 0;
  },
};

function stateOf({ revokedAt, expiresAt }: TokenRecord, now: number): string {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && expiresAt <= now ? 'expired' : 'active';
}

function rightsOf({ owner, roles, rights }: TokenRecord): string {
  const whose = owner === null ? roles.join(',') : `as ${owner.name} (${owner.via})`;
  return rights === null ? whose : `${whose}: ${rights.join(',')}`;
}

function dayOf(ms: number | null): string {
  return ms === null ? 'never' : new Date(ms).toISOString().slice(0, 10);
}
