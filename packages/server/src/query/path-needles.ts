// What an index of texts can say of a path: which texts the arguments must contain anyway, so that whoever does not contain them need
// not be read.
import type { PathCondition } from './task-condition.ts';

/** Written in the arguments as in the query, apart from case; what else is, Python may have escaped. */
const PLAIN = /^[ !#-[\]-~]+$/;
/** Texts that stand for something that is written otherwise: None, inf, and what is written as JSON. */
const OTHERWISE = ['null', 'infinity', '-infinity'];

/** Texts that the folded text (fold-case.ts) of the args or kwargs contains, folded, wherever the condition holds. May be none. */
export function needlesOf({ path, match, text }: PathCondition): string[] {
  const keys = path.filter((step) => typeof step === 'string' && !/^\d+$/.test(step)) as string[];
  return [
    ...keys.filter((key) => isWritten(key, 'is')),
    ...(isWritten(text, match) && !/^[[{]/.test(text) ? [text] : []),
  ];
}

function isWritten(text: string, match: PathCondition['match']): boolean {
  if (!PLAIN.test(text)) return false;
  const small = text.toLowerCase();
  return !OTHERWISE.some((word) => (match === 'starts' ? word.startsWith(small) : word === small));
}
