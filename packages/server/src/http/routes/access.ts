// The handler of /api/v1/access.
import { RIGHTS } from '../../auth/rights.ts';
import type * as contract from '../../contract/v1-access.ts';
import type { Handler } from '../api-request.ts';

export const access: Handler<typeof contract.access, 'admin'> = async ({ authenticator, server }) => ({
  ...authenticator.describe(),
  rights: { ...RIGHTS },
  read_only: server.readOnly,
  open_access: authenticator.open,
});
