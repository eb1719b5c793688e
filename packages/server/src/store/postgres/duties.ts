// What one of all processes does for the others. Its promise ends by itself, by the database's clock.
import type { ClientBase } from 'pg';

/** Answers whether the duty is the holder's: it was nobody's, or its own. Inside a write transaction. */
export async function claimDuty(
  client: ClientBase,
  { duty, holder, seconds }: { readonly duty: string; readonly holder: string; readonly seconds: number },
): Promise<boolean> {
  const { rowCount } = await client.query(
    `INSERT INTO duties VALUES ($1, $2, clock_timestamp() + $3::float8 * interval '1 s')
     ON CONFLICT (duty) DO UPDATE SET holder = excluded.holder, until = excluded.until
       WHERE duties.holder = excluded.holder OR duties.until < clock_timestamp()`,
    [duty, holder, seconds],
  );
  return rowCount === 1;
}
