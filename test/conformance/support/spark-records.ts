import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FieldNodes } from '../../../core/definition/node';
import type { Value } from '../../../core/expression/evaluate';
import { spark } from '../../../core/training/dialect';
import type { TestRecord } from '../../core/training/support';

type Columns = Readonly<Record<string, string>>;
/** A file of lines of JSON, and the schema as which Spark reads it. */
export type Lines = readonly [file: string, schema: string];

// JSON.stringify makes minus zero plain.
const text = (value: Value | undefined): string => (Object.is(value, -0) ? '-0.0' : JSON.stringify(value ?? null));

const linesOf = (directory: string, name: string, columns: Columns, rows: readonly Readonly<Record<string, Value | undefined>>[]): Lines => {
  const file = join(directory, `${name}.ndjson`);
  writeFileSync(file, rows.map((row) => `{${Object.entries(row).map(([key, value]) => `${JSON.stringify(key)}:${text(value)}`).join(',')}}\n`).join(''));
  return [file, Object.entries(columns).map(([column, type]) => `${spark.identifier(column)} ${type}`).join(', ')];
};

/** Records as reading raw leaves them. */
export const recordLines = (directory: string, name: string, fields: FieldNodes, records: readonly TestRecord[]): Lines => linesOf(directory, name,
  { source: 'STRING', id: 'STRING', known: 'BIGINT', effective: 'BIGINT', ...Object.fromEntries(Object.entries(fields).map(([field, { scalar }]) => [`field:${field}`, spark.types[scalar]])) },
  records.map(({ source, id, known, effective, row }) => ({ source, id, known, effective, ...Object.fromEntries(Object.entries(row).map(([field, value]) => [`field:${field}`, value])) })));

export const pointLines = (directory: string, name: string, points: readonly { readonly entity: string; readonly moment: number }[]): Lines =>
  linesOf(directory, name, { entity: 'STRING', moment: 'BIGINT' }, points.map(({ entity, moment }) => ({ entity, moment })));
