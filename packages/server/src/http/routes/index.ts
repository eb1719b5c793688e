// THE LIST of routes: method, path, the right it needs (auth/rights.ts, route.ts), what it promises (contract/), who does it.
import { homePage, openApi } from '../../contract/about.ts';
import * as health from '../../contract/health.ts';
import * as pages from '../../contract/pages.ts';
import { queueLengths } from '../../contract/queues.ts';
import * as send from '../../contract/send-task.ts';
import * as taskCommands from '../../contract/task-commands.ts';
import { taskResult } from '../../contract/task-result.ts';
import * as tasks from '../../contract/tasks.ts';
import { access } from '../../contract/v1-access.ts';
import { listAudit } from '../../contract/v1-audit.ts';
import * as session from '../../contract/v1-session.ts';
import * as v1TaskCounts from '../../contract/v1-task-counts.ts';
import { suggest } from '../../contract/v1-suggest.ts';
import { exportTasks } from '../../contract/v1-task-export.ts';
import * as v1Metrics from '../../contract/v1-metrics.ts';
import * as v1Tasks from '../../contract/v1-tasks.ts';
import * as tokens from '../../contract/v1-tokens.ts';
import * as workerCommands from '../../contract/worker-commands.ts';
import { listWorkers } from '../../contract/workers.ts';
import { type Route, route } from '../route.ts';
import * as handleAbout from './about.ts';
import * as handleAccess from './access.ts';
import * as handleAccount from './account.ts';
import * as handleAudit from './audit.ts';
import * as handleHealth from './health.ts';
import * as handleQueues from './queues.ts';
import * as handleSend from './send-task.ts';
import * as handleSession from './session.ts';
import * as handleSignIn from './sign-in.ts';
import * as handleTaskCommands from './task-commands.ts';
import * as handleTasks from './tasks.ts';
import * as handleTokens from './tokens.ts';
import * as handleV1TaskCounts from './v1-task-counts.ts';
import * as handleV1Metrics from './v1-metrics.ts';
import * as handleV1Suggest from './v1-suggest.ts';
import * as handleV1TaskExport from './v1-task-export.ts';
import * as handleV1Tasks from './v1-tasks.ts';
import * as handleWorkerCommands from './worker-commands.ts';
import * as handleWorkers from './workers.ts';

