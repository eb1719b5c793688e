// bzip2 with a bound on the output, which Node does not have itself. The decoding is seek-bzip's; this file gives it a
// source that ends loudly and a sink that fills up.
import Bunzip from 'seek-bzip';

/** Thrown when the output would be larger than allowed. */
export class OutputFull extends Error {
  override name = 'OutputFull';
}

/**
 * Decompresses one bzip2 stream.
 * @throws OutputFull beyond `maxBytes`; another Error when the input is damaged or ends early
 */
export function bunzip(input: Uint8Array, maxBytes: number): Uint8Array {
  let position = 0;
  const readByte = (): number => {
    const byte = input[position];
    if (byte === undefined) throw new Error('the bzip2 stream ends early');
    position += 1;
    return byte;
  };
  const read = (buffer: Uint8Array, offset: number, length: number): number => {
    for (let i = 0; i < length; i++) buffer[offset + i] = readByte();
    return length;
  };

  let output = Buffer.alloc(Math.min(maxBytes, 4 * input.length + 1_024));
  let written = 0;
  const writeByte = (byte: number): void => {
    if (written === output.length) {
      if (written >= maxBytes) throw new OutputFull();
      const larger = Buffer.alloc(Math.min(maxBytes, 2 * output.length));
      output.copy(larger);
      output = larger;
    }
    output[written++] = byte;
  };

  Bunzip.decode({ readByte, read }, { writeByte });
  return output.subarray(0, written);
}
