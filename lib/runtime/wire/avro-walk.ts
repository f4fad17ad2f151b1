import { isUtf8 } from 'node:buffer';
import type { Type } from 'avsc';
import { maximumEventBytes } from '../../../core/contract/decode';

/** Where a walk is in a payload. */
interface Tap { readonly bytes: Uint8Array; position: number; /** Of all text that was passed over. */ isUtf8: boolean; /** Of all lists and maps that were passed over. */ elements: number }

/** Passes over one value; false when there is none whole and bounded. */
type Walk = (tap: Tap, depth: number) => boolean;

/** Deepest nesting of values, as in JSON events. */
const deepest = 32;
/** Most elements of one list or map: those of no bytes (null, an empty record) are bounded by nothing else. */
const mostElements = 65_536;
/** Most of all lists and maps together, as lists of such lists multiply: as many as an event has bytes, so that none that take a byte are refused. */
const mostInAll = maximumEventBytes;
const longestVarint = 10;

/** A zigzag number (Avro specification 1.12, "Primitive Types"); NaN when it is cut off or longer than 64 bits need. */
const readNumber = (tap: Tap): number => {
  const { bytes } = tap;
  let value = 0;
  let scale = 1;
  for (let read = 0; read < longestVarint; read += 1) {
    const byte = bytes[tap.position];
    if (byte === undefined) return Number.NaN;
    tap.position += 1;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    scale *= 128;
  }
  return Number.NaN;
};

const skip = (tap: Tap, length: number): boolean => {
  if (!(length >= 0 && length <= tap.bytes.length - tap.position)) return false;
  tap.position += length;
  return true;
};

const walkNumber: Walk = (tap) => !Number.isNaN(readNumber(tap));
const walkBytes: Walk = (tap) => skip(tap, readNumber(tap));

/** Text has to be UTF-8; most of it is ASCII, which a glance at its bytes shows. */
const walkText: Walk = (tap) => {
  const length = readNumber(tap);
  const start = tap.position;
  if (!skip(tap, length)) return false;
  const { bytes, position } = tap;
  for (let index = start; index < position; index += 1) if ((bytes[index] ?? 0) > 0x7f) {
    if (isUtf8(bytes.subarray(start, position))) return true;
    tap.isUtf8 = false;
    return true;
  }
  return true;
};

const primitives: Readonly<Record<string, Walk>> = {
  null: () => true,
  boolean: (tap) => (tap.bytes[tap.position] ?? 2) <= 1 && skip(tap, 1),
  int: walkNumber,
  long: walkNumber,
  float: (tap) => skip(tap, 4),
  double: (tap) => skip(tap, 8),
  bytes: walkBytes,
  string: walkText,
};

/** Blocks of elements, ended by an empty one; a negative count is followed by the block's length. */
const walkBlocks = (walkElement: Walk): Walk => (tap, depth) => {
  for (let elements = 0; ;) {
    let count = readNumber(tap);
    if (count === 0) return true;
    if (count < 0) {
      count = -count;
      if (!(readNumber(tap) >= 0)) return false;
    }
    elements += count;
    tap.elements += count;
    if (!(elements <= mostElements && tap.elements <= mostInAll)) return false;
    for (let index = 0; index < count; index += 1) if (!walkElement(tap, depth + 1)) return false;
  }
};

interface Parts {
  readonly typeName: string;
  readonly fields?: readonly { readonly type: Type }[];
  readonly itemsType?: Type;
  readonly valuesType?: Type;
  readonly types?: readonly Type[];
  readonly symbols?: readonly string[];
  readonly size?: number;
  readonly underlyingType?: Type;
}

const made = new WeakMap<Type, Walk>();

const makeWalk = (type: Type): Walk => {
  const { typeName, fields, itemsType, valuesType, types, symbols, size = 0, underlyingType } = type as unknown as Parts;
  if (underlyingType !== undefined) return walkOf(underlyingType);
  if (fields !== undefined) {
    const walks = fields.map((field) => walkOf(field.type));
    return (tap, depth) => {
      if (depth > deepest) return false;
      for (const walk of walks) if (!walk(tap, depth + 1)) return false;
      return true;
    };
  }
  if (itemsType !== undefined) return walkBlocks(walkOf(itemsType));
  if (valuesType !== undefined) {
    const walkValue = walkOf(valuesType);
    return walkBlocks((tap, depth) => walkText(tap, depth) && walkValue(tap, depth));
  }
  if (types !== undefined) {
    const walks = types.map(walkOf);
    return (tap, depth) => {
      const branch = walks[readNumber(tap)];
      return depth <= deepest && branch !== undefined && branch(tap, depth);
    };
  }
  if (symbols !== undefined) return (tap) => { const index = readNumber(tap); return index >= 0 && index < symbols.length; };
  return typeName === 'fixed' ? (tap) => skip(tap, size) : primitives[typeName] ?? (() => false);
};

const walkOf = (type: Type): Walk => {
  const known = made.get(type);
  if (known !== undefined) return known;
  // A type can hold itself: what it becomes is looked up when it is walked.
  made.set(type, (tap, depth) => made.get(type)?.(tap, depth) ?? false);
  const walk = makeWalk(type);
  made.set(type, walk);
  return walk;
};

/**
 * Looks at bytes before anything is made of them: every length and count against what is there, so that decoding needs no
 * more memory than the bytes themselves ask for.
 *
 * @returns `whole` when they are one value of the type and nothing more
 */
export const examine = (type: Type, bytes: Uint8Array): 'whole' | 'not whole' | 'not UTF-8' => {
  const tap: Tap = { bytes, position: 0, isUtf8: true, elements: 0 };
  if (!walkOf(type)(tap, 0) || tap.position !== bytes.length) return 'not whole';
  return tap.isUtf8 ? 'whole' : 'not UTF-8';
};
