import type { Schema } from 'avsc';
import { Type, types } from 'avsc';
import { maximumEventBytes } from '../../../core/contract/decode';
import { rejection } from '../../../core/contract/faults';
import type { Rejection } from '../../../core/contract/rejection';
import { isoText, parseTimestamp } from '../../../core/event/time';
import { examine } from './avro-walk';

/** What a payload says, as an event in JSON has it. */
export interface DecodedAvro { readonly value: unknown; readonly text: () => string }

const earliest = Date.parse('0001-01-01T00:00:00.000Z');
const latest = Date.parse('9999-12-31T23:59:59.999Z');

const momentText = (milliseconds: number): string => (milliseconds >= earliest && milliseconds <= latest ? isoText(milliseconds) : `${milliseconds} milliseconds after 1970`);

/** Moments are text in events, wherever they come from. */
class Milliseconds extends types.LogicalType {
  protected override _fromValue(value: number): string { return momentText(value); }
  protected override _toValue(text: unknown): number | undefined { return typeof text === 'string' ? parseTimestamp(text) : undefined; }
}
class Microseconds extends types.LogicalType {
  protected override _fromValue(value: number): string { return momentText(Math.floor(value / 1000)); }
  protected override _toValue(text: unknown): number | undefined {
    const milliseconds = typeof text === 'string' ? parseTimestamp(text) : undefined;
    return milliseconds === undefined ? undefined : milliseconds * 1000;
  }
}

const longestDefinition = 170_000;
const mostTypes = 256;
const compiled = new Map<string, Compiled | undefined>();

/** Names that would change what an object is instead of what it holds. */
const forbidden = /"name"\s*:\s*"__proto__"/u;

const exactly = (number: bigint): number => {
  const value = Number(number);
  if (!Number.isSafeInteger(value)) throw new RangeError('a whole number that no double holds exactly');
  return value;
};

const bytesOfLong = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(value));
  return bytes;
};

/** The library's own whole numbers end one short of ±(2^53 - 1) and are faster: these are for what it refuses. */
const exactLong = types.LongType.__with({
  fromBuffer: (bytes: Buffer) => exactly(bytes.readBigInt64LE()), toBuffer: bytesOfLong,
  fromJSON: (value: number) => value, toJSON: (value: number) => value, isValid: (value: unknown) => Number.isSafeInteger(value), compare: (left: number, right: number) => left - right,
});

const logicalTypes = { 'timestamp-millis': Milliseconds, 'timestamp-micros': Microseconds };

/** A schema as a type, and as one that takes every whole number of a contract. */
interface Compiled { readonly type: Type; readonly exact: () => Type }

const compile = (definition: string): Compiled | undefined => {
  if (definition.length > longestDefinition || forbidden.test(definition)) return undefined;
  try {
    const schema = JSON.parse(definition) as Schema;
    let exact: Type | undefined;
    return { type: Type.forSchema(schema, { logicalTypes }), exact: () => (exact ??= Type.forSchema(schema, { logicalTypes, registry: { long: exactLong } })) };
  } catch {
    return undefined;
  }
};

/** A schema ready to use, made once; `undefined` when it is none that can be used. */
const typeOf = (definition: string): Compiled | undefined => {
  if (compiled.has(definition)) return compiled.get(definition);
  if (compiled.size >= mostTypes) compiled.clear();
  const made = compile(definition);
  compiled.set(definition, made);
  return made;
};

const notAvro = (found: string): Rejection => rejection('not_avro', '', found, 'one value of the schema that the frame names, and nothing after it', 'write the event with the schema whose version id stands in the frame');

/**
 * Decodes a payload with the schema that it was written with. Moments become RFC 3339 text. Bytes are looked at before
 * anything is made of them; whole numbers that no double holds exactly are refused.
 *
 * @param definition text of the Avro schema
 */
export const decodeAvro = (definition: string, payload: Uint8Array): DecodedAvro | Rejection => {
  if (payload.length > maximumEventBytes) return rejection('too_large', '', `${payload.length} bytes`, `at most ${maximumEventBytes} bytes`, 'split the event, or put the large part into an object store and send its address');
  const schema = typeOf(definition);
  if (schema === undefined) return rejection('unknown_schema', '', 'a registered schema that is no Avro schema', 'an Avro schema', 'register the contract of the event type');
  const found = examine(schema.type, payload);
  if (found === 'not UTF-8') return rejection('not_utf8', '', 'text that is no UTF-8', 'text in UTF-8', 'encode text as UTF-8');
  if (found === 'not whole') return notAvro(`${payload.length} bytes that are no value of their schema`);
  const bytes = Buffer.isBuffer(payload) ? payload : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  let value: unknown;
  try {
    value = valueOf(schema, bytes);
  } catch {
    return rejection('out_of_range', '', 'a whole number beyond ±(2^53 - 1)', 'whole numbers that every reader has exactly', 'send larger numbers as text');
  }
  let text: string | undefined;
  const textOf = (): string => (text ??= JSON.stringify(value));
  return { value, text: textOf };
};

const valueOf = ({ type, exact }: Compiled, bytes: Buffer): unknown => {
  try { return type.fromBuffer(bytes) as unknown; } catch { return exact().fromBuffer(bytes) as unknown; }
};

interface Field { readonly name: string; readonly type: Type; readonly defaultValue: () => unknown }

/** A value with every field its own: what it inherits (`constructor`) is no field, and what it lacks is the default. */
const ownFields = (type: Type, value: unknown): unknown => {
  const { fields } = type as unknown as { readonly fields?: readonly Field[] };
  if (fields === undefined || typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(fields.map((field) => [field.name, Object.hasOwn(value, field.name)
    ? ownFields(field.type, (value as Readonly<Record<string, unknown>>)[field.name]) : field.defaultValue()]));
};

/**
 * Writes an event with a schema; moments may be text.
 *
 * @throws Error when the event does not fit the schema
 */
export const encodeAvro = (definition: string, event: unknown): Uint8Array => {
  const schema = typeOf(definition);
  if (schema === undefined) throw new TypeError('The registered schema is no Avro schema that can be used.');
  const value = ownFields(schema.type, event);
  try { return schema.type.toBuffer(value); } catch { return schema.exact().toBuffer(value); }
};
