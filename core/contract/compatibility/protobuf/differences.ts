import type { ProtobufDocument } from '../../protobuf/link';
import { readProtobuf, type LinkedMessage } from '../../protobuf/link';
import type { ProtobufEnum, ProtobufField, ScalarType } from '../../protobuf/node';
import type { Direction, Mismatch } from '../difference';
import { words } from '../difference';

/** A schema of Protocol Buffers: its text, and the texts of the files that it imports from the registry. */
export interface ProtobufSchemaText { readonly definition: string; readonly imports?: ReadonlyMap<string, string> }

/**
 * What a writer's type is read as without a value becoming another one. Types that share an encoding and not all values
 * (`int64` as `int32`, `sint32` as `int32`, `bool` or an enum as a number) are no part of it, nor are `string` and `bytes`, which
 * are text and base64 in an event's JSON. Source of the encodings: "Updating A Message Type" of the language guide.
 */
const widenings: Readonly<Partial<Record<ScalarType, readonly ScalarType[]>>> = { int32: ['int64'], uint32: ['uint64', 'int64'], sint32: ['sint64'] };
const widens = (writer: string, reader: string): boolean => writer === reader || widenings[writer as ScalarType]?.some((type) => type === reader) === true;

/** Both sides, and which of them was proposed. */
interface Sides { readonly reader: ProtobufDocument; readonly writer: ProtobufDocument; readonly direction: Direction }

const placeOf = (message: string, field?: string): string => `/${message}${field === undefined ? '' : `/${field}`}`;
const typeText = ({ type, mapKey, label }: ProtobufField): string => (mapKey === undefined ? `${label === 'repeated' ? 'repeated ' : ''}${type}` : `map<${mapKey}, ${type}>`);
const fieldText = (field: ProtobufField): string => `${typeText(field)} ${field.name} = ${field.number}`;
const isReserved = ({ reserved }: LinkedMessage, number: number): boolean => reserved.some(({ from, to }) => number >= from && number <= to);

const sameNumber = (message: string, reader: ProtobufField, writer: ProtobufField): readonly Mismatch[] => {
  const told = { path: placeOf(message, writer.name), reader: fieldText(reader), writer: fieldText(writer) };
  const isAlike = (reader.mapKey ?? '') === (writer.mapKey ?? '') && widens(writer.type, reader.type);
  if (reader.name !== writer.name) return [{ ...told, kind: isAlike ? 'name_changed' : 'number_reused' }];
  if ((reader.label === 'repeated') !== (writer.label === 'repeated')) return [{ ...told, kind: 'cardinality_changed' }];
  if (!isAlike) return [{ ...told, kind: 'type_changed' }];
  return reader.label === 'required' && writer.label !== 'required' ? [{ ...told, kind: 'field_required', reader: 'a required field', writer: 'an optional field' }] : [];
};

/** Fields that a writer can send together, and of which a reader keeps the last alone. */
const oneofMismatches = (message: string, reader: LinkedMessage, writer: LinkedMessage): readonly Mismatch[] => {
  const written = new Map(writer.fields.map((field) => [field.number, field]));
  return [...new Set(reader.fields.flatMap(({ oneof }) => oneof ?? []))].flatMap((oneof): readonly Mismatch[] => {
    const shared = reader.fields.filter((field) => field.oneof === oneof && written.has(field.number));
    const apart = new Set(shared.map(({ number }) => written.get(number)?.oneof ?? `alone ${number}`));
    return apart.size < 2 ? [] : [{ path: placeOf(message, oneof), kind: 'oneof_changed', reader: `one of ${words(shared.map(({ name }) => name).join(', '))}`, writer: 'fields that can be there together' }];
  });
};

/** What the proposed schema does with numbers of the former one: those that it uses no more must stay reserved, and those that were reserved unused. */
const numberMismatches = (message: string, proposed: LinkedMessage, former: LinkedMessage): readonly Mismatch[] => [
  ...proposed.fields.filter(({ number }) => isReserved(former, number)).map((field): Mismatch => ({ path: placeOf(message, field.name), kind: 'number_reused', reader: fieldText(field), writer: `${field.number} reserved` })),
  ...proposed.fields.filter(({ name }) => former.reservedNames.includes(name)).map((field): Mismatch => ({ path: placeOf(message, field.name), kind: 'number_reused', reader: fieldText(field), writer: `the name ${field.name} reserved` })),
  ...former.fields.filter(({ number }) => !isReserved(proposed, number) && !proposed.fields.some((field) => field.number === number)).map((field): Mismatch => ({ path: placeOf(message, field.name), kind: 'number_not_reserved', reader: 'no such field, and its number free', writer: fieldText(field) })),
];

