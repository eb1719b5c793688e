// The handler of /api/v1/access.
import { ALL_RIGHTS, RIGHTS } from '../../auth/rights.ts';
import type * as contract from '../../contract/v1-access.ts';
import type { Handler } from '../api-request.ts';

export const access: Handler<typeof contract.access, 'admin'> = async ({ authenticator, server }) => ({
  ...authenticator.describe(),
  rights: ALL_RIGHTS.map((name) => ({ name, meaning: RIGHTS[name] })),
  read_only: server.readOnly,
  open: authenticator.open,
});
