import type { Whole } from './whole';
import { wholeOf } from './whole';

/** Writes packed values: unsigned integers as LEB128 varints, signed ones as zigzag varints (Protocol Buffers, "Encoding"). */
export interface ByteWriter {
  /** A whole number from 0. */
  readonly unsigned: (value: Whole) => void;
  readonly signed: (value: Whole) => void;
  readonly double: (value: number) => void;
  readonly text: (value: string) => void;
  readonly fixed: (value: number, bytes: number) => void;
  readonly finish: () => Buffer;
}

/** Twice this is still exact as a number: beyond it, zigzag needs a bigint. */
const largestZigzag = 2 ** 52 - 1;
const bitsOf = (value: bigint): bigint => (value >= 0n ? value << 1n : (-value << 1n) - 1n);

/** Zigzag: 0, -1, 1, -2, … as 0, 1, 2, 3, …, so that small numbers of either sign are short. */
export const zigzag = (value: Whole): Whole => {
  if (typeof value === 'bigint' || value > largestZigzag || value < -largestZigzag) return wholeOf(bitsOf(BigInt(value)));
  return value >= 0 ? value * 2 : -value * 2 - 1;
};

/** The number that {@link zigzag} turned into this. */
export const unzigzag = (bits: Whole): Whole => {
  if (typeof bits === 'bigint') return wholeOf((bits & 1n) === 0n ? bits >> 1n : -((bits + 1n) >> 1n));
  return bits % 2 === 0 ? bits / 2 : -(bits + 1) / 2;
};

const longestVarint = 8;

export const byteWriter = (): ByteWriter => {
  let buffer = Buffer.allocUnsafe(2048);
  let length = 0;
  const room = (bytes: number): void => {
    if (length + bytes > buffer.length) buffer = Buffer.concat([buffer.subarray(0, length), Buffer.allocUnsafe(Math.max(buffer.length, bytes))]);
  };
  const byte = (value: number): void => { room(1); buffer[length] = value; length += 1; };
  const unsigned = (value: Whole): void => {
    if (typeof value === 'bigint') {
      let rest = value;
      for (; rest > 0x7fn; rest >>= 7n) byte(Number(rest & 0x7fn) | 0x80);
      return byte(Number(rest));
    }
    room(longestVarint);
    let rest = value;
    for (; rest > 0x7f; rest = rest > 0x7fffffff ? Math.floor(rest / 128) : rest >>> 7) {
      buffer[length] = (rest % 128) | 0x80;
      length += 1;
    }
    buffer[length] = rest;
    length += 1;
  };
  return {
    unsigned,
    signed: (value) => { unsigned(zigzag(value)); },
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

/** Reads what {@link byteWriter} wrote; throws a RangeError where the bytes end too soon or hold what it never writes. */
export interface ByteReader {
  /** A whole number from 0 that is exact as a number: a length, a time. */
  readonly unsigned: () => number;
  readonly unsignedWhole: () => Whole;
  readonly signed: () => Whole;
  readonly double: () => number;
  readonly text: () => string;
  readonly fixed: (bytes: number) => number;
  readonly isAtEnd: () => boolean;
}

/** Bytes of a varint that is surely exact as a number. */
const exactBytes = 7;

export const byteReader = (bytes: Uint8Array): ByteReader => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  const take = (count: number): number => {
    const start = offset;
    offset += count;
    if (offset > buffer.length) throw new RangeError(`The packed bytes end at ${buffer.length}, but ${offset} were expected.`);
    return start;
  };
  const byte = (): number => {
    const value = buffer[offset];
    if (value === undefined) throw new RangeError(`The packed bytes end at ${buffer.length}, in the middle of a value.`);
    offset += 1;
    return value;
  };
  /** Goes on with a varint whose first bytes came to `low`. */
  const unsignedBig = (low: number): Whole => {
    let value = BigInt(low);
    for (let bits = BigInt(exactBytes * 7); ; bits += 7n) {
      const next = byte();
      value |= BigInt(next & 0x7f) << bits;
      if (next < 0x80) return wholeOf(value);
    }
  };
  const unsignedWhole = (): Whole => {
    let value = 0;
    let factor = 1;
    for (let left = exactBytes; left > 0; left -= 1) {
      const next = byte();
      if (next < 0x80) return value + next * factor;
      value += (next & 0x7f) * factor;
      factor *= 128;
    }
    return unsignedBig(value);
  };
  const unsigned = (): number => {
    const value = unsignedWhole();
    if (typeof value === 'bigint') throw new RangeError(`The packed bytes hold ${value} where a length or a time was expected.`);
    return value;
  };
  return {
    unsigned, unsignedWhole,
    signed: () => unzigzag(unsignedWhole()),
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
