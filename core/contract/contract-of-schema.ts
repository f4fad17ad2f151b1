import { canonicalJson } from '../manifest/hash';
import type { EventDefinition } from '../manifest/manifest';
import type { Contract } from './contracts';
import type { FrameSchema } from './opened';
import { contractAvroSchema } from './schemas/avro';
import { linkProtobuf } from './protobuf/link';
import type { ProtobufFile } from './protobuf/node';
import { readProtobufFile } from './protobuf/read-file';
import { contractJsonSchema } from './schemas/json';
import { contractProtobufSchema } from './schemas/protobuf';

const byName = ([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number => (left < right ? -1 : 1);

/**
 * What a schema of PROTOBUF says of data: its types by their full names, their fields by their numbers. A serializer registers what
 * its compiler made of a file, and a registry may write that down anew: names of types are full then, and lines in another order.
 */
const protobufMeaning = (file: ProtobufFile, references?: FrameSchema['references']): string | undefined => {
  const document = linkProtobuf(file, references);
  if ('problem' in document) return undefined;
  return canonicalJson({
    syntax: file.syntax, package: file.package,
    // Frames count the messages of a file.
    first: file.messages.map(({ name }) => name),
    messages: [...document.messages].sort(byName).map(([name, { fields, reserved, reservedNames }]) => ({
      name, reserved: [...reserved].sort((left, right) => left.from - right.from), reservedNames: [...reservedNames].sort(), fields: [...fields].sort((left, right) => left.number - right.number),
    })),
    enums: [...document.enums].sort(byName).map(([name, { values }]) => ({ name, values })),
  });
};

type VersionsOf = (contract: Contract) => readonly EventDefinition[];

const textsOf: Readonly<Record<FrameSchema['format'], (contract: Contract, versions: VersionsOf) => string>> = {
  JSON: ({ definition }) => canonicalJson(contractJsonSchema(definition)),
  AVRO: ({ definition }) => canonicalJson(contractAvroSchema(definition)),
  PROTOBUF: (contract, versions) => protobufMeaning(contractProtobufSchema(contract.definition, versions(contract))) ?? '',
};

/** Of what is no JSON, or nested deeper than can be followed, the text itself: an event that names such a schema must not end who judges it. */
const normalJson = ({ definition }: Pick<FrameSchema, 'definition'>): string => {
  try { return canonicalJson(JSON.parse(definition)); } catch { return definition; }
};

/** A registered text in the one form that ours has too; as it is where it has none. */
const normalTexts: Readonly<Record<FrameSchema['format'], (schema: Pick<FrameSchema, 'definition' | 'references'>) => string>> = {
  JSON: normalJson,
  AVRO: normalJson,
  PROTOBUF: ({ definition, references }) => {
    const file = readProtobufFile(definition);
    return ('problem' in file ? undefined : protobufMeaning(file, references)) ?? definition;
  },
};

// One schema is met in every record of its producers: it is compared once with each contract.
const texts = new WeakMap<Contract, Map<FrameSchema['format'], string>>();
const registered = new Map<string, string>();
const mostRegistered = 256;

const textOf = (contract: Contract, format: FrameSchema['format'], versions: VersionsOf): string => {
  const known = texts.get(contract) ?? new Map<FrameSchema['format'], string>();
  texts.set(contract, known);
  const text = known.get(format) ?? textsOf[format](contract, versions);
  known.set(format, text);
  return text;
};

const registeredText = (schema: FrameSchema): string => {
  const { versionId, format } = schema;
  const known = registered.get(versionId);
  if (known !== undefined) return known;
  if (registered.size >= mostRegistered) registered.clear();
  const text = normalTexts[format](schema);
  registered.set(versionId, text);
  return text;
};

/**
 * The contract that a registered schema is of; `undefined` when a producer registered one of its own.
 *
 * @param contracts newest first; where versions differ only in what the schema's format cannot say, the newest is taken
 * @param all every version of their type, those that are not active too: a schema of PROTOBUF follows from those before it
 */
export const contractOfSchema = (schema: FrameSchema, contracts: readonly Contract[], all: readonly Contract[]): Contract | undefined =>
  contracts.find((contract) => textOf(contract, schema.format, () => all.map(({ definition }) => definition)) === registeredText(schema));
