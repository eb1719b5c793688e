// `umbel db prune`: deletes at once what is beyond the bounds of the history, or says what that would be.
import { setTimeout as delay } from 'node:timers/promises';
import { pruneRule } from '../store/retention-rule.ts';
import type { PrunePreview, PruneRule, Store } from '../store/store.ts';
import type { Command } from './command.ts';
import { HISTORY_OPTIONS } from './command-history.ts';
import { formatSize, formatTasks } from './format-numbers.ts';
import { formatTable } from './format-table.ts';
import { openHistoryToPrune, openHistoryToRead } from './open-command-history.ts';

/** Small, and with a pause as long as the step after each: a server that writes meanwhile waits for one step at most. */
const STEP_TASKS = 500;
const STEP_BYTES = 1024 * 1024;

export const dbPrune: Command = {
  name: 'db prune',
  summary: 'Deletes the tasks that are beyond the bounds of the history, and gives their space back.',
  details:
    'The bounds are those of the server (--retention-age and so on, flags, environment or config file), or others given here. The\nserver may be running. Where tasks are too many or take too much space, the oldest go, after those that are too old.',
  words: [],
  options: { 'dry-run': { placeholder: null, help: 'Only say what would be deleted.' } },
  serverOptions: [
    ...HISTORY_OPTIONS,
    'retention-age',
    'retention-failures',
    'retention-tasks',
    'retention-size',
  ],
  async run(given, { stdout }) {
    const config = given.config();
    const rule = pruneRule(
      {
        maxAgeMs: config['retention-age'],
        maxFailureAgeMs: config['retention-failures'],
        maxTasks: config['retention-tasks'],
        maxBytes: config['retention-size'],
      },
      Date.now(),
    );
    const isDry = given.has('dry-run');
    await using store = await (isDry ? openHistoryToRead(config) : openHistoryToPrune(config));
    stdout.write(isDry ? describe(await store.previewPrune(rule)) : await prune(store, rule));
    return 0;
  },
};

function describe({ tooOld, tooMany, excessBytes }: PrunePreview): string {
  const rows = [
    ...tooOld.map(({ state, tasks }) => ['too old', `${formatTasks(tasks)} in state ${state}`]),
    ...(tooMany > 0 ? [['too many', `the oldest ${formatTasks(tooMany)} of the rest`]] : []),
    ...(excessBytes > 0 ? [['too large', `the oldest of the rest, to free ${formatSize(excessBytes)}`]] : []),
  ];
  return rows.length === 0 ? 'Nothing would be deleted.\n' : formatTable(rows);
}

async function prune(store: Store, rule: Omit<PruneRule, 'limit'>): Promise<string> {
  const repeat = async (step: () => Promise<number>) => {
    let sum = 0;
    for (;;) {
      const startedMs = performance.now();
      const done = await step();
      if (done === 0) return sum;
      sum += done;
      await delay(performance.now() - startedMs);
    }
  };
  // The age first, so that what is too many or too large is counted among what may stay.
  const { before, beforeByState } = rule;
  const old = await repeat(() => store.prune({ before, beforeByState, limit: STEP_TASKS }));
  const more = await repeat(() => store.prune({ ...rule, limit: STEP_TASKS }));
  const bytes = await repeat(() => store.shrink(STEP_BYTES));
  return `${formatTasks(old + more)} deleted, ${formatSize(bytes)} given back\n`;
}
