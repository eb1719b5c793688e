// One line of THE LIST: a method and a path, what its caller needs, what it promises, and who does it.
import type { TSchema } from 'typebox';
import type { Right } from '../auth/rights.ts';
import type { Operation } from '../contract/operation.ts';
import type { ParameterTable } from '../contract/parameter.ts';
import type { ApiRequest, Handler } from './api-request.ts';

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/**
 * A right, or `signed-in`: anybody who is known; `open`: whoever asks, known or not; `unasked`: nobody even looks who it is,
 * so that a health check costs nothing and cannot be refused.
 */
export type Needed = Right | 'signed-in' | 'open' | 'unasked';

/** The types of parameters and reply are checked by `route` and then forgotten, so that routes fit in one list. */
export interface Route {
  readonly method: Method;
  /** Ends in `*` when the operation has a target. */
  readonly path: string;
  readonly right: Needed;
  readonly operation: Operation;
  readonly handle: (request: ApiRequest<Operation, Needed>) => Promise<unknown>;
}

export function route<N extends Needed, P extends ParameterTable, R extends TSchema>(
  method: Method,
  path: string,
  right: N,
  operation: Operation<P, R>,
  handle: (request: ApiRequest<Operation<P, R>, NoInfer<N>>) => ReturnType<Handler<Operation<P, R>>>,
): Route {
  // The gate lets only those through whom the handler asks for.
  return { method, path, right, operation, handle: handle as Route['handle'] };
}
