// Somebody who is signed in and looks: asks at a steady pace, whatever became of the calls before, and notes how long each took
// from the moment when it was due. Waiting for one answer before the next question would hide the slow ones.
import { Agent, request } from 'node:http';

export const PATHS = ['/api/tasks', '/api/workers'] as const;
const QUERY: Readonly<Record<(typeof PATHS)[number], string>> = {
  '/api/tasks': '?limit=50',
  '/api/workers': '',
};
const CALLS_PER_SECOND = 100;

export interface SignedInClient {
  totalTasks(): Promise<number>;
  /** Milliseconds of each call. @throws when one is not answered with 200 */
  measure(options: { readonly seconds: number }): Promise<number[]>;
}

export async function signIn(url: string, name: string, password: string): Promise<SignedInClient> {
  const response = await fetch(`${url}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, password }),
  });
  const cookie = response.headers.getSetCookie()[0]?.split(';')[0];
  if (!response.ok || cookie === undefined)
    throw new Error(`signing in was answered ${response.status}: ${await response.text()}`);
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });

  function get(path: string): Promise<string> {
    return new Promise((resolve, reject) => {
      request(`${url}${path}`, { agent, headers: { cookie } }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => (text += part));
        answer.on('end', () => {
          if (answer.statusCode === 200) resolve(text);
          else reject(new Error(`GET ${path} was answered ${answer.statusCode}: ${text}`));
        });
      })
        .on('error', reject)
        .end();
    });
  }

  return {
    totalTasks: async () => (JSON.parse(await get('/api/tasks?limit=1')) as { total: number }).total,
    async measure({ seconds }) {
      const start = performance.now();
      const calls = Array.from({ length: seconds * CALLS_PER_SECOND }, async (_, index) => {
        const dueAt = start + (index * 1_000) / CALLS_PER_SECOND;
        await new Promise((go) => setTimeout(go, Math.max(0, dueAt - performance.now())));
        const path = PATHS[index % PATHS.length] as (typeof PATHS)[number];
        await get(path + QUERY[path]);
        return performance.now() - dueAt;
      });
      return Promise.all(calls);
    },
  };
}
