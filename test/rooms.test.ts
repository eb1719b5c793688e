// Which room may import which: the law of the house and its documentation. A room is a folder of a package; `entry`
// stands for the files directly in a package's `src`. Tests may import anything and are not looked at.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  // @umbel/celery. Every room may import `celery/errors`.
  'celery/errors': [],
  'celery/message': [],
  'celery/broker': ['celery/message'],
  'celery/events': ['celery/message', 'celery/broker'],
  'celery/state': ['celery/message', 'celery/events'],
  'celery/control': ['celery/message', 'celery/broker'],
  'celery/results': ['celery/message', 'celery/broker'],
  'celery/send': ['celery/message', 'celery/broker'],
  'celery/entry': ['celery/*'],
  // umbel. The server's rooms see @umbel/celery through its one index.
  // The shape that its options are read into belongs to auth/.
  'server/config': ['@umbel/celery', 'server/auth'],
  'server/contract': ['@umbel/celery'],
  // Of contract/ only how points in time are read.
  'server/query': ['@umbel/celery', 'server/contract', 'server/failures'],
  // Of store/ only how names are matched.
  'server/redaction': ['@umbel/celery', 'server/store'],
  // What is counted of a task's changes. PURE.
  'server/measures': ['@umbel/celery', 'server/query', 'server/failures'],
  // Which failures are the same one. PURE.
  'server/failures': ['@umbel/celery'],
  'server/store': ['@umbel/celery', 'server/query', 'server/measures', 'server/failures'],
  'server/collector': [
    '@umbel/celery',
    'server/store',
    'server/redaction',
    'server/measures',
    'server/failures',
  ],
  'server/auth': ['@umbel/celery', 'server/store'],
  // Of contract/ only how the API writes a line.
  'server/audit': ['@umbel/celery', 'server/contract', 'server/store', 'server/redaction'],
  'server/desk': ['@umbel/celery', 'server/store', 'server/auth', 'server/query', 'server/measures'],
  'server/http': [
    '@umbel/celery',
    'server/contract',
    'server/query',
    'server/failures',
    'server/measures',
    'server/store',
    'server/desk',
    'server/auth',
    'server/audit',
    'server/redaction',
  ],
  // Of contract/ only how points in time are written.
  'server/commands': [
    '@umbel/celery',
    'server/config',
    'server/contract',
    'server/store',
    'server/auth',
    'server/audit',
  ],
  'server/entry': ['@umbel/celery', 'server/*'],
};

/** Rooms that compute only: no sockets, files, clocks or randomness of their own. */
const PURE = [
  'celery/message',
  'celery/state',
  'server/contract',
  'server/query',
  'server/redaction',
  'server/measures',
  'server/failures',
];
/** Of Node's own modules only these compute and nothing else. */
const PURE_MODULES = /^node:(buffer|zlib)$/;
const OUTSIDE =
  /\b(Date\.now|performance\.now|Math\.random|randomUUID|getRandomValues|new Date\(\)|set(Timeout|Interval|Immediate)|process\.\w+|fetch)\b|\bconsole\./;
const COMMENT = /\/\*[^]*?\*\/|\/\/.*/g;

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .filter((entry) => !/\.(test|it|contract)\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

function roomOf(file: string): string {
  const [, packageName, , ...rest] = relative(root, file).split(sep);
  if (rest.length === 1) return rest[0] === 'errors.ts' ? `${packageName}/errors` : `${packageName}/entry`;
  return `${packageName}/${rest[0]}`;
}

function importsOf(text: string): string[] {
  const statements =
    /(?:^|\n)\s*(?:import|export)\b(?:[^'"\n;]*?(?:\{[^}]*\}[^'"\n;]*)?from)?\s*['"]([^'"]+)['"]/g;
  // Threads are started by the URL of their file.
  const expressions = /\b(?:import|new URL)\(\s*['"`](\.[^'"`]*)['"`]/g;
  return [...text.matchAll(statements), ...text.matchAll(expressions)].map((m) => m[1] ?? '');
}

const files = ['celery', 'server'].flatMap((name) => sources(join(root, 'packages', name, 'src')));

test('every room imports only the rooms that the table allows', () => {
  const broken: string[] = [];
  for (const file of files) {
    const room = roomOf(file);
    const allowed = MAY_IMPORT[room];
    assert.ok(allowed, `${room} (of ${relative(root, file)}) is not in the table`);
    for (const specifier of importsOf(readFileSync(file, 'utf8'))) {
      const target = specifier.startsWith('.') ? roomOf(resolve(dirname(file), specifier)) : specifier;
      const local = specifier.startsWith('.') || specifier.startsWith('@umbel/');
      if (!local || target === room || target.endsWith('/errors')) continue;
      const wildcard = `${room.split('/')[0]}/*`;
      if (
        allowed.includes(target) ||
        (allowed.includes(wildcard) && target.startsWith(wildcard.slice(0, -1)))
      )
        continue;
      broken.push(`${relative(root, file)} imports ${target}`);
    }
  }
  assert.deepEqual(broken, []);
});

test('pure rooms do no input or output', () => {
  const broken: string[] = [];
  for (const file of files.filter((name) => PURE.includes(roomOf(name)))) {
    const text = readFileSync(file, 'utf8');
    for (const specifier of importsOf(text)) {
      const isOutside = specifier.startsWith('node:') && !PURE_MODULES.test(specifier);
      if (isOutside || /^(ioredis|amqplib)$/.test(specifier))
        broken.push(`${relative(root, file)} imports ${specifier}`);
    }
    const outside = OUTSIDE.exec(text.replaceAll(COMMENT, ''))?.[0];
    if (outside !== undefined) broken.push(`${relative(root, file)} uses ${outside}`);
  }
  assert.deepEqual(broken, []);
});

test('no file is a drawer', () => {
  const drawers =
    /(^|[/\\])(utils?|helpers?|common|lib|shared|core|misc|types|interfaces|constants|managers?|services?)([/\\]|\.ts$)/;
  assert.deepEqual(
    files.map((file) => relative(root, file)).filter((file) => drawers.test(file)),
    [],
  );
});
