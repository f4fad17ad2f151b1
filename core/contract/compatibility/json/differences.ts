import type { Mismatch } from '../difference';
import { below, words } from '../difference';

/** A JSON Schema, draft-07, as data. */
export type JsonSchemaText = boolean | Readonly<Record<string, unknown>>;

type Properties = Readonly<Record<string, JsonSchemaText>>;

/** Keywords that are decided here; any other must be the same on both sides. */
const decided = new Set(['type', 'properties', 'required', 'additionalProperties', 'enum', 'minimum', 'maximum', 'minLength', 'maxLength', 'pattern', 'format', '$schema', '$id', 'title', 'description', 'default', 'examples', '$comment']);

const object = (schema: JsonSchemaText): Readonly<Record<string, unknown>> => (typeof schema === 'boolean' ? (schema ? {} : { not: {} }) : schema);
const typesOf = (schema: Readonly<Record<string, unknown>>): readonly string[] | undefined => (schema['type'] === undefined ? undefined : [schema['type'] as string | readonly string[]].flat());
const text = (value: unknown): string => words(JSON.stringify(value) ?? 'nothing');
const takes = (types: readonly string[], type: string): boolean => types.includes(type) || (type === 'integer' && types.includes('number'));

const boundMismatch = (path: string, reader: Readonly<Record<string, unknown>>, writer: Readonly<Record<string, unknown>>, [keyword, kind, lower]: readonly [string, Mismatch['kind'], boolean]): readonly Mismatch[] => {
  const [bound, written] = [reader[keyword], writer[keyword]] as readonly (number | undefined)[];
  if (bound === undefined || (written !== undefined && (lower ? written >= bound : written <= bound))) return [];
  return [{ path, kind, reader: `${keyword} ${bound}`, writer: written === undefined ? `no ${keyword}` : `${keyword} ${written}` }];
};

const bounds = [['minimum', 'range_narrowed', true], ['maximum', 'range_narrowed', false], ['minLength', 'length_narrowed', true], ['maxLength', 'length_narrowed', false]] as const;

const mismatches = (path: string, readerSchema: JsonSchemaText, writerSchema: JsonSchemaText): readonly Mismatch[] => {
  // Whatever it is, everything takes it; and nothing was ever written by a schema that takes nothing.
  if (JSON.stringify(readerSchema) === JSON.stringify(writerSchema) || readerSchema === true || writerSchema === false) return [];
  const [reader, writer] = [object(readerSchema), object(writerSchema)];
  for (const keyword of new Set([...Object.keys(reader), ...Object.keys(writer)]))
    if (!decided.has(keyword) && JSON.stringify(reader[keyword]) !== JSON.stringify(writer[keyword])) return [{ path, kind: 'undecidable', reader: `${keyword} ${text(reader[keyword])}`, writer: `${keyword} ${text(writer[keyword])}` }];
  const [types, written] = [typesOf(reader), typesOf(writer)];
  if (types !== undefined && (written === undefined || !written.every((type) => takes(types, type)))) return [{ path, kind: 'type_changed', reader: types.join(' or '), writer: written?.join(' or ') ?? 'anything' }];
  return [...valueMismatches(path, reader, writer), ...memberMismatches(path, reader, writer)];
};

const valueMismatches = (path: string, reader: Readonly<Record<string, unknown>>, writer: Readonly<Record<string, unknown>>): readonly Mismatch[] => {
  const [values, written] = [reader['enum'], writer['enum']] as readonly (readonly unknown[] | undefined)[];
  const missing = values === undefined ? [] : written === undefined ? ['any value'] : written.filter((value) => !values.some((each) => JSON.stringify(each) === JSON.stringify(value))).map(text);
  return [
    ...(missing.length > 0 ? [{ path, kind: 'value_missing' as const, reader: `one of ${text(values)}`, writer: missing.join(', ') }] : []),
    ...bounds.flatMap((bound) => boundMismatch(path, reader, writer, bound)),
    ...([['pattern', 'pattern_added'], ['format', 'format_added']] as const).flatMap(([keyword, kind]) =>
      (reader[keyword] === undefined || reader[keyword] === writer[keyword] || written !== undefined ? [] : [{ path, kind, reader: `${keyword} ${text(reader[keyword])}`, writer: writer[keyword] === undefined ? `no ${keyword}` : `${keyword} ${text(writer[keyword])}` }])),
  ];
};

const memberMismatches = (path: string, reader: Readonly<Record<string, unknown>>, writer: Readonly<Record<string, unknown>>): readonly Mismatch[] => {
  const [fields, written] = [(reader['properties'] ?? {}) as Properties, (writer['properties'] ?? {}) as Properties];
  const [required, always] = [(reader['required'] ?? []) as readonly string[], (writer['required'] ?? []) as readonly string[]];
  const [rest, writtenRest] = [(reader['additionalProperties'] ?? true) as JsonSchemaText, (writer['additionalProperties'] ?? true) as JsonSchemaText];
  return [
    ...required.filter((name) => !always.includes(name)).map((name): Mismatch => ({ path: below(path, name), kind: 'field_required', reader: 'a required field', writer: name in written ? 'an optional field' : 'no such field' })),
    ...Object.entries(written).flatMap(([name, schema]): readonly Mismatch[] => {
      const field = name in fields ? fields[name] as JsonSchemaText : rest;
      return field === false ? [{ path: below(path, name), kind: 'field_refused', reader: 'no such field', writer: 'a field' }] : mismatches(below(path, name), field, schema);
    }),
    ...(writtenRest === false ? [] : Object.entries(fields).filter(([name]) => !(name in written)).flatMap(([name, schema]) => mismatches(below(path, name), schema, writtenRest))),
    ...(writtenRest === false ? [] : rest === false ? [{ path: below(path, '*'), kind: 'field_refused' as const, reader: 'no field that is not declared', writer: 'any field' }] : mismatches(below(path, '*'), rest, writtenRest)),
  ];
};

/** Why data valid under one JSON Schema may be invalid under another; empty when none can be. What is not decided here counts as a difference. */
export const jsonMismatches = (reader: JsonSchemaText, writer: JsonSchemaText): readonly Mismatch[] => mismatches('', reader, writer);
