// What a process has used so far, from Linux's /proc: all its threads, also those that have ended.
import { readFileSync } from 'node:fs';

/** USER_HZ: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

export interface ProcessUsage {
  readonly cpuSeconds: number;
  /** Resident memory now, and at its highest. */
  readonly rssMb: number;
  readonly peakRssMb: number;
}

/** @throws when the process is gone */
export function processUsage(pid: number): ProcessUsage {
  const [user = 0, system = 0] = ticks(pid);
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
  return {
    cpuSeconds: (user + system) / TICKS_PER_SECOND,
    rssMb: megabytes('VmRSS'),
    peakRssMb: megabytes('VmHWM'),
  };
}

/** CPU seconds of a process and of its children, those that have ended included. @throws when the process is gone */
export function familySeconds(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  let sum = ticks(pid).reduce((total, count) => total + count, 0);
  for (const child of children) {
    try {
      sum += ticks(Number(child)).reduce((total, count) => total + count, 0);
    } catch {
      // It has just ended: from now on its parent counts it.
    }
  }
  return sum / TICKS_PER_SECOND;
}

/** User and system time of the process, then those of its children that have ended. */
function ticks(pid: number): number[] {
  // The second field is the command in parentheses and may hold anything.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return fields.slice(11, 15).map(Number);
}
