// One line of THE LIST: a method and a path, the permission it needs, what it promises, and who does it.
import type { TSchema } from 'typebox';
import type { Permission } from '../auth/access.ts';
import type { Operation } from '../contract/operation.ts';
import type { ParameterTable } from '../contract/parameter.ts';
import type { ApiRequest, Handler } from './api-request.ts';

export type Method = 'GET' | 'POST';

/** The types of parameters and reply are checked by `route` and then forgotten, so that routes fit in one list. */
export interface Route {
  readonly method: Method;
  /** Ends in `*` when the operation has a target. */
  readonly path: string;
  readonly permission: Permission;
  readonly operation: Operation;
  readonly handle: (request: ApiRequest<Operation>) => Promise<unknown>;
}

export function route<P extends ParameterTable, R extends TSchema>(
  method: Method,
  path: string,
  permission: Permission,
  operation: Operation<P, R>,
  handle: Handler<Operation<P, R>>,
): Route {
  return { method, path, permission, operation, handle };
}
