import type { DescEnum, DescField } from '@bufbuild/protobuf';
import { ScalarType } from '@bufbuild/protobuf';
import type { ReflectMessage } from '@bufbuild/protobuf/reflect';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import { isoText } from '../../../core/event/time';

/** What a message cannot say as an event. It does not leave the codec. */
export class Unsayable extends Error {
  readonly code: 'out_of_range' | 'too_large' | 'not_protobuf';
  constructor(code: Unsayable['code'], found: string) {
    super(found);
    this.code = code;
  }
}

/** Most values of one message, those within it too: as many as an Avro event may have in a list. */
const mostValues = 65_536;

const exactly = (value: number | bigint | string): number => {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new Unsayable('out_of_range', 'a whole number beyond ±(2^53 - 1)');
  return number;
};

const longs: ReadonlySet<ScalarType> = new Set([ScalarType.INT64, ScalarType.UINT64, ScalarType.SINT64, ScalarType.FIXED64, ScalarType.SFIXED64]);

const scalarValue = (type: ScalarType, value: unknown): unknown => {
  if (longs.has(type)) return exactly(value as bigint);
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
};

/** The name of an enum's value; its number where the schema has no name for it. */
const enumValue = ({ value: values }: DescEnum, number: number): unknown => values[number]?.name ?? number;

const [earliest, latest] = [Date.parse('0001-01-01T00:00:00.000Z'), Date.parse('9999-12-31T23:59:59.999Z')];

const part = (message: ReflectMessage, name: string): unknown => {
  const field = message.desc.fields.find((each) => each.name === name);
  return field === undefined ? undefined : message.get(field);
};

const momentOf = (message: ReflectMessage): string => {
  const milliseconds = Number(part(message, 'seconds')) * 1000 + Math.floor(Number(part(message, 'nanos')) / 1e6);
  return milliseconds >= earliest && milliseconds <= latest ? isoText(milliseconds) : `${milliseconds} milliseconds after 1970`;
};

/** Seconds as a text, as the JSON form of Protocol Buffers has durations. */
const durationOf = (message: ReflectMessage): string => {
  const [seconds, nanos] = [BigInt(String(part(message, 'seconds'))), BigInt(String(part(message, 'nanos')))];
  const all = seconds * 1_000_000_000n + nanos;
  const [whole, rest] = [(all < 0n ? -all : all) / 1_000_000_000n, (all < 0n ? -all : all) % 1_000_000_000n];
  return `${all < 0n ? '-' : ''}${whole}${rest === 0n ? '' : `.${rest.toString().padStart(9, '0').replace(/(?:000){1,2}$/u, '')}`}s`;
};

type Count = { values: number };

/** Well-known types that stand for a plain value. */
const wellKnown: Readonly<Record<string, (message: ReflectMessage, count: Count) => unknown>> = {
  Timestamp: momentOf,
  Duration: durationOf,
  Struct: (message, count) => objectOf(message, count)['fields'] ?? {},
  ListValue: (message, count) => objectOf(message, count)['values'] ?? [],
  Value: (message, count) => {
    const field = message.desc.oneofs[0] && message.oneofCase(message.desc.oneofs[0]);
    return field === undefined || field.name === 'null_value' ? null : fieldValue(message, field, count);
  },
  ...Object.fromEntries(['DoubleValue', 'FloatValue', 'Int64Value', 'UInt64Value', 'Int32Value', 'UInt32Value', 'BoolValue', 'StringValue', 'BytesValue'].map((name) => [name, (message: ReflectMessage, count: Count) => {
    const [field] = message.desc.fields;
    return field === undefined ? null : fieldValue(message, field, count);
  }])),
};

const prefix = 'google.protobuf.';

const messageValue = (message: ReflectMessage, count: Count): unknown => {
  const { typeName } = message.desc;
  const plain = typeName.startsWith(prefix) ? wellKnown[typeName.slice(prefix.length)] : undefined;
  return plain === undefined ? objectOf(message, count) : plain(message, count);
};

const counted = <Value>(count: Count, value: Value): Value => {
  if ((count.values += 1) > mostValues) throw new Unsayable('too_large', `more than ${mostValues} values`);
  return value;
};

const elementOf = (kind: 'scalar' | 'enum' | 'message', field: { readonly scalar?: ScalarType | undefined; readonly enum?: DescEnum | undefined }, value: unknown, count: Count): unknown => {
  counted(count, undefined);
  if (kind === 'message') return messageValue(value as ReflectMessage, count);
  return kind === 'enum' && field.enum !== undefined ? enumValue(field.enum, value as number) : scalarValue(field.scalar ?? ScalarType.STRING, value);
};

const fieldValue = (message: ReflectMessage, field: DescField, count: Count): unknown => {
  switch (field.fieldKind) {
    case 'list': return [...message.get(field)].map((value) => elementOf(field.listKind, field, value, count));
    // Keys are members of the object's own, whatever they are.
    case 'map': return Object.fromEntries([...message.get(field)].map(([key, value]) => [String(key), elementOf(field.mapKind, field, value, count)]));
    case 'scalar': return elementOf('scalar', field, message.get(field), count);
    case 'enum': return elementOf('enum', field, message.get(field), count);
    case 'message': return elementOf('message', field, message.get(field), count);
  }
};

const implicit = FeatureSet_FieldPresence.IMPLICIT;

/** A field that is there, or of which absent cannot be told from its default. */
const isSaid = (message: ReflectMessage, field: DescField): boolean => message.isSet(field) || ((field.fieldKind === 'scalar' || field.fieldKind === 'enum') && field.oneof === undefined && field.presence === implicit);

const objectOf = (message: ReflectMessage, count: Count): Readonly<Record<string, unknown>> => {
  if ((message.getUnknown() ?? []).length > 0) throw new Unsayable('not_protobuf', `a field of ${message.desc.typeName} that its schema does not have`);
  return Object.fromEntries(message.desc.fields.filter((field) => isSaid(message, field)).map((field) => [field.name, fieldValue(message, field, count)]));
};

/**
 * What a message says as an event in JSON: fields by the names of the schema, moments as text, whole numbers as numbers, bytes in
 * base64, values of enums by name. What is absent is left out, but for fields of proto3 without presence, which have their default.
 *
 * @throws Unsayable
 */
export const valueOfMessage = (message: ReflectMessage): unknown => messageValue(message, { values: 0 });

