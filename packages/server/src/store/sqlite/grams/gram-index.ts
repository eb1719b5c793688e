// Which tasks of a chunk may contain a text, from short pieces of their texts. Never misses one that does.

export interface GramIndex {
  /**
   * By row of the chunk: 1 where the row may contain the text, 0 where it certainly does not. Null: the text is too short to tell.
   * @param folded as search-words.ts folds texts
   */
  mayContain(folded: string): Uint8Array | null;
}
