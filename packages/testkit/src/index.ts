// @umbel/testkit: real servers for tests, started on free ports and ended with the test. Table of contents, no logic.
export { findChromium, startBrowser, type TestBrowser, type WatchedPage } from './browser.ts';
export { startWorker, type CeleryWorker, type WorkerOptions } from './celery-worker.ts';
export { createCertificates, type Certificates } from './certificates.ts';
export { findExecutable } from './executable.ts';
export { withFileLock } from './file-lock.ts';
export { freePort, isFreePort } from './free-port.ts';
export {
  startOpenIdProvider,
  type IdTokenClaims,
  type Lie,
  type OpenIdAccount,
  type OpenIdProvider,
  type OpenIdProviderOptions,
} from './open-id-provider.ts';
export { startProcess, type OwnedProcess, type ProcessOptions } from './owned-process.ts';
export { missing } from './missing.ts';
export { python, pythonEnvironment, pythonFolder, type PythonOptions } from './python.ts';
export { venvPython, type CeleryVersion, type VenvName } from './python-venv.ts';
export { startPostgres, type PostgresDatabase, type PostgresOptions } from './postgres.ts';
export { SHARED_RABBIT_VARIABLE, startRabbit, type RabbitOptions, type RabbitVhost } from './rabbit.ts';
export { openRabbitServer, type RabbitServer } from './rabbit-server.ts';
export { startRedis, type RedisOptions, type RedisServer } from './redis.ts';
export { redisServerPath, redisWheelPath } from './redis-server-path.ts';
export { startProxy, type TcpProxy } from './tcp-proxy.ts';
export { suiteScope } from './suite-scope.ts';
export { tempFolder } from './temp-folder.ts';
export { absent, AbsentError, type TestScope } from './test-scope.ts';
export { until, type UntilOptions } from './until.ts';
