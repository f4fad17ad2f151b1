import { canonicalJson } from '../manifest/hash';
import type { EventDefinition } from '../manifest/manifest';
import type { Contract } from './contracts';
import type { FrameSchema } from './opened';
import { contractAvroSchema } from './schemas/avro';
import { readProtobufFile } from './protobuf/read-file';
import { protobufText } from './protobuf/text';
import { contractJsonSchema } from './schemas/json';
import { contractProtobufSchema } from './schemas/protobuf';

type VersionsOf = (contract: Contract) => readonly EventDefinition[];

const textsOf: Readonly<Record<FrameSchema['format'], (contract: Contract, versions: VersionsOf) => string>> = {
  JSON: ({ definition }) => canonicalJson(contractJsonSchema(definition)),
  AVRO: ({ definition }) => canonicalJson(contractAvroSchema(definition)),
  PROTOBUF: (contract, versions) => protobufText(contractProtobufSchema(contract.definition, versions(contract))),
};

/** A registered text in the one form that ours has too; as it is where it has none. */
const normalTexts: Readonly<Record<FrameSchema['format'], (text: string) => string>> = {
  JSON: (text) => canonicalJson(JSON.parse(text)),
  AVRO: (text) => canonicalJson(JSON.parse(text)),
  PROTOBUF: (text) => {
    const file = readProtobufFile(text);
    return 'problem' in file ? text : protobufText(file);
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

const registeredText = ({ versionId, format, definition }: FrameSchema): string => {
  const known = registered.get(versionId);
  if (known !== undefined) return known;
  if (registered.size >= mostRegistered) registered.clear();
  const text = normalTexts[format](definition);
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
