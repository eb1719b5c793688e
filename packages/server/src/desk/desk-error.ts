// Failures of the Celery package in the desk's own terms, so that HTTP has one kind of error to translate.
import { CeleryError, type CeleryErrorCode } from '@umbel/celery';
import { DeskError } from './desk.ts';

const CODES: Partial<Record<CeleryErrorCode, DeskError['code']>> = {
  bad_argument: 'bad_argument',
  broker_unavailable: 'broker_unavailable',
  closed: 'broker_unavailable',
  backend_unavailable: 'backend_unavailable',
  timeout: 'timeout',
  undecodable: 'unreadable_result',
  unsupported_content_type: 'unreadable_result',
  unsupported_compression: 'unreadable_result',
  too_large: 'unreadable_result',
};

/** Runs `action`; an expected CeleryError comes out as the DeskError that means the same. */
export async function asDeskErrors<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const code = error instanceof CeleryError ? CODES[error.code] : undefined;
    if (code === undefined) throw error;
    throw new DeskError(code, (error as CeleryError).message, (error as CeleryError).params, error);
  }
}
