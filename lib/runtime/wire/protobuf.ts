import type { DescMessage } from '@bufbuild/protobuf';
import { fromBinary } from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import { maximumDepth, maximumEventBytes } from '../../../core/contract/decode';
import { rejection } from '../../../core/contract/faults';
import type { RegistryKind } from '../../../core/contract/frame';
import { readProtobuf, rootFile } from '../../../core/contract/protobuf/link';
import type { ProtobufFile } from '../../../core/contract/protobuf/node';
import type { Rejection } from '../../../core/contract/rejection';
import type { SchemaText } from '../../../core/contract/schema-text';
import { sortedMessages, typesOf } from './protobuf-descriptor';
import { Unsayable, valueOfMessage } from './protobuf-value';

/** What a payload says, as an event in JSON has it. */
export interface DecodedProtobuf { readonly value: unknown; readonly text: () => string }

/** A schema ready to use: its messages by the place that frames name. */
interface Compiled { readonly byPath: ReadonlyMap<string, DescMessage>; readonly byOrder: readonly (DescMessage | undefined)[] }

const firstPath = '0';

/** Paths of messages, each the place of a message in its file and of each within in that: `0`, `0.1`. */
const pathsOf = ({ package: packageName, messages }: ProtobufFile): readonly (readonly [path: string, fullName: string])[] => {
  const within = (each: ProtobufFile['messages'], path: string, scope: string): readonly (readonly [string, string])[] => each.flatMap((message, index) => {
    const [place, name] = [`${path}${index}`, `${scope}${message.name}`];
    return [[place, name] as const, ...within(message.messages, `${place}.`, `${name}.`)];
  });
  return within(messages, '', packageName === '' ? '' : `${packageName}.`);
};

const compile = ({ definition, references }: SchemaText): Compiled | undefined => {
  // A name that would change what an object is instead of what it holds.
  if (definition.includes('__proto__') || [...references?.values() ?? []].some((text) => text.includes('__proto__'))) return undefined;
  const document = readProtobuf(definition, references);
  if ('problem' in document) return undefined;
  try {
    const types = typesOf(document);
    const byPath = pathsOf(document.root).flatMap(([path, name]): readonly (readonly [string, DescMessage])[] => { const message = types.getMessage(name); return message === undefined ? [] : [[path, message]]; });
    return { byPath: new Map(byPath), byOrder: sortedMessages(types, rootFile).map((name) => types.getMessage(name)) };
  } catch {
    return undefined;
  }
};

// One schema is met in every record of its producers.
const compiled = new WeakMap<SchemaText, { readonly made: Compiled | undefined }>();

const compiledOf = (schema: SchemaText): Compiled | undefined => {
  const known = compiled.get(schema) ?? { made: compile(schema) };
  compiled.set(schema, known);
  return known.made;
};

/** A number of at most 32 bits in groups of seven, the lowest first; `undefined` when it is cut off or longer. */
const readVarint = (bytes: Uint8Array, start: number): { readonly value: number; readonly end: number } | undefined => {
  let value = 0;
  for (let index = 0; index < 5; index += 1) {
    const byte = bytes[start + index];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, end: start + index + 1 };
  }
  return undefined;
};

const zigzag = (value: number): number => (value % 2 === 0 ? value / 2 : -(value + 1) / 2);

const deepestPath = 32;

interface Placed { readonly place: string; readonly message: DescMessage | undefined; readonly start: number }

/** How each registry's serializers say which message of a schema a payload is. */
const places: Readonly<Record<RegistryKind, (payload: Uint8Array, schema: Compiled) => Placed | undefined>> = {
  // The number of steps and each of them, zigzag; a single 0 stands for the first message. Source: Confluent's documentation, "Wire format".
  confluent: (payload, { byPath }) => {
    const count = readVarint(payload, 0);
    const steps = count === undefined ? Number.NaN : zigzag(count.value);
    if (count === undefined || !(steps >= 0 && steps <= deepestPath)) return undefined;
    const path: number[] = [];
    let { end } = count;
    for (let index = 0; index < steps; index += 1) {
      const step = readVarint(payload, end);
      if (step === undefined) return undefined;
      path.push(zigzag(step.value));
      ({ end } = step);
    }
    const place = path.length === 0 ? firstPath : path.join('.');
    return { place, message: byPath.get(place), start: end };
  },
  // Source: the open AWS Glue Schema Registry library, its MessageIndexFinder: the place among all names of messages, sorted.
  glue: (payload, { byOrder }) => {
    const index = readVarint(payload, 0);
    return index === undefined ? undefined : { place: String(index.value), message: byOrder[index.value], start: index.end };
  },
};

const notProtobuf = (found: string): Rejection => rejection('not_protobuf', '', found, 'one message of the schema that the frame names, and nothing else', 'write the event with the schema whose id stands in the frame');

const allowed: Readonly<Record<Unsayable['code'], readonly [allowed: string, remedy: string]>> = {
  out_of_range: ['whole numbers that every reader has exactly', 'send larger numbers as text'],
  too_large: ['at most 65536 values', 'split the event'],
  not_protobuf: ['one message of the schema that the frame names, and nothing else', 'write the event with the schema whose id stands in the frame'],
};

/**
 * Decodes a payload with the schema that it was written with; which message of the schema it is stands before it. Nothing is
 * generated or evaluated for a schema, and none is fetched.
 */
export const decodeProtobuf = (schema: SchemaText, registry: RegistryKind, payload: Uint8Array): DecodedProtobuf | Rejection => {
  if (payload.length > maximumEventBytes) return rejection('too_large', '', `${payload.length} bytes`, `at most ${maximumEventBytes} bytes`, 'split the event, or put the large part into an object store and send its address');
  const types = compiledOf(schema);
  if (types === undefined) return rejection('unknown_schema', '', 'a registered schema that is none of Protocol Buffers, or of what is not supported', 'a schema in proto2 or proto3, without groups and extensions', 'register the contract of the event type');
  const placed = places[registry](payload, types);
  if (placed === undefined) return rejection('bad_frame', '', 'a frame whose message index is cut off or too long', 'a message index and a message', 'write the record with a serializer of the registry');
  const { place, message, start } = placed;
  if (message === undefined) return rejection('unknown_message', '', `the message index ${place}`, `one of ${(registry === 'glue' ? types.byOrder.map((_each, index) => String(index)) : [...types.byPath.keys()]).slice(0, 20).join(', ')}`, 'write the event with a message of the schema that the frame names');
  let value: unknown;
  try {
    value = valueOfMessage(reflect(message, fromBinary(message, payload.subarray(start), { recursionLimit: maximumDepth })));
  } catch (error) {
    if (error instanceof Unsayable) return rejection(error.code, '', error.message, ...allowed[error.code]);
    return notProtobuf(`${payload.length - start} bytes that are no message ${message.typeName}`);
  }
  let text: string | undefined;
  return { value, text: () => (text ??= JSON.stringify(value)) };
};
