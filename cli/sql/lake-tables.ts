import type { ZoneFile } from '../../lib/runtime/zone-files';
import { rejectionCodes } from '../../core/contract/rejection';
import type { RejectionCode } from '../../core/contract/rejection';
import type { Names } from '../../core/environment/names';
import type { EpochMillis } from '../../core/event/time';
import { isoText } from '../../core/event/time';
import { rawFolder } from '../../core/lake/folder';
import type { Manifest } from '../../core/manifest/manifest';
import { identifier, textLiteral } from '../../core/training/sql';
import type { GlueColumn } from '../../lib/constructs/glue-columns';
import { lineageColumns, quarantineColumns, rawColumns, rawRowColumns } from '../../lib/constructs/glue-columns';

/** A table of the Glue catalog, as the command line's own DuckDB has it: the same name, the same columns. */
export interface LakeTable {
  readonly name: string;
  readonly zone: 'raw' | 'quarantine' | 'curated';
  /** Prefixes of its objects in the zone's bucket. */
  readonly prefixes: readonly string[];
  /** Columns of a line, then those of the partitions. */
  readonly columns: readonly Omit<GlueColumn, 'comment'>[];
  /** The moment by which rows are asked for: ISO 8601 text, whose order is that of time. */
  readonly moment: string;
  readonly partitions: readonly ('dt' | 'hr')[];
  /** Whether an object's name tells what it holds: then one that was fetched is not fetched again. */
  readonly isNamedByContent: boolean;
}

/** What of the tables is asked for: only that is fetched. */
export interface LakeRange {
  /** Known-at in raw, arrival in quarantine and of rows of datasets, the event's time of lineage; inclusive. */
  readonly from?: EpochMillis;
  /** Exclusive. */
  readonly to?: EpochMillis;
  /** Of quarantine. */
  readonly reason?: RejectionCode;
}

const ofHours = { partitions: ['dt', 'hr'], isNamedByContent: true } as const;

/** The tables of an environment's catalog. */
export const lakeTables = ({ events, datasets }: Pick<Manifest, 'events' | 'datasets'>, names: Names, { reason }: Pick<LakeRange, 'reason'> = {}): readonly LakeTable[] => [
  ...Object.values(events).map((event): LakeTable => ({ name: names.rawTable(event), zone: 'raw', prefixes: [`raw/${rawFolder(event)}/`], columns: rawColumns(event.fields), moment: 'lineage.known_at', ...ofHours })),
  ...Object.values(datasets).map((dataset): LakeTable => ({ name: names.rawTable(dataset), zone: 'raw', prefixes: [`raw/dataset=${rawFolder(dataset)}/`], columns: rawRowColumns(dataset.fields), moment: 'lineage.arrival', partitions: [], isNamedByContent: false })),
  {
    name: names.quarantineTable, zone: 'quarantine', prefixes: (reason === undefined ? rejectionCodes : [reason]).map((code) => `quarantine/${code}/`),
    // A partition in Athena, and a member of the line too.
    columns: [...quarantineColumns, { name: 'reason', type: 'string' }], moment: 'lineage.arrival', ...ofHours,
  },
  { name: names.lineageTable, zone: 'curated', prefixes: ['lineage/'], columns: lineageColumns, moment: 'eventTime', partitions: ['dt'], isNamedByContent: false },
];

/** Tables that a query speaks of; a name in a text or a comment counts, which costs no more than a download. */
export const tablesIn = <Table extends { readonly name: string }>(sql: string, tables: readonly Table[]): readonly Table[] => tables.filter(({ name }) => new RegExp(`\\b${name}\\b`, 'iu').test(sql));

const scalars: Readonly<Record<string, string>> = { string: 'VARCHAR', bigint: 'BIGINT', double: 'DOUBLE', boolean: 'BOOLEAN' };

/** Members of a struct's text, cut at the commas of its own level. */
const membersOf = (text: string): readonly string[] => {
  const members: string[] = [];
  let [depth, start] = [0, 0];
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (character === '<') depth += 1;
    else if (character === '>') depth -= 1;
    else if (character === ',' && depth === 0) { members.push(text.slice(start, index)); start = index + 1; }
  }
  return text === '' ? [] : [...members, text.slice(start)];
};

