// THE LIST of routes: method, path, the right it needs (auth/rights.ts, route.ts), what it promises (contract/), who does it.
import { homePage, openApi } from '../../contract/about.ts';
import * as health from '../../contract/health.ts';
import { queueLengths } from '../../contract/queues.ts';
import * as send from '../../contract/send-task.ts';
import * as taskCommands from '../../contract/task-commands.ts';
import { taskResult } from '../../contract/task-result.ts';
import * as tasks from '../../contract/tasks.ts';
import * as workerCommands from '../../contract/worker-commands.ts';
import { listWorkers } from '../../contract/workers.ts';
import { type Route, route } from '../route.ts';
import * as handleAbout from './about.ts';
import * as handleHealth from './health.ts';
import * as handleQueues from './queues.ts';
import * as handleSend from './send-task.ts';
import * as handleTaskCommands from './task-commands.ts';
import * as handleTasks from './tasks.ts';
import * as handleWorkerCommands from './worker-commands.ts';
import * as handleWorkers from './workers.ts';

// biome-ignore format: a table
export const ROUTES: readonly Route[] = [
  route('GET',  '/',                                      'view',      homePage, handleAbout.homePage),
  route('GET',  '/healthz',                               'unasked',   health.alive, handleHealth.alive),
  route('GET',  '/readyz',                                'unasked',   health.ready, handleHealth.ready),
  route('GET',  '/healthcheck',                           'unasked',   health.healthcheck, handleHealth.healthcheck),
  route('GET',  '/api/openapi.json',                      'view',      openApi, handleAbout.openApi),

  route('GET',  '/api/workers',                           'view',      listWorkers, handleWorkers.listWorkers),
  route('POST', '/api/worker/shutdown/*',                 'shutdown',  workerCommands.shutdownWorker, handleWorkerCommands.shutdownWorker),
  route('POST', '/api/worker/pool/restart/*',             'control',   workerCommands.restartPool, handleWorkerCommands.restartPool),
  route('POST', '/api/worker/pool/grow/*',                'control',   workerCommands.growPool, handleWorkerCommands.growPool),
  route('POST', '/api/worker/pool/shrink/*',              'control',   workerCommands.shrinkPool, handleWorkerCommands.shrinkPool),
  route('POST', '/api/worker/pool/autoscale/*',           'control',   workerCommands.autoscalePool, handleWorkerCommands.autoscalePool),
  route('POST', '/api/worker/queue/add-consumer/*',       'control',   workerCommands.addConsumer, handleWorkerCommands.addConsumer),
  route('POST', '/api/worker/queue/cancel-consumer/*',    'control',   workerCommands.cancelConsumer, handleWorkerCommands.cancelConsumer),

  route('GET',  '/api/tasks',                             'view',      tasks.listTasks, handleTasks.listTasks),
  route('GET',  '/api/task/types',                        'view',      tasks.taskTypes, handleTasks.taskTypes),
  route('GET',  '/api/task/info/*',                       'view',      tasks.taskInfo, handleTasks.taskInfo),
  route('GET',  '/api/task/result/*',                     'payload',   taskResult, handleTasks.taskResult),
  route('POST', '/api/task/apply/*',                      'send',      send.applyTask, handleSend.applyTask),
  route('POST', '/api/task/async-apply/*',                'send',      send.asyncApplyTask, handleSend.asyncApplyTask),
  route('POST', '/api/task/send-task/*',                  'send',      send.sendTask, handleSend.sendTask),
  route('POST', '/api/task/abort/*',                      'revoke',    taskCommands.abortTask, handleTaskCommands.abortTask),
  route('POST', '/api/task/timeout/*',                    'control',   taskCommands.setTimeLimits, handleTaskCommands.setTimeLimits),
  route('POST', '/api/task/rate-limit/*',                 'control',   taskCommands.setRateLimit, handleTaskCommands.setRateLimit),
  route('POST', '/api/task/revoke/*',                     'revoke',    taskCommands.revokeTask, handleTaskCommands.revokeTask),

  route('GET',  '/api/queues/length',                     'view',      queueLengths, handleQueues.queueLengths),
];
