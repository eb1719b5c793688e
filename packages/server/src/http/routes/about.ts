// Handlers that describe the server to people and programs.
import type * as contract from '../../contract/about.ts';
import type { Handler } from '../api-request.ts';
import { homePage as renderHomePage } from '../pages/home-page.ts';

const TASKS_SHOWN = 25;

export const homePage: Handler<typeof contract.homePage> = async ({ desk, server, caller }) => {
  const [health, workers, page, countByState] = await Promise.all([
    desk.health(),
    desk.workers({ refresh: false }),
    desk.tasks({ filter: {}, sortBy: 'received', descending: true, limit: TASKS_SHOWN, offset: 0 }),
    desk.countByState(),
  ]);
  return renderHomePage({
    server,
    caller,
    health,
    workers: [...workers.values()],
    tasks: page.tasks,
    countByState,
  });
};

export const openApi: Handler<typeof contract.openApi> = async ({ server }) => server.openApi;
