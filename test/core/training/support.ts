import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { FieldNodes } from '../../../core/definition/node';
import type { Row, Value } from '../../../core/expression/evaluate';
import type { Manifest } from '../../../core/manifest/manifest';
import { compile } from '../../../core/manifest/compile';
import { columnTypes, fieldColumn } from '../../../core/training/expression-sql';

/** An event as a source's table holds it. */
export interface TestRecord { readonly source: string; readonly id: string; readonly known: number; readonly effective: number; readonly row: Row }

export const manifestOf = (definitions: Readonly<Record<string, unknown>>): Manifest => {
  const compiled = compile(definitions);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return compiled.manifest;
};

const literal = (value: Value | undefined): string => (value === null || value === undefined ? 'NULL' : typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value));

/** Makes the table that reading raw would leave. */
export const insertRecords = async (connection: DuckDBConnection, table: string, fields: FieldNodes, records: readonly TestRecord[]): Promise<void> => {
  const columns = Object.entries(fields).map(([name, { scalar }]) => `${fieldColumn(name)} ${columnTypes[scalar]}`);
  await connection.run(`CREATE OR REPLACE TABLE ${table} (source VARCHAR, id VARCHAR, known BIGINT, effective BIGINT, ${columns.join(', ')})`);
  if (records.length === 0) return;
  const rows = records.map(({ source, id, known, effective, row }) => `(${[source, id, known, effective, ...Object.keys(fields).map((name) => row[name])].map(literal).join(', ')})`);
  await connection.run(`INSERT INTO ${table} VALUES ${rows.join(', ')}`);
};

export const memoryDatabase = async (): Promise<DuckDBConnection> => {
  const connection = await (await DuckDBInstance.create(':memory:', { threads: '2' })).connect();
  await connection.run("SET TimeZone = 'UTC'");
  return connection;
};

/** Rows of a query as objects. */
export const rowsOf = async (connection: DuckDBConnection, sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> => {
  const result = await connection.runAndReadAll(sql);
  const names = result.columnNames();
  return result.getRows().map((row) => Object.fromEntries(names.map((name, index) => [name, typeof row[index] === 'bigint' ? Number(row[index]) : row[index]])));
};
