import { canonicalJson } from '../manifest/hash';
import type { Contract } from './contracts';
import type { FrameSchema } from './opened';
import { contractAvroSchema } from './schemas/avro';
import { contractJsonSchema } from './schemas/json';

const schemasOf: Readonly<Record<FrameSchema['format'], (contract: Contract) => unknown>> = {
  JSON: ({ definition }) => contractJsonSchema(definition),
  AVRO: ({ definition }) => contractAvroSchema(definition),
};

// One schema is met in every record of its producers: it is compared once with each contract.
const texts = new WeakMap<Contract, Map<FrameSchema['format'], string>>();
const registered = new Map<string, string>();
const mostRegistered = 256;

const textOf = (contract: Contract, format: FrameSchema['format']): string => {
  const known = texts.get(contract) ?? new Map<FrameSchema['format'], string>();
  texts.set(contract, known);
  const text = known.get(format) ?? canonicalJson(schemasOf[format](contract));
  known.set(format, text);
  return text;
};

const registeredText = ({ versionId, definition }: FrameSchema): string => {
  const known = registered.get(versionId);
  if (known !== undefined) return known;
  if (registered.size >= mostRegistered) registered.clear();
  const text = canonicalJson(JSON.parse(definition));
  registered.set(versionId, text);
  return text;
};

/**
 * The contract that a registered schema is of; `undefined` when a producer registered one of its own.
 *
 * @param contracts newest first; where versions differ only in what the schema's format cannot say, the newest is taken
 */
export const contractOfSchema = (schema: FrameSchema, contracts: readonly Contract[]): Contract | undefined =>
  contracts.find((contract) => textOf(contract, schema.format) === registeredText(schema));