// biome-ignore format: a table
export const ROUTES: readonly Route[] = [
  route('GET',    '/',                                     'view',      homePage, handleAbout.homePage),
  route('GET',    '/healthz',                              'unasked',   health.alive, handleHealth.alive),
  route('GET',    '/readyz',                               'unasked',   health.ready, handleHealth.ready),
  route('GET',    '/healthcheck',                          'unasked',   health.healthcheck, handleHealth.healthcheck),
  route('GET',    '/api/openapi.json',                     'view',      openApi, handleAbout.openApi),

  route('GET',    '/api/workers',                          'view',      listWorkers, handleWorkers.listWorkers),
  route('POST',   '/api/worker/shutdown/*',                'shutdown',  workerCommands.shutdownWorker, handleWorkerCommands.shutdownWorker),
  route('POST',   '/api/worker/pool/restart/*',            'control',   workerCommands.restartPool, handleWorkerCommands.restartPool),
  route('POST',   '/api/worker/pool/grow/*',               'control',   workerCommands.growPool, handleWorkerCommands.growPool),
  route('POST',   '/api/worker/pool/shrink/*',             'control',   workerCommands.shrinkPool, handleWorkerCommands.shrinkPool),
  route('POST',   '/api/worker/pool/autoscale/*',          'control',   workerCommands.autoscalePool, handleWorkerCommands.autoscalePool),
  route('POST',   '/api/worker/queue/add-consumer/*',      'control',   workerCommands.addConsumer, handleWorkerCommands.addConsumer),
  route('POST',   '/api/worker/queue/cancel-consumer/*',   'control',   workerCommands.cancelConsumer, handleWorkerCommands.cancelConsumer),

  route('GET',    '/api/tasks',                            'view',      tasks.listTasks, handleTasks.listTasks),
  route('GET',    '/api/task/types',                       'view',      tasks.taskTypes, handleTasks.taskTypes),
  route('GET',    '/api/task/info/*',                      'view',      tasks.taskInfo, handleTasks.taskInfo),
  route('GET',    '/api/task/result/*',                    'payload',   taskResult, handleTasks.taskResult),
  route('POST',   '/api/task/apply/*',                     'send',      send.applyTask, handleSend.applyTask),
  route('POST',   '/api/task/async-apply/*',               'send',      send.asyncApplyTask, handleSend.asyncApplyTask),
  route('POST',   '/api/task/send-task/*',                 'send',      send.sendTask, handleSend.sendTask),
  route('POST',   '/api/task/abort/*',                     'revoke',    taskCommands.abortTask, handleTaskCommands.abortTask),
  route('POST',   '/api/task/timeout/*',                   'control',   taskCommands.setTimeLimits, handleTaskCommands.setTimeLimits),
  route('POST',   '/api/task/rate-limit/*',                'control',   taskCommands.setRateLimit, handleTaskCommands.setRateLimit),
  route('POST',   '/api/task/revoke/*',                    'revoke',    taskCommands.revokeTask, handleTaskCommands.revokeTask),

  route('GET',    '/api/queues/length',                    'view',      queueLengths, handleQueues.queueLengths),

  route('GET',    '/login',                                'open',      pages.signInPage, handleSignIn.signInPage),
  route('POST',   '/login',                                'open',      pages.submitSignIn, handleSignIn.submitSignIn),
  route('GET',    '/login/link',                           'open',      pages.signInByLink, handleSignIn.signInByLink),
  route('GET',    '/login/*',                              'open',      pages.signInAtProvider, handleSignIn.signInAtProvider),
  route('GET',    '/logout',                               'open',      pages.signOutPage, handleSignIn.signOutPage),
  route('POST',   '/logout',                               'open',      pages.submitSignOut, handleSignIn.submitSignOut),
  route('GET',    '/account',                              'signed-in', pages.accountPage, handleAccount.accountPage),
  route('POST',   '/account/sign-out-everywhere',          'signed-in', pages.submitSignOutEverywhere, handleAccount.submitSignOutEverywhere),
  route('POST',   '/account/sessions/end',                 'signed-in', pages.submitEndSession, handleAccount.submitEndSession),
  route('POST',   '/account/tokens',                       'signed-in', handleAccount.createTokenForm, handleAccount.submitCreateToken),
  route('POST',   '/account/tokens/revoke',                'signed-in', pages.submitRevokeToken, handleAccount.submitRevokeToken),
  route('GET',    '/audit',                                'admin',     pages.auditPage, handleAudit.auditPage),

  route('GET',    '/api/v1/tasks',                         'view',      v1Tasks.listTasksV1, handleV1Tasks.listTasksV1),
  route('GET',    '/api/v1/tasks/facets',                  'view',      v1TaskCounts.taskFacets, handleV1TaskCounts.taskFacets),
  route('GET',    '/api/v1/tasks/export',                  'view',      exportTasks, handleV1TaskExport.exportTasks),
  route('GET',    '/api/v1/tasks/histogram',               'view',      v1TaskCounts.taskHistogram, handleV1TaskCounts.taskHistogram),
  route('GET',    '/api/v1/search/suggest',                'view',      suggest, handleV1Suggest.suggest),

  route('GET',    '/api/v1/metrics/tasks',                 'view',      v1Metrics.taskMetrics, handleV1Metrics.taskMetrics),

  route('GET',    '/api/v1/session',                       'open',      session.currentSession, handleSession.currentSession),
  route('POST',   '/api/v1/session',                       'open',      session.signIn, handleSession.signIn),
  route('DELETE', '/api/v1/session',                       'signed-in', session.signOut, handleSession.signOut),
  route('GET',    '/api/v1/sessions',                      'signed-in', session.listSessions, handleSession.listSessions),
  route('DELETE', '/api/v1/sessions',                      'signed-in', session.signOutEverywhere, handleSession.signOutEverywhere),
  route('DELETE', '/api/v1/sessions/*',                    'signed-in', session.endSession, handleSession.endSession),
  route('GET',    '/api/v1/tokens',                        'signed-in', tokens.listTokens, handleTokens.listTokens),
  route('POST',   '/api/v1/tokens',                        'signed-in', tokens.createToken, handleTokens.createToken),
  route('DELETE', '/api/v1/tokens/*',                      'signed-in', tokens.revokeToken, handleTokens.revokeToken),
  route('GET',    '/api/v1/access',                        'admin',     access, handleAccess.access),
  route('GET',    '/api/v1/audit',                         'admin',     listAudit, handleAudit.listAudit),
];
