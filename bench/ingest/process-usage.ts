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
  // The second field is the command in parentheses and may hold anything.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
  return {
    cpuSeconds: (user + system) / TICKS_PER_SECOND,
    rssMb: megabytes('VmRSS'),
    peakRssMb: megabytes('VmHWM'),
  };
}
