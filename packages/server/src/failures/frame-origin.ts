// Whose code a frame is, and how it is named so that the same code has the same name on every machine.
import type { Frame } from './read-traceback.ts';

/** Python's own library, what pip or conda installed, packed wheels, and code that has no file. Paths with `/`. */
const LIBRARY = /\/(?:site|dist)-packages\/|\/lib\/python\d|\/python\d+[^/]*\/lib\/|\.(?:whl|egg)\/|^<|^$/i;
/** Celery and what it stands on, wherever they lie; a folder or file of one's own may be called celery too. */
const CELERY =
  /(?:^|\/)(?:(?:billiard|kombu|vine|amqp)\/[a-z_]+\.py$|celery\/(?:app|apps|backends|bin|concurrency|contrib|events|fixups|security|utils|worker)\/|celery\/(?:_state|canvas|local|platforms|result|schedules|states|beat)\.py$)/;
/** What a folder or file has to be called so that Python can import it. */
const IDENTIFIER = /^[\p{L}_][\p{L}\p{N}_]*$/u;
/** Python 3.12 does not make frames of these any more. */
const INLINED: ReadonlySet<string> = new Set(['<listcomp>', '<dictcomp>', '<setcomp>']);

export function isOwnFrame({ file }: Frame): boolean {
  const path = file.replaceAll('\\', '/');
  return !LIBRARY.test(path) && !CELERY.test(path);
}

export function isInlined(frame: Frame): boolean {
  return INLINED.has(frame.function);
}

/**
 * `shop/tasks.py:charge`: the file and the package it lies in, whatever lies above that. Without the number of the line, which every
 * change of the file moves.
 */
export function nameFrame({ file, function: name }: Frame): string {
  const path = file.replaceAll('\\', '/');
  const slash = path.lastIndexOf('/');
  const folder = path.slice(path.lastIndexOf('/', slash - 1) + 1, Math.max(0, slash));
  const base = path.slice(slash + 1);
  // A folder that is no package, such as that of a release, changes with every deploy.
  const where = IDENTIFIER.test(folder) ? `${folder}/${base}` : base;
  return `${where.slice(-LONGEST)}:${name.slice(0, LONGEST)}`;
}

const LONGEST = 200;
