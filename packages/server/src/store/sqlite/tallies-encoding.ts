// The counts of one stretch and label as few bytes: whole numbers of variable length, small ones one byte.
// In this order: the six counts, microseconds run, number of buckets of `run`, those, then the buckets of `wait`. Buckets are told as the
// distance from the one before, and their count. Everything but distances may be below 0.
import { EMPTY_HISTOGRAM, type Histogram } from '../../measures/histogram.ts';
import type { TallyValues } from '../../measures/sum-tallies.ts';
import { COUNTS } from '../../measures/tally.ts';

/** No number takes more, and no histogram has more than 121 buckets. */
const NUMBER_BYTES = 8;
const scratch = new Uint8Array(NUMBER_BYTES * (COUNTS.length + 2 + 4 * 121));

/** @throws RangeError for numbers that nobody has counted up to */
export function encodeTally({ counts, runSeconds, run, wait }: TallyValues): Uint8Array {
  let end = 0;
  for (const what of COUNTS) end = writeSigned(end, counts[what]);
  end = writeSigned(end, Math.round(runSeconds * 1e6));
  end = writeWhole(end, run.length);
  end = writeHistogram(end, run);
  end = writeHistogram(end, wait);
  return scratch.slice(0, end);
}

export function decodeTally(bytes: Uint8Array): TallyValues {
  const reader = { bytes, at: 0 };
  const counts = {
    received: readSigned(reader),
    started: readSigned(reader),
    succeeded: readSigned(reader),
    failed: readSigned(reader),
    retried: readSigned(reader),
    revoked: readSigned(reader),
  };
  const runSeconds = readSigned(reader) / 1e6;
  const run = readHistogram(reader, readWhole(reader));
  return { counts, runSeconds, run, wait: readHistogram(reader, Infinity) };
}

interface Reader {
  readonly bytes: Uint8Array;
  at: number;
}

function writeHistogram(start: number, histogram: Histogram): number {
  let end = start;
  let last = 0;
  for (const [bucket, count] of histogram) {
    end = writeSigned(writeWhole(end, bucket - last), count);
    last = bucket;
  }
  return end;
}

function readHistogram(reader: Reader, buckets: number): Histogram {
  if (reader.at >= reader.bytes.length || buckets === 0) return EMPTY_HISTOGRAM;
  const histogram: [number, number][] = [];
  let bucket = 0;
  while (reader.at < reader.bytes.length && histogram.length < buckets) {
    bucket += readWhole(reader);
    histogram.push([bucket, readSigned(reader)]);
  }
  return histogram;
}

/** Numbers around 0 become small ones from 0: 0, -1, 1, -2 … */
function writeSigned(start: number, value: number): number {
  return writeWhole(start, value < 0 ? -2 * value - 1 : 2 * value);
}

function readSigned(reader: Reader): number {
  const value = readWhole(reader);
  return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
}

/** Seven bits a byte, the lowest first; a byte from 128 says that more follow. By division: the numbers may be longer than 32 bits. */
function writeWhole(start: number, value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} cannot be kept as a count`);
  let rest = value;
  let end = start;
  while (rest >= 128) {
    scratch[end++] = (rest % 128) + 128;
    rest = Math.floor(rest / 128);
  }
  scratch[end++] = rest;
  return end;
}

function readWhole(reader: Reader): number {
  let value = 0;
  for (let unit = 1; ; unit *= 128) {
    const byte = reader.bytes[reader.at++] ?? 0;
    value += (byte % 128) * unit;
    if (byte < 128) return value;
  }
}
