// Runs schemathesis (PyPI, in its own environment) and reads what it found: its report for the checks, the lines that
// aimed_calls.py writes for the answers.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startProcess, tempFolder, type TestScope, venvPython } from '@umbel/testkit';

/** Waits of calls are made short (aimed_calls.py), and Umbel asks no worker for longer than seconds. */
const CALL_DEADLINE_S = 20;
/** Beyond the time that it is given: loading, the calls under way, its report. */
const GRACE_MS = 120_000;
const LONGEST_DETAILS_CHARS = 12_000;
const LONGEST_LINE_CHARS = 300;

export interface FuzzOptions {
  readonly openApiUrl: string;
  readonly authorization: string;
  /** Name of a path parameter ▶ values that exist. */
  readonly targets: Readonly<Record<string, readonly string[]>>;
  readonly maxExamples: number;
  readonly seconds: number;
  readonly seed: string | undefined;
}

export interface FuzzReport {
  readonly calls: number;
  readonly operations: number;
  readonly seconds: number;
  readonly seed: string;
  readonly statuses: Readonly<Record<string, number>>;
  readonly longestSeconds: number;
  readonly longestOperation: string;
  /** Answers of 500 and more, but the documented 503 and 504. */
  readonly serverErrors: number;
  /** Checks that failed. */
  readonly failures: readonly Failure[];
  /** Calls without an answer within their deadline, and troubles of the tool itself. */
  readonly errors: readonly { readonly title: string; readonly count: number }[];
  /** What it said of failures and errors; empty without any. */
  readonly details: string;
}

interface Failure {
  readonly title: string;
  readonly count: number;
  readonly operations: readonly string[];
}

interface Call {
  readonly operation: string;
  readonly status: number;
  readonly seconds: number;
}

/** What is read of its JSON report. */
interface JsonReport extends Pick<FuzzReport, 'failures' | 'errors'> {
  readonly running_time: number;
  readonly operations: { readonly tested: number };
}

/** @throws with its output when it did not run to its end */
export async function runSchemathesis(t: TestScope, options: FuzzOptions): Promise<FuzzReport> {
  const python = await venvPython('schemathesis', (text) => process.stdout.write(`${text}\n`));
  const folder = tempFolder(t);
  const [reportPath, callsPath] = [join(folder, 'report.json'), join(folder, 'calls.ndjson')];
  const flags = {
    '--header': `Authorization: ${options.authorization}`,
    '--max-examples': options.maxExamples,
    '--max-time': options.seconds,
    // More than one makes Python 3.11 fail now and then: its parser, which the tool calls, is not safe in threads.
    '--workers': 1,
    '--request-timeout': CALL_DEADLINE_S,
    '--report': 'json',
    '--report-json-path': reportPath,
    '--generation-database': 'none',
    ...(options.seed === undefined ? {} : { '--seed': options.seed }),
  };
  const config = join(import.meta.dirname, 'schemathesis.toml');
  const run = await startProcess(
    python,
    [
      '-m',
      'schemathesis.cli',
      '--config-file',
      config,
      'run',
      options.openApiUrl,
      '--no-color',
      ...Object.entries(flags).flatMap(([flag, value]) => [flag, `${value}`]),
    ],
    {
      cwd: folder,
      env: {
        PYTHONPATH: import.meta.dirname,
        PYTHONDONTWRITEBYTECODE: '1',
        SCHEMATHESIS_HOOKS: 'aimed_calls',
        FUZZ_TARGETS: JSON.stringify(options.targets),
        FUZZ_CALLS: callsPath,
      },
    },
  );
  t.after(() => run.kill());
  const deadline = setTimeout(() => run.signal('SIGKILL'), options.seconds * 1_000 + GRACE_MS);
  await run.exited;
  clearTimeout(deadline);
  if (!existsSync(reportPath)) throw new Error(`schemathesis left no report:\n${run.log()}`);
  const report = JSON.parse(readFileSync(reportPath, 'utf8')) as JsonReport;
  return {
    ...countCalls(readCalls(callsPath)),
    operations: report.operations.tested,
    seconds: report.running_time,
    failures: report.failures,
    errors: report.errors,
    // Its report has the seed as a number too large for JavaScript.
    seed: /^Seed: (\d+)$/m.exec(run.log())?.[1] ?? 'unknown',
    details: detailsOf(run.log()),
  };
}

function readCalls(path: string): Call[] {
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Call);
}

type Counts = Pick<FuzzReport, 'calls' | 'statuses' | 'longestSeconds' | 'longestOperation' | 'serverErrors'>;

function countCalls(calls: readonly Call[]): Counts {
  const statuses: Record<string, number> = {};
  for (const { status } of calls) statuses[status] = (statuses[status] ?? 0) + 1;
  const longest = calls.toSorted((a, b) => b.seconds - a.seconds)[0];
  return {
    calls: calls.length,
    statuses,
    longestSeconds: longest?.seconds ?? 0,
    longestOperation: longest?.operation ?? '',
    serverErrors: calls.filter(({ status }) => status >= 500 && status !== 503 && status !== 504).length,
  };
}

function detailsOf(output: string): string {
  const [, details = ''] =
    /^=+ (?:FAILURES|ERRORS) =+$(.*?)^=+ (?:WARNINGS|SUMMARY) =+$/ms.exec(output) ?? [];
  const lines = details
    .trim()
    .split('\n')
    .map((line) => line.slice(0, LONGEST_LINE_CHARS));
  return `${lines.join('\n').slice(0, LONGEST_DETAILS_CHARS)}\n`;
}
