import type { FieldNode, Scalar } from '../../definition/node';
import type { EventDefinition } from '../../manifest/manifest';
import type { ProtobufField, ProtobufFile } from '../protobuf/node';

const moment = 'google.protobuf.Timestamp';
const types: Readonly<Record<Scalar, string>> = { string: 'string', int: 'int64', float: 'double', boolean: 'bool', timestamp: moment };

type Versioned = Pick<EventDefinition, 'name' | 'version' | 'fields'>;

/** A field under the type that it has: under another type it is another field, with another number. */
const keyOf = ([name, { scalar }]: readonly [string, FieldNode]): string => `${name} ${types[scalar]}`;

/** By name, so that the order of a definition's lines changes nothing. */
const fieldsOf = ({ fields }: Versioned): readonly (readonly [string, FieldNode])[] => Object.entries(fields).sort(([left], [right]) => (left < right ? -1 : 1));

/** Numbers of the fields of a version, and those that versions before it had given and it has no more. */
interface Numbers { readonly of: ReadonlyMap<string, number>; readonly gone: readonly number[] }

/** Each version keeps the numbers of the one before it; a field that it has and that one had not gets the next, though its name was there long before. */
const numbersOf = (versions: readonly Versioned[]): Numbers => {
  let [of, given]: [ReadonlyMap<string, number>, number] = [new Map(), 0];
  const next = (): number => { given += 1; return numberAt(given); };
  for (const version of versions) {
    const former = of;
    of = new Map(fieldsOf(version).map(keyOf).map((key) => [key, former.get(key) ?? next()]));
  }
  const taken = new Set(of.values());
  return { of, gone: Array.from({ length: given }, (_each, index) => numberAt(index + 1)).filter((number) => !taken.has(number)) };
};

/** Counted from 1, without those that the language keeps for itself. */
const numberAt = (ordinal: number): number => (ordinal < 19_000 ? ordinal : ordinal + 1000);

const field = (name: string, number: number, type: string): ProtobufField => ({ name, number, type, label: 'optional' });

/**
 * The contract of an event type as a file of Protocol Buffers (proto3): a message with the CloudEvent's attributes, named by the
 * last part of the type, and its data in a message within. Every field is `optional`, so that one that is absent is not taken for
 * its default; whether it may be absent is judged after decoding, as ranges and patterns are.
 *
 * A field has the number that the first version with it gave it, and keeps it; what a version has no more, it reserves.
 *
 * @param versions all versions of the event type; those after this one change nothing
 */
export const contractProtobufSchema = (event: Versioned, versions: readonly Versioned[]): ProtobufFile => {
  const parts = event.name.split('.');
  const name = parts.pop() ?? event.name;
  const former = versions.filter(({ version }) => version < event.version).sort((left, right) => left.version - right.version);
  const { of, gone } = numbersOf([...former, event]);
  const data = fieldsOf(event).map((each) => field(each[0], of.get(keyOf(each)) ?? 0, types[each[1].scalar]));
  return {
    syntax: 'proto3',
    package: parts.length > 0 ? parts.join('.') : 'headrace',
    imports: [{ name: 'google/protobuf/timestamp.proto', isPublic: false }],
    messages: [{
      kind: 'message', name, enums: [], reserved: [], reservedNames: [],
      fields: [
        ...['specversion', 'id', 'source', 'type'].map((each, index) => field(each, index + 1, 'string')),
        field('time', 5, moment), field('dataschema', 6, 'string'), field('recordedtime', 7, moment), field('data', 8, 'Data'),
      ],
      messages: [{
        kind: 'message', name: 'Data', messages: [], enums: [],
        fields: [...data].sort((left, right) => left.number - right.number),
        reserved: gone.map((number) => ({ from: number, to: number })), reservedNames: [],
      }],
    }],
    enums: [],
  };
};
