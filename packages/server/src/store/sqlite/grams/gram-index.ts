// Which tasks of a chunk may contain a text, from short pieces of their texts. Never misses one that does.

export interface GramIndex {
  /**
   * By row of the chunk, as many as it was built from: 1 where one of the row's values may contain the text, 0 where certainly none does.
   * Null: nothing can be told, because the text is too short (below 3 UTF-16 code units), or the index is damaged or missing.
   * @param folded as foldText of query/fold-case.ts folds texts
   */
  mayContain(folded: string): Uint8Array | null;
}
