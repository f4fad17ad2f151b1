import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { GlueClient } from '@aws-sdk/client-glue';
import { S3Client } from '@aws-sdk/client-s3';
import type { DuckDBConnection } from '@duckdb/node-api';
import { curatedTables } from '../../core/lake/curated-table';
import { identifier } from '../../core/training/sql';
import { s3Objects } from '../../lib/runtime/object-store';
import { CommandError } from '../command-error';
import type { Context } from '../context';
import { withDatabase } from '../../lib/runtime/duckdb';
import { icebergExtensions } from './duckdb-extensions';
import { icebergTables, icebergView, lakeSecret, type IcebergTable } from './iceberg-tables';
import type { LakeRange, LakeTable } from './lake-tables';
import { athenaFunctions, lakeTables, mayHold, tablesIn, viewStatements } from './lake-tables';
import type { ZoneFile } from '../../lib/runtime/zone-files';
import { bringZone, listZone } from '../../lib/runtime/zone-files';

/** A value as JSON has it. */
export type QueryValue = string | number | boolean | null | readonly QueryValue[] | { readonly [name: string]: QueryValue };

/** Where rows of a query go. */
export interface RowSink {
  readonly columns: (names: readonly string[]) => Promise<void> | void;
  readonly row: (values: readonly QueryValue[]) => Promise<void> | void;
}

/** What DuckDB gives, as JSON: whole numbers as numbers as long as they are exact, moments as ISO 8601, bytes in base64. */
const valueOf = (value: unknown): QueryValue => {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(valueOf);
  if (value instanceof Map) return Object.fromEntries([...value].map(([name, each]) => [String(name), valueOf(each)]));
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, valueOf(each)]));
};

const failed = (error: unknown): CommandError => new CommandError(`The query failed: ${error instanceof Error ? error.message : String(error)}`, { cause: error, exitCode: 2 });

/** Runs one query; gives whether there were more rows than were asked for. */
const rowsOf = async (connection: DuckDBConnection, sql: string, limit: number, { columns, row }: RowSink): Promise<boolean> => {
  const { count } = await connection.extractStatements(sql).catch((error: unknown) => { throw failed(error); });
  if (count !== 1) throw new CommandError(`The text holds ${count} statements; give one.`, { exitCode: 2 });
  const result = await connection.stream(sql).catch((error: unknown) => { throw failed(error); });
  await columns(result.deduplicatedColumnNames());
  let given = 0;
  const chunks = result.yieldRowsJs()[Symbol.asyncIterator]();
  for (;;) {
    const chunk = await chunks.next().catch((error: unknown) => { throw failed(error); });
    if (chunk.done === true) return false;
    for (const values of chunk.value) {
      if (given === limit) return true;
      await row(values.map(valueOf));
      given += 1;
    }
  }
};

/** The lake as a query sees it. */
export interface OpenLake {
  /** The database's name in Glue: what is qualified for Athena is found here too. */
  readonly database: string;
  readonly tables: readonly LakeTable[];
  /** Tables that are read where they are. */
  readonly icebergTables?: readonly IcebergTable[];
  readonly range: LakeRange;
  /** Statements that let DuckDB read Iceberg tables; asked for when a query names one. */
  readonly icebergAccess?: () => Promise<readonly string[]>;
  /** Brings those of a table's objects here that are wanted. */
  readonly filesOf: (table: LakeTable, wants: (key: string) => boolean) => Promise<readonly ZoneFile[]>;
}

/**
 * Asks a question in SQL of the tables that it names, in an empty DuckDB.
 *
 * @returns whether there were more rows than `limit`
 */
export const askLake = async (connection: DuckDBConnection, { database, tables, icebergTables: iceberg = [], range, filesOf, icebergAccess }: OpenLake, sql: string, limit: number, sink: RowSink): Promise<boolean> => {
  const wanted = new Set(tablesIn(sql, tables));
  const read = tablesIn(sql, iceberg);
  const access = read.some(({ metadata }) => metadata !== undefined) ? await icebergAccess?.() ?? [] : [];
  const schema = identifier(database);
  for (const statement of [...access, `CREATE SCHEMA ${schema}`, `USE ${schema}`, ...athenaFunctions, ...read.map((table) => icebergView(table, range))]) await connection.run(statement);
  for (const table of tables) {
    const files = wanted.has(table) ? await filesOf(table, (key) => table.partitions.length === 0 || mayHold(key, range)) : [];
    for (const statement of viewStatements(table, files, range)) await connection.run(statement);
  }
  return await rowsOf(connection, sql, limit, sink);
};

/**
 * Asks an environment's lake a question in SQL, in this process: the tables of the Glue catalog that the query names. Iceberg
 * tables are read where they are; of raw and quarantine, objects of the range are fetched first.
 *
 * @param onProgress takes the table that is fetched and the share that is here
 * @returns whether there were more rows than `limit`
 */
export const queryLake = async ({ environment, names, manifest, project }: Context, sql: string, range: LakeRange, limit: number, sink: RowSink, onProgress: (table: string, share: number) => void = () => undefined): Promise<boolean> => {
  const client = new S3Client({ region: environment.region });
  const cache = join(project.home, 'cache');
  mkdirSync(cache, { recursive: true });
  const filesOf: OpenLake['filesOf'] = async ({ name, zone, prefixes, isNamedByContent }, wants) => {
    const bucket = names.bucket(zone);
    const store = s3Objects(client, bucket);
    const directory = join(cache, zone, isNamedByContent ? bucket : `${bucket}-${name}`);
    if (!isNamedByContent) rmSync(directory, { recursive: true, force: true });
    return await bringZone(store, directory, await listZone(store, prefixes, wants), (share) => { onProgress(name, share); });
  };
  const glue = new GlueClient({ region: environment.region });
  const iceberg = await icebergTables(glue, names.database, curatedTables(manifest));
  const icebergAccess = async (): Promise<readonly string[]> =>
    [...icebergExtensions(), lakeSecret({ region: environment.region, credentials: await client.config.credentials(), endpoint: process.env['AWS_ENDPOINT_URL'] })];
  return await withDatabase(cache, async ({ connection }) => await askLake(connection, { database: names.database, tables: lakeTables(manifest, names, range), icebergTables: iceberg, range, filesOf, icebergAccess }, sql, limit, sink));
};
