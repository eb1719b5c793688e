// The first so many rows of an order, out of any number, in memory that does not grow beyond twice as many.

/** Growing columns of what was taken, by place in them. */
interface Taken {
  keys: Float64Array;
  ties: Float64Array;
  ids: Float64Array;
}

const LEAST_ROOM = 1_024;

/**
 * Rows by rising key, then tie, then id: orders that fall turn the signs round. Never a NaN; Infinity is the last key. Each id once.
 */
export class Selection {
  readonly #most: number;
  #taken: Taken;
  #count = 0;
  #bound = Infinity;
  #boundTie = Infinity;
  #isFull = false;

  /** @param most so many of the first are kept */
  constructor(most: number) {
    this.#most = most;
    this.#taken = room(LEAST_ROOM);
  }

  /** No row with a greater key can be among the first any more; Infinity while there is room. */
  get bound(): number {
    return this.#isFull ? this.#bound : Infinity;
  }

  /** Nor one with the key of the bound and a greater tie. */
  get boundTie(): number {
    return this.#isFull ? this.#boundTie : Infinity;
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  add(key: number, tie: number, id: number): void {
    if (this.#count === this.#taken.keys.length) this.#makeRoom();
    const { keys, ties, ids } = this.#taken;
    keys[this.#count] = key;
    ties[this.#count] = tie;
    ids[this.#count] = id;
    this.#count++;
  }

  /** Lets go of what is beyond the first, so that `bound` is as narrow as it can be. */
  settle(): void {
    if (this.#most === 0) {
      this.#count = 0;
      this.#isFull = true;
      this.#bound = this.#boundTie = -Infinity;
      return;
    }
    if (this.#count < this.#most) return;
    this.#select(this.#most - 1, 0, this.#count - 1);
    this.#count = this.#most;
    this.#isFull = true;
    this.#bound = this.#taken.keys[this.#most - 1] as number;
    this.#boundTie = this.#taken.ties[this.#most - 1] as number;
  }

  /** Ids from the `offset`th on, in order. */
  idsFrom(offset: number): number[] {
    this.settle();
    if (offset >= this.#count) return [];
    if (offset > 0) this.#select(offset, 0, this.#count - 1);
    const order = Array.from({ length: this.#count - offset }, (_, at) => offset + at);
    order.sort((a, b) => this.#compare(a, b));
    return order.map((at) => this.#taken.ids[at] as number);
  }

  #makeRoom(): void {
    if (this.#count >= this.#most * 2) {
      this.settle();
      return;
    }
    const larger = room(this.#count * 2);
    larger.keys.set(this.#taken.keys);
    larger.ties.set(this.#taken.ties);
    larger.ids.set(this.#taken.ids);
    this.#taken = larger;
  }

  #compare(a: number, b: number): number {
    const { keys, ties, ids } = this.#taken;
    const [keyA, keyB] = [keys[a] as number, keys[b] as number];
    if (keyA !== keyB) return keyA < keyB ? -1 : 1;
    const [tieA, tieB] = [ties[a] as number, ties[b] as number];
    if (tieA !== tieB) return tieA < tieB ? -1 : 1;
    return (ids[a] as number) - (ids[b] as number);
  }

  /** Quickselect (Hoare): what comes before the `wanted`th is before it afterwards, in no order. */
  #select(wanted: number, first: number, last: number): void {
    let [left, right] = [first, last];
    while (left < right) {
      this.#swap(this.#median(left, (left + right) >>> 1, right), right);
      let store = left;
      for (let at = left; at < right; at++) {
        if (this.#compare(at, right) < 0) this.#swap(at, store++);
      }
      this.#swap(store, right);
      if (store === wanted) return;
      if (store < wanted) left = store + 1;
      else right = store - 1;
    }
  }

  #median(a: number, b: number, c: number): number {
    if (this.#compare(a, b) < 0) {
      if (this.#compare(b, c) < 0) return b;
      return this.#compare(a, c) < 0 ? c : a;
    }
    if (this.#compare(a, c) < 0) return a;
    return this.#compare(b, c) < 0 ? c : b;
  }

  #swap(a: number, b: number): void {
    if (a === b) return;
    for (const column of [this.#taken.keys, this.#taken.ties, this.#taken.ids]) {
      const kept = column[a] as number;
      column[a] = column[b] as number;
      column[b] = kept;
    }
  }
}

function room(rows: number): Taken {
  return { keys: new Float64Array(rows), ties: new Float64Array(rows), ids: new Float64Array(rows) };
}
