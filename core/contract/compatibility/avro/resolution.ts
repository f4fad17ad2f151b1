import type { AvroDocument, AvroEnum, AvroField, AvroNamed, AvroNode, AvroPrimitive, AvroRecord, AvroResolved } from './node';
import { resolved } from './node';

/** What a writer's primitive may be read as, other than as itself (Apache Avro 1.12, "Schema Resolution"). */
const promotions: Readonly<Partial<Record<AvroResolved['kind'], readonly AvroPrimitive[]>>> = {
  int: ['long', 'float', 'double'],
  long: ['float', 'double'],
  float: ['double'],
  string: ['bytes'],
  bytes: ['string'],
};

/** Whether data of one kind is read as another. */
export const promotes = (writer: AvroResolved['kind'], reader: AvroResolved['kind']): boolean => promotions[writer]?.some((kind) => kind === reader) === true;

/** Whether two named types match: by name without namespace, or by an alias of the reader, as Avro's own `SchemaCompatibility` has it. */
export const sameName = (reader: AvroNamed, writer: AvroNamed): boolean => reader.name === writer.name || reader.aliases.includes(writer.fullName);

/** The writer's fields that a reader's field is read from: by its name and its aliases. More than one is ambiguous. */
export const writtenAs = (field: AvroField, writer: AvroRecord): readonly AvroField[] => [field.name, ...field.aliases].flatMap((name) => writer.fields.filter((written) => written.name === name));

/** The writer's symbols that the reader has no answer to. */
export const missingSymbols = (reader: AvroEnum, writer: AvroEnum): readonly string[] =>
  (reader.default !== undefined && reader.symbols.includes(reader.default) ? [] : writer.symbols.filter((symbol) => !reader.symbols.includes(symbol)));

/** Answers whether data of the writer's node is read by the reader's. */
export type Reads = (reader: AvroNode, writer: AvroNode) => boolean;

/** All are asked, and not only until one says no: what is refuted must be known of each, to tell all differences. */
const each = <Item>(items: readonly Item[], holds: (item: Item) => boolean): readonly boolean[] => items.map(holds);

const recordReads = (reader: AvroRecord, writer: AvroRecord, reads: Reads): boolean => each(reader.fields, (field) => {
  const [written, ...others] = writtenAs(field, writer);
  return written === undefined ? field.hasDefault : others.length === 0 && reads(field.type, written.type);
}).every(Boolean) && sameName(reader, writer);

/** `asked` are the nodes as they were referred to, by which a pair is known. */
const nodeReads = (reader: AvroResolved, writer: AvroResolved, asked: { readonly reader: AvroNode; readonly writer: AvroNode }, reads: Reads): boolean => {
  if (writer.kind === 'union') return each(writer.branches, (branch) => reads(asked.reader, branch)).every(Boolean);
  if (reader.kind === 'union') return each(reader.branches, (branch) => reads(branch, asked.writer)).some(Boolean);
  if (reader.kind === 'array' && writer.kind === 'array') return reads(reader.items, writer.items);
  if (reader.kind === 'map' && writer.kind === 'map') return reads(reader.values, writer.values);
  if (reader.kind === 'record' && writer.kind === 'record') return recordReads(reader, writer, reads);
  if (reader.kind === 'enum' && writer.kind === 'enum') return sameName(reader, writer) && missingSymbols(reader, writer).length === 0;
  if (reader.kind === 'fixed' && writer.kind === 'fixed') return sameName(reader, writer) && reader.size === writer.size;
  return reader.kind === writer.kind || promotes(writer.kind, reader.kind);
};

/** A pair of named types, as a key: names have no spaces. */
const pairOf = (reader: AvroNode, writer: AvroNode): string | undefined => (reader.kind === 'reference' && writer.kind === 'reference' ? `${reader.fullName} ${writer.fullName}` : undefined);

/**
 * Decides for two documents which data is read by which type.
 *
 * Recursive types are cycles of named pairs, so a pair is taken to be readable until it is refuted. What was concluded from a pair
 * that is refuted later may be wrong, so all is worked out anew, with what was refuted, until a round refutes nothing more.
 */
export const resolution = (reader: AvroDocument, writer: AvroDocument): Reads => {
  const refuted = new Set<string>();
  const round = (): Reads => {
    const assumed = new Set<string>();
    const reads: Reads = (readerNode, writerNode) => {
      const pair = pairOf(readerNode, writerNode);
      if (pair !== undefined && refuted.has(pair)) return false;
      if (pair !== undefined && assumed.has(pair)) return true;
      if (pair !== undefined) assumed.add(pair);
      const readable = nodeReads(resolved(readerNode, reader), resolved(writerNode, writer), { reader: readerNode, writer: writerNode }, reads);
      if (pair !== undefined && !readable) refuted.add(pair);
      return readable;
    };
    return reads;
  };
  for (let known = -1; known < refuted.size;) {
    known = refuted.size;
    round()(reader.root, writer.root);
  }
  return round();
};
