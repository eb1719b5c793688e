// Asks ahead of a suite whether this machine has what it needs: `describe(name, { skip: await missing('rabbit') }, …)`. A single
// test needs no such question: what it starts skips it. A suite that starts its servers in `before` would fail as a whole.
import { CHROMIUM_ABSENT, findChromium } from './browser.ts';
import { venvPython } from './python-venv.ts';
import { findPostgres, POSTGRES_ABSENT } from './postgres-server.ts';
import { findRabbit, RABBIT_ABSENT } from './rabbit-server.ts';
import { redisServerPath } from './redis-server-path.ts';

type Need = 'browser' | 'celery' | 'postgres' | 'rabbit' | 'redis';

const LOOK: Readonly<Record<Need, () => Promise<unknown>>> = {
  browser: async () => {
    if (findChromium() === null) throw new Error(CHROMIUM_ABSENT);
  },
  // The newest one stands for all: what is missing is Python, or the network at the first run.
  celery: () => venvPython('5.7'),
  postgres: async () => {
    if (!findPostgres()) throw new Error(POSTGRES_ABSENT);
  },
  redis: redisServerPath,
  rabbit: async () => {
    if (!findRabbit()) throw new Error(RABBIT_ABSENT);
  },
};

/** The reason for a skip, or false when everything is there, and wherever `CI` is set: there, what is missing is to fail. */
export async function missing(...needs: readonly Need[]): Promise<string | false> {
  if (process.env['CI']) return false;
  for (const need of needs) {
    try {
      await LOOK[need]();
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
  return false;
}
