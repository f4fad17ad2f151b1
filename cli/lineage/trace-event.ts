import { S3Client } from '@aws-sdk/client-s3';
import { curatedTables } from '../../core/lake/curated-table';
import { textLiteral } from '../../core/training/sql';
import { s3Objects } from '../../lib/runtime/object-store';
import type { Context } from '../context';
import { queryLake, type QueryValue } from '../sql/query';
import { eventLineage, type EventLineage, type TracedRow } from './event-lineage';
import { runEventsOf } from './run-events';

const columns = ['_id', '_source', '_time', '_known_at', '_arrival', '_position', '_contract', '_contract_hash', '_manifest_hash', '_batch_id'] as const;

const rowOf = (values: readonly QueryValue[]): TracedRow => {
  const text = (index: number): string => {
    const value = values[index];
    return typeof value === 'string' ? value : JSON.stringify(value ?? null);
  };
  return {
    id: text(0), source: text(1), time: text(2), knownAt: text(3), arrival: text(4), position: text(5), contract: text(6), contractHash: text(7), manifestHash: text(8),
    batch: values[9] === null || values[9] === undefined ? null : text(9),
  };
};

/**
 * The lineage of every event with an id: an id is a producer's own, and two producers may have the same.
 *
 * @param id of an event, or of a prediction, which is one
 */
export const traceEvent = async (context: Context, id: string): Promise<readonly EventLineage[]> => {
  const { environment, names, manifest } = context;
  const client = new S3Client({ region: environment.region });
  const [raw, curated] = [s3Objects(client, names.bucket('raw')), s3Objects(client, names.bucket('curated'))];
  const found: EventLineage[] = [];
  for (const table of curatedTables(manifest).filter(({ kind }) => kind === 'event')) {
    const rows: TracedRow[] = [];
    await queryLake(context, `SELECT ${columns.join(', ')} FROM ${table.name} WHERE _id = ${textLiteral(id)}`, {}, Number.POSITIVE_INFINITY, { columns: () => undefined, row: (values) => { rows.push(rowOf(values)); } });
    for (const row of rows) found.push(await eventLineage(manifest, table, row, raw, (job, from) => runEventsOf(curated, job, Date.parse(from))));
  }
  return found;
};
