import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Statement } from '../../core/training/sql';

/** What DuckDB gives for a cell that a query here reads. */
export type Cell = string | number | boolean | null;

/** A DuckDB that lives in a directory of its own: tables larger than memory go to disk. */
export interface Database {
  readonly run: (statement: Statement) => Promise<void>;
  /** Rows of a query; integers as numbers. */
  readonly rows: (sql: string) => Promise<readonly Readonly<Record<string, Cell>>[]>;
  /** Rows of a query in the order of its columns, some thousand at a time: for results larger than memory. Other queries may run meanwhile. */
  readonly stream: (sql: string) => AsyncIterable<readonly (readonly Cell[])[]>;
  readonly connection: DuckDBConnection;
}

/** On a person's machine. In a Lambda, half of what it has: the rest is for Node and for what DuckDB does not count. */
const memoryLimit = (): string => (process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'] === undefined ? '4GB' : `${Math.floor(Number(process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']) / 2)}MB`);

const cellOf = (value: unknown): Cell => {
  if (typeof value === 'bigint') return Number(value);
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  throw new TypeError(`A query gave a ${typeof value} where text, a number, a boolean or null was expected; cast it in the query.`);
};

const databaseOf = (connection: DuckDBConnection, instance: DuckDBInstance): Database => ({
  connection,
  stream: async function* stream(sql) {
    const own = await instance.connect();
    try {
      await own.run("SET TimeZone = 'UTC'");
      const result = await own.stream(sql);
      for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) yield chunk.getRows().map((row) => row.map((cell) => cellOf(cell)));
    } finally {
      own.closeSync();
    }
  },
  run: async ({ step, sql }) => {
    try { await connection.run(sql); } catch (error) { throw new Error(`DuckDB failed at ${step}: ${error instanceof Error ? error.message : String(error)}`, { cause: error }); }
  },
  rows: async (sql) => {
    const result = await connection.runAndReadAll(sql);
    const names = result.columnNames();
    return result.getRows().map((row) => Object.fromEntries(names.map((name, index) => [name, cellOf(row[index] ?? null)])));
  },
});

/** What a DuckDB may take; tables that are larger go to disk. */
export interface DatabaseLimits {
  /** Such as `4GB`. */
  readonly memory?: string;
  readonly threads?: number;
}

/**
 * Works with a DuckDB of its own, which is gone afterwards.
 *
 * @param parent an existing directory on a disk with room for the tables
 */
export const withDatabase = async <Result>(parent: string, work: (database: Database) => Promise<Result>, { memory = memoryLimit(), threads = Math.max(2, availableParallelism()) }: DatabaseLimits = {}): Promise<Result> => {
  const directory = mkdtempSync(join(parent, 'duckdb-'));
  try {
    const instance = await DuckDBInstance.create(join(directory, 'work.duckdb'), { memory_limit: memory, temp_directory: directory, threads: String(threads) });
    const connection = await instance.connect();
    try {
      // Times are UTC in the lake; a cast of text must not depend on where this runs.
      await connection.run("SET TimeZone = 'UTC'");
      return await work(databaseOf(connection, instance));
    } finally {
      connection.closeSync();
      instance.closeSync();
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};
