/** Writes packed values: unsigned integers as LEB128 varints, signed ones as zigzag varints (Protocol Buffers, "Encoding"). */
export interface ByteWriter {
  readonly unsigned: (value: number | bigint) => void;
  readonly signed: (value: number | bigint) => void;
  readonly double: (value: number) => void;
  readonly text: (value: string) => void;
  readonly fixed: (value: number, bytes: number) => void;
  readonly finish: () => Buffer;
}

export const byteWriter = (): ByteWriter => {
  let buffer = Buffer.allocUnsafe(2048);
  let length = 0;
  const room = (bytes: number): void => {
    if (length + bytes > buffer.length) buffer = Buffer.concat([buffer.subarray(0, length), Buffer.allocUnsafe(Math.max(buffer.length, bytes))]);
  };
  const byte = (value: number): void => { room(1); buffer[length] = value; length += 1; };
  const unsigned = (value: number | bigint): void => {
    if (typeof value === 'number' && value <= 0x7fffffff) {
      let rest = value;
      for (; rest > 0x7f; rest >>>= 7) byte((rest & 0x7f) | 0x80);
      return byte(rest);
    }
    let rest = BigInt(value);
    for (; rest > 0x7fn; rest >>= 7n) byte(Number(rest & 0x7fn) | 0x80);
    byte(Number(rest));
  };
  return {
    unsigned,
    signed: (value) => {
      const integer = BigInt(value);
      unsigned(integer >= 0n ? integer << 1n : (-integer << 1n) - 1n);
    },
    double: (value) => { room(8); length = buffer.writeDoubleBE(value, length); },
    text: (value) => {
      const bytes = Buffer.from(value, 'utf8');
      unsigned(bytes.length);
      room(bytes.length);
      length += bytes.copy(buffer, length);
    },
    fixed: (value, bytes) => { room(bytes); length = buffer.writeUIntBE(value, length, bytes); },
    finish: () => Buffer.from(buffer.subarray(0, length)),
  };
};

/** Reads what {@link byteWriter} wrote; throws a RangeError where the bytes end too soon. */
export interface ByteReader {
  readonly unsigned: () => number;
  readonly unsignedBig: () => bigint;
  readonly signed: () => bigint;
  readonly double: () => number;
  readonly text: () => string;
  readonly fixed: (bytes: number) => number;
  readonly isAtEnd: () => boolean;
}

export const byteReader = (bytes: Uint8Array): ByteReader => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  const take = (count: number): number => {
    const start = offset;
    offset += count;
    if (offset > buffer.length) throw new RangeError(`The packed bytes end at ${buffer.length}, but ${offset} were expected.`);
    return start;
  };
  const unsigned = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = buffer[take(1)] ?? 0;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  const unsignedBig = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = buffer[take(1)] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  return {
    unsigned, unsignedBig,
    signed: () => {
      const value = unsignedBig();
      return (value & 1n) === 0n ? value >> 1n : -((value + 1n) >> 1n);
    },
    double: () => buffer.readDoubleBE(take(8)),
    text: () => {
      const count = unsigned();
      const start = take(count);
      return buffer.toString('utf8', start, start + count);
    },
    fixed: (count) => buffer.readUIntBE(take(count), count),
    isAtEnd: () => offset === buffer.length,
  };
};
