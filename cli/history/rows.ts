import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import type { EventDefinition } from '../../core/manifest/manifest';

/** An event of a file: its place, its partition key where the file tells it, and its bytes or text. */
export interface HistoryRow { readonly row: number; readonly data: Uint8Array | string }

/** Rows of a file from `start` (inclusive) to `end` (exclusive), in their order. */
export interface RowRange { readonly start: number; readonly end: number }

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const column = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const isoSql = (name: string): string => `strftime(${column(name)}, '%Y-%m-%dT%H:%M:%S.%gZ')`;

/** JSON of a column's value; a timestamp that the file has as text goes as it is. */
const valueSql = (name: string, types: ReadonlyMap<string, string>): string =>
  `coalesce(CAST(to_json(${types.get(name)?.startsWith('TIMESTAMP') ? isoSql(name) : column(name)}) AS VARCHAR), 'null')`;

/** SQL that makes a CloudEvents JSON text of a row: columns of the envelope and of the type's fields, those that the file has. */
const eventSql = (definition: EventDefinition, types: ReadonlyMap<string, string>): string => {
  const member = (name: string): string => `'"${name}":' || ${valueSql(name, types)}`;
  const envelope = ['id', 'source', 'time', 'recordedtime'].filter((name) => types.has(name)).map(member);
  const data = Object.keys(definition.fields).filter((name) => types.has(name)).map(member);
  return `'{"specversion":"1.0","type":"${definition.name}","dataschema":"${definition.name}/v${definition.version}",' || ${envelope.join(` || ',' || `)} || ',"data":{' || ${data.length > 0 ? data.join(` || ',' || `) : "''"} || '}}'`;
};

const isParquet = (file: string): boolean => file.endsWith('.parquet');

async function* parquetRows(file: string, definition: EventDefinition, { start, end }: RowRange): AsyncGenerator<HistoryRow> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '1GB' });
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM read_parquet(${quoted(file)})`);
    const types = new Map(described.getRows().map(([name, type]) => [String(name), String(type)]));
    const result = await connection.stream(`SELECT CAST(file_row_number AS INTEGER), ${eventSql(definition, types)} FROM read_parquet(${quoted(file)}, file_row_number = true)
      WHERE file_row_number >= ${start} AND file_row_number < ${end}`);
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk())
      for (const [row, text] of chunk.getRows()) yield { row: Number(row), data: String(text) };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Lines of an NDJSON file as bytes: what is no UTF-8 must reach quarantine as it was. */
async function* lineRows(file: string, { start, end }: RowRange): AsyncGenerator<HistoryRow> {
  const bytes = createReadStream(file, { highWaterMark: 1 << 20 });
  const stream: AsyncIterable<Buffer> = file.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes;
  let row = 0;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    const block = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    let from = 0;
    for (let to = block.indexOf(10, from); to >= 0; to = block.indexOf(10, from)) {
      if (to > from) {
        if (row >= start && row < end) yield { row, data: block.subarray(from, to) };
        row += 1;
        if (row >= end) return;
      }
      from = to + 1;
    }
    rest = block.subarray(from);
  }
  if (rest.length > 0 && row >= start && row < end) yield { row, data: rest };
}

/** The events of a file, Parquet or NDJSON (`.gz` too), in a range of its rows. */
export const historyRows = (file: string, definition: EventDefinition, range: RowRange): AsyncGenerator<HistoryRow> =>
  (isParquet(file) ? parquetRows(file, definition, range) : lineRows(file, range));

/** The event type that the first event of a file says it is of; undefined where none does: a row of Parquet does not. */
export const typeIn = async (file: string): Promise<string | undefined> => {
  if (isParquet(file)) return undefined;
  for await (const { data } of lineRows(file, { start: 0, end: 1 })) {
    try {
      const { type }: { readonly type?: unknown } = (JSON.parse(Buffer.from(data).toString('utf8')) ?? {}) as object;
      return typeof type === 'string' ? type : undefined;
    } catch {
      return undefined;
    }
  }
  return undefined;
};

/** How many events a file holds. */
export const countRows = async (file: string): Promise<number> => {
  if (isParquet(file)) {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    try {
      return Number((await connection.runAndReadAll(`SELECT count(*) FROM read_parquet(${quoted(file)})`)).getRows()[0]?.[0]);
    } finally {
      connection.closeSync();
      instance.closeSync();
    }
  }
  let rows = 0;
  for await (const _row of lineRows(file, { start: 0, end: Number.POSITIVE_INFINITY })) rows += 1;
  return rows;
};
