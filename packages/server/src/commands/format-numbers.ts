// Numbers ▶ words for a terminal.

const UNITS = ['kB', 'MB', 'GB', 'TB'] as const;

/** `1,234,567` */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** `12 tasks`, `1 task` */
export function formatTasks(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'task' : 'tasks'}`;
}

/** `512 bytes`, `38.2 MB (38,231,040 bytes)`; powers of ten, as options have them. */
export function formatSize(bytes: number): string {
  const exact = `${formatCount(bytes)} bytes`;
  let [unit, size]: [string | undefined, number] = [undefined, bytes];
  for (const next of UNITS) {
    if (size < 1000) break;
    [unit, size] = [next, size / 1000];
  }
  return unit === undefined ? exact : `${size.toFixed(1)} ${unit} (${exact})`;
}
