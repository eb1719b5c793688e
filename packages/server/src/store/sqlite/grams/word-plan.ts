// Which buckets a word has to be in, by the parts that hold them.
import { GRAM_PARTS } from './gram-blob.ts';
import { ANY_FOLLOWER, FOLLOWER_OF, ID_DIGIT_OF, SEPARATOR_CODE, trigramOf } from './gram-hash.ts';

/** The buckets of one part. */
export interface PartPlan {
  readonly part: number;
  readonly grams: readonly PlannedGram[];
}

interface PlannedGram {
  /** Its number in the part. */
  readonly trigram: number;
  readonly follower: number;
}

/** Each part has to be read from the file; after so many there is little left that the next one would rule out. */
const MOST_PARTS = 6;
/** Within the parts that are read anyway. */
const MOST_GRAMS = 24;
/** Longer words are looked for by their beginning. */
const MOST_UNITS = 256;
const GRAM_LENGTH = 4;

/** The words of a query are looked for in one chunk after the other. */
const plans = new Map<string, readonly PartPlan[]>();
const MOST_PLANS = 64;

/** By part, those with most grams first. Empty: the word is too short. */
export function planWord(folded: string): readonly PartPlan[] {
  let plan = plans.get(folded);
  if (plan === undefined) {
    if (plans.size === MOST_PLANS) plans.clear();
    plans.set(folded, (plan = makePlan(folded)));
  }
  return plan;
}

function makePlan(folded: string): readonly PartPlan[] {
  const byPart = new Map<number, PlannedGram[]>();
  const codes = [...Buffer.from(folded.slice(0, MOST_UNITS), 'latin1')];
  for (let from = 0, at = 0; at <= codes.length; at++) {
    if (at < codes.length && codes[at] !== SEPARATOR_CODE) continue;
    addPiece(byPart, codes.slice(from, at));
    from = at + 1;
  }
  return [...byPart]
    .map(([part, grams]) => ({ part, grams: grams.slice(0, MOST_GRAMS) }))
    .toSorted((a, b) => b.grams.length - a.grams.length)
    .slice(0, MOST_PARTS);
}

function addPiece(byPart: Map<number, PlannedGram[]>, codes: readonly number[]): void {
  const seen = new Set<number>();
  for (let at = 0; at + GRAM_LENGTH - 1 <= codes.length; at++) {
    const [a, b, c, d] = codes.slice(at, at + GRAM_LENGTH) as [number, number, number, number | undefined];
    // A piece of three characters may go on with anything; in longer ones each trigram but the last has its follower.
    if (d === undefined && codes.length >= GRAM_LENGTH) continue;
    const trigram = trigramOf(
      ID_DIGIT_OF[a] as number,
      ID_DIGIT_OF[b] as number,
      ID_DIGIT_OF[c] as number,
      (a << 16) | (b << 8) | c,
    );
    const follower = d === undefined ? ANY_FOLLOWER : (FOLLOWER_OF[d] as number);
    const key = trigram * 32 + follower;
    if (seen.has(key)) continue;
    seen.add(key);
    const part = trigram % GRAM_PARTS;
    const grams = byPart.get(part) ?? [];
    grams.push({ trigram: Math.floor(trigram / GRAM_PARTS), follower });
    byPart.set(part, grams);
  }
}
