// A URL that cannot be understood is the caller's mistake: says which option it came from.
import { CeleryError } from '@umbel/celery';
import { ConfigError } from './config-error.ts';

/** What `open` answers. @throws ConfigError that names the option when what it says cannot work; what else `open` throws */
export async function orOptionError<T>(option: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (
      error instanceof CeleryError &&
      (error.code === 'bad_url' || error.code === 'unsupported_transport' || error.code === 'bad_argument')
    ) {
      throw new ConfigError(`${option}: ${error.message}`);
    }
    throw error;
  }
}
