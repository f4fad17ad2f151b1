import type { SchemaFormat } from '../../../core/contract/compatibility/difference';
import { protobufDefinition } from './protobuf-text';

/** A schema that another refers to. */
export interface Reference { readonly name: string; readonly subject: string; readonly version: number }

/** A schema as the registry gives it. */
export interface RegistrySchema {
  readonly format: SchemaFormat;
  readonly text: string;
  readonly references: readonly Reference[];
  /** Number of the version, where it was asked for by that. */
  readonly version?: number;
}

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

const formats: ReadonlyMap<unknown, SchemaFormat> = new Map([[undefined, 'AVRO'], [null, 'AVRO'], ['AVRO', 'AVRO'], ['JSON', 'JSON'], ['PROTOBUF', 'PROTOBUF']]);

const isReference = (value: unknown): value is Reference => isObject(value) && typeof value['name'] === 'string' && typeof value['subject'] === 'string' && typeof value['version'] === 'number';

/** Reads a schema; `undefined` when it is of a format that is not read here. An answer without a type is Avro. */
export const schemaIn = (answer: unknown): RegistrySchema | undefined => {
  if (!isObject(answer) || typeof answer['schema'] !== 'string') throw new Error('the schema registry gave a schema without its text.');
  const { schema, schemaType, references, version } = answer;
  const format = formats.get(schemaType);
  if (format === undefined) return undefined;
  return { format, text: format === 'PROTOBUF' ? protobufDefinition(schema) : schema, references: Array.isArray(references) ? references.filter(isReference) : [], ...(typeof version === 'number' ? { version } : {}) };
};

/** Subjects and versions under which an id stands. */
export const placesIn = (answer: unknown): readonly { readonly subject: string; readonly version: number }[] =>
  (Array.isArray(answer) ? answer as readonly unknown[] : []).flatMap((each) => (isObject(each) && typeof each['subject'] === 'string' && typeof each['version'] === 'number' ? [{ subject: each['subject'], version: each['version'] }] : []));