/**
 * DuckDB's type for one of Glue's.
 *
 * @throws Error for a type that no table of ours has
 */
export const duckdbType = (glue: string): string => {
  const [, members] = /^struct<(.*)>$/u.exec(glue) ?? [];
  // An event type without fields: DuckDB knows no struct without members.
  if (members === '') return 'JSON';
  if (members !== undefined) return `STRUCT(${membersOf(members).map((member) => `${identifier(member.slice(0, member.indexOf(':')))} ${duckdbType(member.slice(member.indexOf(':') + 1))}`).join(', ')})`;
  const [, each] = /^array<(.*)>$/u.exec(glue) ?? [];
  if (each !== undefined) return `${duckdbType(each)}[]`;
  const scalar = scalars[glue];
  if (scalar === undefined) throw new Error(`DuckDB's type for ${glue} is not known; the catalog has ${Object.keys(scalars).join(', ')} and structs and arrays of them.`);
  return scalar;
};

const day = 86_400_000;

/** Whether an object can hold rows of those times: they are of one day, the first of them of its hour. */
export const mayHold = (key: string, { from, to }: LakeRange): boolean => {
  const [, date, hour = '00'] = /\/dt=(\d{4}-\d{2}-\d{2})\/(?:hr=(\d{2})\/)?/u.exec(key) ?? [];
  if (date === undefined) return false;
  const begins = Date.parse(`${date}T00:00:00Z`);
  return (to === undefined || begins + Number(hour) * 3_600_000 < to) && (from === undefined || begins + day > from);
};

const partitionsOf = (key: string, partitions: LakeTable['partitions']): string => partitions.map((name) => `, ${textLiteral(new RegExp(`/${name}=([^/]+)/`, 'u').exec(key)?.[1] ?? '')}`).join('');

const emptyView = ({ name, columns, partitions }: LakeTable): readonly string[] =>
  [`CREATE VIEW ${identifier(name)} AS SELECT ${[...columns, ...partitions.map((partition) => ({ name: partition, type: 'string' }))].map((column) => `CAST(NULL AS ${duckdbType(column.type)}) AS ${identifier(column.name)}`).join(', ')} WHERE false`];

/** Statements that make a table's view over its files. */
export const viewStatements = (table: LakeTable, files: readonly ZoneFile[], { from, to }: LakeRange): readonly string[] => {
  if (files.length === 0) return emptyView(table);
  const objects = identifier(`objects of ${table.name}`);
  const { columns, moment, partitions } = table;
  const within = [...(from === undefined ? [] : [`line.${moment} >= ${textLiteral(isoText(from))}`]), ...(to === undefined ? [] : [`line.${moment} < ${textLiteral(isoText(to))}`])];
  return [
    `CREATE TEMP TABLE ${objects} AS SELECT * FROM (VALUES ${files.map(({ key, file }) => `(${textLiteral(file)}${partitionsOf(key, partitions)})`).join(', ')}) AS object (file${partitions.map((name) => `, ${name}`).join('')})`,
    `CREATE VIEW ${identifier(table.name)} AS
      SELECT ${columns.map(({ name }) => `line.${identifier(name)}`).join(', ')}${partitions.map((name) => `, object.${name}`).join('')}
      FROM read_json([${files.map(({ file }) => textLiteral(file)).join(', ')}], format = 'newline_delimited', compression = 'auto_detect', filename = true, maximum_object_size = 67108864,
        columns = {${columns.map(({ name, type }) => `${identifier(name)}: ${textLiteral(duckdbType(type))}`).join(', ')}}) AS line
      JOIN ${objects} AS object ON object.file = line.filename${within.length === 0 ? '' : `\n      WHERE ${within.join(' AND ')}`}`,
  ];
};

/** Functions that Athena has by another name, so that one query runs in both. */
export const athenaFunctions: readonly string[] = [
  // Athena's puts a sign where bytes are no UTF-8; here the whole is null then.
  'CREATE MACRO from_utf8(bytes) AS TRY(decode(bytes))',
  'CREATE MACRO json_extract_scalar(document, path) AS json_extract_string(document, path)',
  'CREATE MACRO from_iso8601_timestamp(text) AS CAST(text AS TIMESTAMPTZ)',
];
