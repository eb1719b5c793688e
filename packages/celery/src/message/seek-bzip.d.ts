// The part of seek-bzip (bzip2 in plain JavaScript, without types of its own) that bunzip.ts uses.
declare module 'seek-bzip' {
  interface ByteSource {
    readByte(): number;
    /** Up to `length` bytes into `buffer`; how many, or -1 at the end. */
    read(buffer: Uint8Array, offset: number, length: number): number;
  }
  interface ByteSink {
    writeByte(byte: number): void;
  }
  const Bunzip: {
    decode(input: ByteSource, output: ByteSink): unknown;
  };
  export default Bunzip;
}
