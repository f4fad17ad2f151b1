import type { QuarantineLine } from '../../../core/lake/line';
import { gunzipSync } from 'node:zlib';
import { S3Client } from '@aws-sdk/client-s3';
import type { Context } from '../../../cli/context';
import { isStreamed } from '../../../core/lake/object';
import { queryLake, type QueryValue } from '../../../cli/sql/query';
import { s3Objects } from '../../../lib/runtime/object-store';

interface Lineage { readonly position: string; readonly source: string; readonly shard: string; readonly sequence: string; readonly partition_key: string; readonly arrival: string; readonly contract?: string; readonly schema_version_id?: string | null }
/** A line of raw or quarantine, as far as these tests look at it. */
export interface LakeLine { readonly lineage: Lineage; readonly event?: { readonly id: string; readonly source: string; readonly type: string }; readonly reason?: string; readonly original?: string; readonly key?: string; readonly headers?: QuarantineLine['headers'] }

/** Every line of a zone that came by the stream. */
export const streamedLines = async ({ environment, names }: Context, zone: 'raw' | 'quarantine'): Promise<readonly LakeLine[]> => {
  const store = s3Objects(new S3Client({ region: environment.region }), names.bucket(zone));
  const lines: LakeLine[] = [];
  for await (const { key } of store.list(`${zone}/`)) {
    if (!isStreamed(key)) continue;
    const content = await store.get(key);
    if (content) lines.push(...gunzipSync(content).toString('utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as LakeLine));
  }
  return lines;
};

/** The rows that `headrace sql` gives. */
export const rowsOf = async (context: Context, sql: string): Promise<readonly Readonly<Record<string, QueryValue>>[]> => {
  const rows: Record<string, QueryValue>[] = [];
  let names: readonly string[] = [];
  await queryLake(context, sql, {}, Number.POSITIVE_INFINITY, { columns: (given) => { names = given; }, row: (values) => { rows.push(Object.fromEntries(names.map((name, index) => [name, values[index] ?? null]))); } });
  return rows;
};
