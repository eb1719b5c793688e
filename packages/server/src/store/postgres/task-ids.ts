// Numbers for new tasks, rising in the order in which tasks were first seen. A process takes blocks of them, ahead of its transactions,
// so that most need not ask; what a process that ends has left of its block is never used.
import type { Generations } from './generations.ts';
import type { Transactions } from './transactions.ts';

/** The sequence `id_blocks` counts blocks of so many. No block lies in two generations. */
export const BLOCK_IDS = 1_024;

/** Another transaction of this process was quicker: reserve again. */
export class IdsUsedUp extends Error {
  override name = 'IdsUsedUp';
}

export interface TaskIds {
  /** Sees to it that so many numbers are there to be taken, and that there is a place for their tasks. Not within a transaction. */
  reserve(count: number): Promise<void>;
  /** So many new numbers, rising. @throws IdsUsedUp */
  take(count: number): number[];
  /** What is reserved is not to be used any more: its generation has gone. */
  forget(): void;
}

export function createTaskIds(transactions: Transactions, generations: Generations): TaskIds {
  let reserved: number[] = [];
  return {
    async reserve(count) {
      if (reserved.length >= count) return;
      const blocks = Math.ceil((count - reserved.length) / BLOCK_IDS);
      const rows = await transactions.write(async (client) => {
        const sql = "SELECT nextval('id_blocks') AS block FROM generate_series(1, $1)";
        return (await client.query<{ block: number }>(sql, [blocks])).rows;
      });
      for (const { block } of rows) {
        const first = block * BLOCK_IDS;
        await generations.ensure(first);
        for (let id = first; id < first + BLOCK_IDS; id++) reserved.push(id);
      }
    },
    take(count) {
      if (count > reserved.length) throw new IdsUsedUp();
      return reserved.splice(0, count);
    },
    forget() {
      reserved = [];
    },
  };
}
