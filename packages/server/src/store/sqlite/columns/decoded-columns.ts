// What was decoded last, in bounded memory: the columns of a chunk are read again by every question.

type Decoded =
  | Float64Array
  | Uint16Array
  | Uint8Array
  | { readonly ids: Float64Array; readonly codes: Uint16Array }
  | null;

export interface DecodedColumns {
  /** What is remembered under the key, else what `decode` makes. */
  get<T extends Decoded>(key: string, decode: () => T): T;
  forget(): void;
}

/** @param maxBytes of all that is remembered; what was asked for longest ago goes first */
export function decodedColumns(maxBytes: number): DecodedColumns {
  const kept = new Map<string, { readonly value: Decoded; readonly bytes: number }>();
  let bytes = 0;
  return {
    get<T extends Decoded>(key: string, decode: () => T): T {
      const known = kept.get(key);
      if (known !== undefined) {
        kept.delete(key);
        kept.set(key, known);
        return known.value as T;
      }
      const value = decode();
      const entry = { value, bytes: bytesOf(value) };
      kept.set(key, entry);
      bytes += entry.bytes;
      for (const [oldest, { bytes: freed }] of kept) {
        if (bytes <= maxBytes) break;
        kept.delete(oldest);
        bytes -= freed;
      }
      return value;
    },
    forget() {
      kept.clear();
      bytes = 0;
    },
  };
}

/** With what an entry takes besides. */
function bytesOf(value: Decoded): number {
  const own = 200;
  if (value === null) return own;
  return own + ('codes' in value ? value.ids.byteLength + value.codes.byteLength : value.byteLength);
}
