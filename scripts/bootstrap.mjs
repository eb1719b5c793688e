// Runs a script of this checkout with everything it needs: installs the npm packages when they are missing or not the ones of
// package-lock.json, then hands over to the Node of the dev dependencies. Plain JavaScript, because it must run on whatever
// Node (20 or newer) the machine has. Usage: node scripts/bootstrap.mjs [options of Node] <script> [arguments]
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const node = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'];
// npm passes Ctrl-C on to us although the terminal has told us already.
const ONE_KEYSTROKE_MS = 500;
const PARENT_CHECK_MS = 300;

const words = process.argv.slice(2);
const scriptAt = words.findIndex((word) => !word.startsWith('-'));
if (scriptAt === -1) {
  console.error('usage: node scripts/bootstrap.mjs [options of Node] <script> [arguments]');
  process.exit(2);
}
const missing = findMissingPackage();
if (missing) installPackages(missing);
handOver(words.slice(0, scriptAt), resolve(root, words[scriptAt]), words.slice(scriptAt + 1));

/** Names a package that is not installed as package-lock.json wants it; null when all are. */
function findMissingPackage() {
  const wanted = readPackages(join(root, 'package-lock.json'));
  if (!wanted) throw new Error('package-lock.json is missing');
  // What npm itself notes about an installed tree.
  const installed = readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (!installed) return 'node_modules';
  for (const [path, { version, optional, link }] of Object.entries(wanted)) {
    if (!path.includes('node_modules/') || link) continue;
    const found = installed[path];
    if (found ? found.version !== version : !optional) return path.replace(/^.*node_modules\//, '');
  }
  return spawnSync(node, ['--version']).status === 0 ? null : 'node';
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

function installPackages(reason) {
  console.error(`Installing the npm packages (${reason} is missing or out of date) …`);
  const npm = process.env.npm_execpath;
  const { status, error } = npm?.endsWith('.js')
    ? spawnSync(
        process.execPath,
        [npm, 'ci', '--no-audit', '--no-fund', '--loglevel=error'],
        installOptions(),
      )
    : spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], installOptions());
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

function installOptions() {
  // All dev dependencies whatever NODE_ENV says; standard output belongs to the script.
  return { cwd: root, stdio: ['ignore', 2, 2], env: { ...process.env, NODE_ENV: 'development' } };
}

function handOver(nodeOptions, path, scriptArgs) {
  const endWithParent = new URL('./end-with-parent.mjs', import.meta.url).href;
  const options = ['--conditions=source', `--import=${endWithParent}`, ...nodeOptions];
  const child = spawn(node, [...options, path, ...scriptArgs], {
    // From the second start on no thread needs Node's own compiler for TypeScript, which takes some 15 MB in each.
    env: { NODE_COMPILE_CACHE: join(root, '.cache', 'compiled'), ...process.env },
    // In a process group of its own, so that a Ctrl-C in the terminal reaches it once, through us, and never twice.
    detached: true,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  const lastSentMs = new Map();
  const forward = (signal) => {
    const now = performance.now();
    if (now - (lastSentMs.get(signal) ?? -Infinity) < ONE_KEYSTROKE_MS) return;
    lastSentMs.set(signal, now);
    child.kill(signal);
  };
  for (const signal of FORWARDED) process.on(signal, forward);
  if (process.env.npm_lifecycle_event !== undefined) watchParent(() => forward('SIGTERM'));
  child.once('error', (error) => {
    throw error;
  });
  child.once('exit', (code, signal) => {
    process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
  });
}

/** npm ends at a signal without passing it on. */
function watchParent(onGone) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, PARENT_CHECK_MS);
  timer.unref();
}
