import { Client, type ClientConfig } from 'pg';
import Cursor from 'pg-cursor';
import { identifier, tableNameOf, type PostgresDataset } from '../../core/dataset/postgres';
import type { Snapshot } from './extract';

/** What a secret of RDS, or one like it, says of a database. */
export interface DatabaseSecret {
  readonly host: string;
  readonly port?: number;
  readonly username: string;
  readonly password: string;
  readonly dbname?: string;
  /** `disable` for a database on this machine alone; everywhere else the connection is encrypted, and the server's certificate checked. */
  readonly sslmode?: 'verify-full' | 'disable';
  /** Certificates (PEM) of who has signed the server's, where Lambda does not know them already, as it does RDS's. */
  readonly sslrootcert?: string;
}

const loopback = new Set(['localhost', '127.0.0.1', '::1']);

/** Rows that are fetched at once. */
const rowsOfAFetch = 10_000;

/**
 * How a database is reached.
 *
 * @throws Error for a secret that leaves something out, or would send a password unencrypted
 */
export const connectionOf = (secret: Partial<DatabaseSecret>, name: string): ClientConfig => {
  const { host, port = 5432, username, password, dbname = 'postgres', sslmode = 'verify-full', sslrootcert } = secret;
  if (host === undefined || username === undefined || password === undefined) throw new Error(`the secret of the database ${name} has ${Object.keys(secret).join(', ') || 'nothing'}; it must have host, username and password, and may have port, dbname, sslmode and sslrootcert.`);
  if (sslmode === 'disable' && !loopback.has(host)) throw new Error(`the secret of the database ${name} has sslmode disable for the host ${host}; that is allowed for this machine alone: leave it out.`);
  return {
    host, port, user: username, password, database: dbname, application_name: 'headrace', connectionTimeoutMillis: 30_000,
    ssl: sslmode === 'disable' ? false : { rejectUnauthorized: true, servername: host, ...(sslrootcert === undefined ? {} : { ca: sslrootcert }) },
  };
};

async function* rowsOf(client: Client, sql: string, parameters: readonly string[]): AsyncIterable<readonly string[]> {
  const cursor = client.query(new Cursor<[string]>(sql, [...parameters], { rowMode: 'array' }));
  try {
    for (;;) {
      const rows = await cursor.read(rowsOfAFetch);
      if (rows.length === 0) return;
      yield rows.map(([text]) => text);
    }
  } finally {
    await cursor.close();
  }
}

const qualified = (dataset: PostgresDataset): string => tableNameOf(dataset).map(identifier).join('.');

/** One text of the first row, or undefined. */
const textOf = async (client: Client, sql: string, parameters: readonly string[] = []): Promise<string | undefined> => {
  const { rows } = await client.query<[string | null]>({ text: sql, values: [...parameters], rowMode: 'array' });
  return rows[0]?.[0] ?? undefined;
};

/** Milliseconds since the epoch as a moment: PostgreSQL's own text depends on settings. */
const isoSql = (value: string): string => `to_char((${value}) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/**
 * Does something within one snapshot of a database: a read-only transaction at the isolation level REPEATABLE READ, in which
 * every query sees what the first one saw (PostgreSQL manual, section 13.2.2).
 */
export const withinSnapshot = async <Result>(connection: ClientConfig, work: (snapshot: Snapshot) => Promise<Result>): Promise<Result> => {
  const client = new Client(connection);
  await client.connect();
  try {
    await client.query("SET TIME ZONE 'UTC'");
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    // The first query takes the snapshot, and this function looks at the clock after that.
    const takenAt = new Date(await textOf(client, `SELECT ${isoSql('clock_timestamp()')}`) ?? Number.NaN);
    return await work({
      takenAt,
      server: { host: client.host, port: client.port, database: client.database ?? '' },
      columns: async (dataset) => {
        const [schema, table] = tableNameOf(dataset);
        const { rows } = await client.query<{ name: string; type: string }>({
          text: `SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped AND has_column_privilege(c.oid, a.attnum, 'SELECT') ORDER BY a.attnum`,
          values: [schema, table],
        });
        return rows;
      },
      largest: (dataset, column) => textOf(client, `SELECT ${isoSql(`max(${identifier(column)})`)} FROM ${qualified(dataset)}`),
      rows: (sql, parameters) => rowsOf(client, sql, parameters),
    });
  } finally {
    // Nothing was written: a connection that is closed ends its transaction.
    await client.end();
  }
};