const messageMismatches = (name: string, reader: LinkedMessage, writer: LinkedMessage, direction: Direction): readonly Mismatch[] => {
  const written = new Map(writer.fields.map((field) => [field.number, field]));
  const moved = reader.fields.flatMap((field): readonly Mismatch[] => {
    const former = writer.fields.find((each) => each.name === field.name);
    return former === undefined || former.number === field.number || written.has(field.number) ? [] : [{ path: placeOf(name, field.name), kind: 'number_changed', reader: fieldText(field), writer: fieldText(former) }];
  });
  return [
    ...reader.fields.flatMap((field): readonly Mismatch[] => {
      const former = written.get(field.number);
      if (former !== undefined) return sameNumber(name, field, former);
      return field.label === 'required' ? [{ path: placeOf(name, field.name), kind: 'field_required', reader: 'a required field', writer: 'no such field' }] : [];
    }),
    // Under another type a name may come back with another number: that is another field, and what was has its own.
    ...moved.filter(({ path }) => !isOtherField(path, reader, writer)),
    ...oneofMismatches(name, reader, writer),
    ...(direction === 'backward' ? numberMismatches(name, reader, writer) : []),
  ];
};

const isOtherField = (path: string, reader: LinkedMessage, writer: LinkedMessage): boolean => {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const [field, former] = [reader, writer].map(({ fields }) => fields.find((each) => each.name === name));
  return field !== undefined && former !== undefined && !widens(former.type, field.type) && (isReserved(reader, former.number) || isReserved(writer, field.number));
};

const enumMismatches = (name: string, reader: ProtobufEnum, writer: ProtobufEnum): readonly Mismatch[] => {
  const namesOf = (of: ProtobufEnum, number: number): readonly string[] => of.values.filter((value) => value.number === number).map((value) => value.name);
  const lost = writer.values.filter((value) => !namesOf(reader, value.number).includes(value.name));
  return lost.length === 0 ? [] : [{ path: placeOf(name), kind: 'value_missing', reader: `one of ${words(reader.values.map((value) => `${value.name} = ${value.number}`).join(', '))}`, writer: words(lost.map((value) => `${value.name} = ${value.number}`).join(', ')) }];
};

const mismatchesOf = ({ reader, writer, direction }: Sides): readonly Mismatch[] => [
  ...[...writer.messages].flatMap(([name, written]): readonly Mismatch[] => {
    const read = reader.messages.get(name);
    return read === undefined ? [{ path: placeOf(name), kind: 'message_missing', reader: 'no such message', writer: `message ${name}` }] : messageMismatches(name, read, written, direction);
  }),
  ...[...writer.enums].flatMap(([name, written]): readonly Mismatch[] => {
    const read = reader.enums.get(name);
    return read === undefined ? [{ path: placeOf(name), kind: 'message_missing', reader: 'no such enum', writer: `enum ${name}` }] : enumMismatches(name, read, written);
  }),
];

/**
 * Why data written with one schema of Protocol Buffers cannot be read with another, or would say something else; empty when it can.
 * A path is the full name of a message, and of a field within it. Names count as well as numbers, since an event is read by
 * its names once it is decoded.
 *
 * @param direction which of the two was proposed: the reader (`backward`), or the writer
 */
export const protobufMismatches = (reader: ProtobufSchemaText, writer: ProtobufSchemaText, direction: Direction): readonly Mismatch[] => {
  const [readerDocument, writerDocument] = [reader, writer].map(({ definition, imports }) => readProtobuf(definition, imports));
  if (readerDocument === undefined || writerDocument === undefined) return [];
  if ('problem' in readerDocument) return [{ path: readerDocument.path, kind: 'invalid_schema', reader: readerDocument.problem, writer: 'problem' in writerDocument ? writerDocument.problem : 'a schema' }];
  if ('problem' in writerDocument) return [{ path: writerDocument.path, kind: 'invalid_schema', reader: 'a schema', writer: writerDocument.problem }];
  return mismatchesOf({ reader: readerDocument, writer: writerDocument, direction });
};
