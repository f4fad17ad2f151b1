import type { FieldNode, FieldNodes, Scalar } from '../definition/node';
import type { EventDefinition } from '../manifest/manifest';
import { versionedName } from '../manifest/manifest';

/** A JSON Schema, draft-07, as data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Whole numbers are exact in every engine up to here: 2^53 - 1. */
const largestInteger = Number.MAX_SAFE_INTEGER;

interface ScalarSchema { readonly type: 'string' | 'integer' | 'number' | 'boolean'; readonly [keyword: string]: unknown }

const range = ({ min, max }: FieldNode): Readonly<Record<string, number>> => ({ ...(min === undefined ? {} : { minimum: min }), ...(max === undefined ? {} : { maximum: max }) });

const scalarSchemas: Readonly<Record<Scalar, (field: FieldNode) => ScalarSchema>> = {
  string: ({ pattern, oneOf, optional }) => ({
    type: 'string',
    ...(pattern === undefined ? {} : { pattern }),
    ...(oneOf === undefined ? {} : { enum: optional ? [...oneOf, null] : oneOf }),
  }),
  int: ({ min = -largestInteger, max = largestInteger }) => ({ type: 'integer', minimum: Math.max(min, -largestInteger), maximum: Math.min(max, largestInteger) }),
  float: (field) => ({ type: 'number', ...range(field) }),
  boolean: () => ({ type: 'boolean' }),
  timestamp: () => ({ type: 'string', format: 'date-time' }),
};

/** A field as JSON Schema, the same in draft-07 and in 2020-12. An optional one may be null. */
export const fieldSchema = (field: FieldNode): JsonSchema => {
  const { type, ...limits } = scalarSchemas[field.scalar](field);
  return { type: field.optional ? [type, 'null'] : type, ...limits };
};

const properties = (fields: FieldNodes): Readonly<Record<string, JsonSchema>> => Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, fieldSchema(field)]));

/**
 * The contract of an event's `data` as JSON Schema (draft-07). An optional field may be missing or null. Fields that
 * are not declared are allowed: a producer may send a new field before its consumers know of it; they stay in raw and
 * are read by nobody until a version of the contract declares them.
 */
export const dataSchema = (event: Pick<EventDefinition, 'name' | 'version' | 'fields'>): JsonSchema => ({
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: versionedName(event),
  type: 'object',
  required: Object.entries(event.fields).filter(([, { optional }]) => !optional).map(([name]) => name),
  properties: properties(event.fields),
});
