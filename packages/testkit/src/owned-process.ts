// Processes and temporary folders that never outlive this Node process, however it ends: a normal exit, a failed test, Ctrl-C,
// or SIGKILL. A tiny shell (the reaper) in a session of its own reads the list of process groups from a pipe; when the pipe
// closes, because we are gone, it kills what is still on the list and removes the folder. Leaves orderly stopping to the owners.
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const REAPER = `
while read -r line; do groups=$line; done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
rm -rf -- "$1"
`;
const LOG_LIMIT_CHARS = 2_000_000;
const LAST_OUTPUT_MS = 1_000;

export interface ProcessOptions {
  env?: Readonly<Record<string, string | undefined>>;
  cwd?: string;
  /** Called with each piece of output, standard error included. */
  onOutput?: (text: string) => void;
}

/** A child process in a process group of its own, so that its children end with it and Ctrl-C in the terminal is ours to handle. */
export interface OwnedProcess {
  readonly pid: number;
  /** What it wrote so far to standard output and standard error (the last 2 million characters). */
  log(): string;
  /**
   * Resolves when the process ended and its output is complete; `code` is null when a signal ended it. To have asked for it
   * keeps this process alive until then.
   */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  running(): boolean;
  /** Sends a signal to the process alone. Without effect when it is gone. */
  signal(name: NodeJS.Signals): void;
  /** Asks the process to end, and kills its whole group when it is still there after `graceMs`. */
  stop(options?: { signal?: NodeJS.Signals; graceMs?: number }): Promise<void>;
  /** SIGKILL to the whole group, then waits for the end. */
  kill(): Promise<void>;
}

interface Reaper {
  folder: string;
  groups: Set<number>;
  tell(): void;
}
let reaper: Reaper | null = null;

function openReaper(): Reaper {
  if (reaper) return reaper;
  const folder = mkdtempSync(join(tmpdir(), 'umbel-'));
  const shell = spawn('/bin/sh', ['-c', REAPER, 'umbel-reaper', folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
  });
  shell.unref();
  const { stdin } = shell;
  // A pipe is a socket in Node, although the type does not say so; without unref it would keep this process alive.
  if ('unref' in stdin && typeof stdin.unref === 'function') stdin.unref();
  stdin.on('error', (error) => {
    process.emitWarning(`the reaper is gone: ${error.message}`);
  });
  const groups = new Set<number>();
  reaper = { folder, groups, tell: () => void stdin.write(`${[...groups].join(' ')}\n`) };
  return reaper;
}

/** A folder of this process, removed when the process ends. */
export function processFolder(): string {
  return openReaper().folder;
}

/**
 * Starts a process that ends with this one at the latest. It does not keep this process alive.
 *
 * @throws when the command cannot be started (not found, not executable)
 */
export async function startProcess(
  command: string,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<OwnedProcess> {
  const owner = openReaper();
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    // Temporary files that it leaves behind when it is killed (Python's multiprocessing does) go with our folder.
    env: { ...process.env, TMPDIR: owner.folder, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let log = '';
  const collect = (text: string): void => {
    log = (log + text).slice(-LOG_LIMIT_CHARS);
    options.onOutput?.(text);
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', collect);
    if ('unref' in stream && typeof stream.unref === 'function') stream.unref();
  }
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  child.unref();
  const pid = child.pid ?? 0;
  owner.groups.add(pid);
  owner.tell();

  let ended = false;
  const killGroup = (): void => sendSignal(-pid, 'SIGKILL');
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => {
      ended = true;
      killGroup(); // children that its end left behind
      owner.groups.delete(pid);
      owner.tell();
      const tell = (): void => resolve({ code, signal });
      // Somebody who left the group may hold the pipes open for good.
      const deadline = setTimeout(tell, LAST_OUTPUT_MS);
      child.once('close', () => {
        clearTimeout(deadline);
        tell();
      });
    });
  });
  const kill = async (): Promise<void> => {
    if (ended) return;
    child.ref();
    killGroup();
    await exited;
  };
  return {
    pid,
    log: () => log,
    get exited() {
      child.ref();
      return exited;
    },
    running: () => !ended,
    signal: (name) => {
      if (!ended) sendSignal(pid, name);
    },
    stop: async ({ signal = 'SIGTERM', graceMs = 10_000 } = {}) => {
      if (ended) return;
      child.ref();
      sendSignal(pid, signal);
      const deadline = setTimeout(killGroup, graceMs);
      await exited;
      clearTimeout(deadline);
    },
    kill,
  };
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
