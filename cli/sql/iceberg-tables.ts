import { EntityNotFoundException, paginateGetTables, type GlueClient } from '@aws-sdk/client-glue';
import { isoText } from '../../core/event/time';
import type { CuratedTable, IcebergType } from '../../core/lake/table';
import { identifier, textLiteral } from '../../core/training/sql';
import type { LakeRange } from './lake-tables';

/** An Iceberg table that a query may name. */
export interface IcebergTable {
  readonly name: string;
  /** Its current metadata file, `s3://…`; absent for a table that nothing was committed to yet. */
  readonly metadata?: string;
  /** What it will have, as the definitions say; absent for a table of the catalog that the definitions do not know. */
  readonly columns?: CuratedTable['columns'];
}

/** The Iceberg tables of the catalog, and those that the definitions will make. */
export const icebergTables = async (client: GlueClient, database: string, defined: readonly CuratedTable[]): Promise<readonly IcebergTable[]> => {
  const tables = new Map<string, IcebergTable>(defined.map(({ name, columns }) => [name, { name, columns }]));
  try {
    for await (const { TableList = [] } of paginateGetTables({ client }, { DatabaseName: database })) {
      for (const { Name: name = '', Parameters: parameters = {} } of TableList) {
        const metadata = parameters['metadata_location'];
        if (metadata !== undefined) tables.set(name, { ...tables.get(name), name, metadata });
      }
    }
  } catch (error) {
    // An environment that was never deployed has no database.
    if (!(error instanceof EntityNotFoundException)) throw error;
  }
  return [...tables.values()];
};

const duckdbTypes: Readonly<Record<IcebergType, string>> = { string: 'VARCHAR', long: 'BIGINT', double: 'DOUBLE', boolean: 'BOOLEAN', timestamptz: 'TIMESTAMPTZ' };

/** The column that the range is about. */
const moment = '_known_at';

/** A statement that makes an Iceberg table's view. */
export const icebergView = ({ name, metadata, columns }: IcebergTable, { from, to }: LakeRange): string => {
  const source = metadata === undefined
    ? `(SELECT ${(columns ?? []).map((column) => `CAST(NULL AS ${duckdbTypes[column.type]}) AS ${identifier(column.name)}`).join(', ')} WHERE false)`
    : `iceberg_scan(${textLiteral(metadata)})`;
  const within = columns?.some((column) => column.name === moment)
    ? [...(from === undefined ? [] : [`${moment} >= TIMESTAMPTZ ${textLiteral(isoText(from))}`]), ...(to === undefined ? [] : [`${moment} < TIMESTAMPTZ ${textLiteral(isoText(to))}`])]
    : [];
  return `CREATE VIEW ${identifier(name)} AS SELECT * FROM ${source}${within.length === 0 ? '' : ` WHERE ${within.join(' AND ')}`}`;
};

/** Where DuckDB's S3 client finds the lake, as the SDK found it. */
export interface LakeAccess {
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string | undefined };
  /** Of a cloud that is not AWS: `http://127.0.0.1:4566`. */
  readonly endpoint?: string | undefined;
}

/** A statement that lets DuckDB read the lake. */
export const lakeSecret = ({ region, credentials, endpoint }: LakeAccess): string => {
  const url = endpoint === undefined ? undefined : new URL(endpoint);
  const settings = {
    KEY_ID: textLiteral(credentials.accessKeyId), SECRET: textLiteral(credentials.secretAccessKey), REGION: textLiteral(region),
    ...(credentials.sessionToken === undefined ? {} : { SESSION_TOKEN: textLiteral(credentials.sessionToken) }),
    ...(url === undefined ? {} : { ENDPOINT: textLiteral(url.host), URL_STYLE: "'path'", USE_SSL: String(url.protocol === 'https:') }),
  };
  return `CREATE SECRET (TYPE s3, ${Object.entries(settings).map(([name, value]) => `${name} ${value}`).join(', ')})`;
};
