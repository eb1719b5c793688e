// THE LIST of commands.
import { auditExport } from './audit-export.ts';
import { auditVerify } from './audit-verify.ts';
import type { Command } from './command.ts';
import { dbBackup } from './db-backup.ts';
import { dbCheck } from './db-check.ts';
import { dbExport } from './db-export.ts';
import { dbImport } from './db-import.ts';
import { dbInfo } from './db-info.ts';
import { dbMigrate } from './db-migrate.ts';
import { dbPrune } from './db-prune.ts';
import { hashPasswordCommand } from './hash-password.ts';
import { link } from './link.ts';
import { tokenCreate } from './token-create.ts';
import { tokenList } from './token-list.ts';
import { tokenRevoke } from './token-revoke.ts';

export const COMMANDS: readonly Command[] = [
  hashPasswordCommand,
  link,
  tokenCreate,
  tokenList,
  tokenRevoke,
  auditVerify,
  auditExport,
  dbInfo,
  dbCheck,
  dbBackup,
  dbExport,
  dbImport,
  dbMigrate,
  dbPrune,
];

/** Whether a command begins with this word. */
export function isCommandWord(word: string): boolean {
  return COMMANDS.some(({ name }) => name.split(' ')[0] === word);
}
