import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateDatabaseCommand, GlueClient } from '@aws-sdk/client-glue';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { icebergExtensions } from '../../../../cli/sql/duckdb-extensions';
import { icebergTables, icebergView, lakeSecret } from '../../../../cli/sql/iceberg-tables';
import { curatedTables } from '../../../../core/lake/curated-table';
import type { Manifest } from '../../../../core/manifest/manifest';
import { withDatabase } from '../../../../lib/runtime/duckdb';

const region = 'us-east-1';
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

/** A lake in a local cloud: two buckets, a database, and what the definitions say of its tables. */
export interface LakePlace {
  readonly endpoint: string;
  readonly tablesFile: string;
  readonly database: string;
  readonly raw: string;
  readonly curated: string;
  /** Of the objects of raw, bytes. */
  readonly sizes: ReadonlyMap<string, number>;
  readonly put: (objects: ReadonlyMap<string, Buffer>) => Promise<void>;
  /** Keeps the versions of the tables' files from here on, as every bucket of the platform does. */
  readonly keepVersions: () => Promise<void>;
  /** What a curated table gives, read by DuckDB. */
  readonly rows: (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** Makes a lake without rows. `readAs`: the definitions by which it is read, where those are newer. */
export const lakePlace = async (endpoint: string, name: string, manifest: Manifest, readAs: Manifest = manifest): Promise<LakePlace> => {
  const [database, raw, curated] = [`headrace_${name}`, `headrace-${name}-raw`, `headrace-${name}-curated`];
  const directory = mkdtempSync(join(tmpdir(), 'headrace-lake-'));
  const tablesFile = join(directory, 'tables.json');
  writeFileSync(tablesFile, JSON.stringify(curatedTables(manifest)));
  const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  const glue = new GlueClient({ endpoint, region, credentials });
  for (const Bucket of [raw, curated]) await s3.send(new CreateBucketCommand({ Bucket }));
  await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: database } }));
  const sizes = new Map<string, number>();
  return {
    endpoint, tablesFile, database, raw, curated, sizes,
    put: async (objects) => {
      for (const [Key, Body] of objects) {
        await s3.send(new PutObjectCommand({ Bucket: raw, Key, Body }));
        sizes.set(Key, Body.byteLength);
      }
    },
    keepVersions: async () => { await s3.send(new PutBucketVersioningCommand({ Bucket: curated, VersioningConfiguration: { Status: 'Enabled' } })); },
    rows: async (sql) => await withDatabase(directory, async ({ connection }) => {
      const tables = await icebergTables(glue, database, curatedTables(readAs));
      for (const statement of [...icebergExtensions(), lakeSecret({ region, credentials, endpoint }), ...tables.map((table) => icebergView(table, {}))]) await connection.run(statement);
      return (await connection.runAndReadAll(sql)).getRowObjectsJson();
    }),
  };
};
