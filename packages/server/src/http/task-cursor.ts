// A place in a list of tasks as the cursor of a reply, bound to what was asked: with another order or filter it is refused, not
// misread. It holds nothing that the list does not show, so it is not signed.
import { hash } from 'node:crypto';
import { InvalidRequest } from '../contract/parameter.ts';
import type { TaskPlace } from '../store/store.ts';

/** A cursor that is none, or one of another list. */
export class CursorMismatch extends InvalidRequest {
  override name = 'CursorMismatch';
  override readonly code = 'cursor_mismatch';
}

const SIDES = { n: 'after', p: 'before' } as const;
const FORM = /^([np])([0-9a-f]{12})\.([\w-]{1,2000})$/;

/** @param asked all that the list depends on, in a fixed order */
export function taskCursor({ place, side }: TaskPlace, asked: unknown): string {
  return `${side === 'after' ? 'n' : 'p'}${markOf(asked)}.${place}`;
}

/** @throws CursorMismatch */
export function readTaskCursor(text: string | undefined, asked: unknown): TaskPlace | undefined {
  if (text === undefined) return undefined;
  const [, side, mark, place] = FORM.exec(text) ?? [];
  if (place === undefined || mark !== markOf(asked))
    throw new CursorMismatch(
      'cursor must be the `next` or `prev` of a page with the same filters and order.',
    );
  return { place, side: SIDES[side as keyof typeof SIDES] };
}

function markOf(asked: unknown): string {
  return hash('sha256', JSON.stringify(asked)).slice(0, 12);
}
