import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { extractPrefixOf, type BatchRecord, type BatchReference } from '../../core/dataset/batch';
import { overlapMinutesOf, readingPlan, tableNameOf, type DatabaseColumn, type Extract, type PostgresDataset } from '../../core/dataset/postgres';
import { stepResultOf, type StepResult } from '../../core/dataset/step';
import type { BatchRecords } from '../../lib/runtime/batch-records';

/** One transaction of a database, in which everything is as it was at one moment. */
export interface Snapshot {
  /** When it was taken, by the database's clock. */
  readonly takenAt: Date;
  readonly server: Extract['server'];
  /** The columns of a table or view, in their order; none when it is not there. */
  readonly columns: (dataset: PostgresDataset) => Promise<readonly DatabaseColumn[]>;
  /** The largest value of a column, ISO 8601; undefined when the table has no rows. */
  readonly largest: (dataset: PostgresDataset, column: string) => Promise<string | undefined>;
  /** The rows of a query that gives one text a row, some at a time. */
  readonly rows: (sql: string, parameters: readonly string[]) => AsyncIterable<readonly string[]>;
}

/** What the extractor needs of the world. */
export interface World {
  readonly records: BatchRecords;
  /** Does something within one snapshot of the dataset's database. */
  readonly within: <Result>(dataset: PostgresDataset, work: (snapshot: Snapshot) => Promise<Result>) => Promise<Result>;
  /** Writes an object into the landing bucket. */
  readonly put: (key: string, body: Buffer, contentType: string) => Promise<void>;
  readonly now: () => number;
}

/** Lines of a part: so many are in memory at once. */
const usualRowsOfAPart = 100_000;

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

/** The beginning of all times that PostgreSQL knows, for a first increment. */
const beginning = '-infinity';

/** Up to where the increments before went: batches count once they are committed. */
const watermarkOf = async ({ records }: World, { dataset, batch }: BatchReference): Promise<string | undefined> =>
  (await records.list(dataset)).flatMap((record) => (record.status === 'committed' && record.batch !== batch && record.watermark !== undefined ? [record.watermark] : [])).sort().at(-1);

interface Range { readonly from: string; readonly to: string }

/** From a while before the last increment's end up to the newest row; undefined when there is no row at all. */
const rangeOf = async (world: World, dataset: PostgresDataset, reference: BatchReference, snapshot: Snapshot, column: string): Promise<Range | undefined> => {
  const to = await snapshot.largest(dataset, column);
  if (to === undefined) return undefined;
  const before = await watermarkOf(world, reference);
  return { from: before === undefined ? beginning : new Date(Date.parse(before) - overlapMinutesOf(dataset) * 60_000).toISOString(), to };
};

/** Writes the rows as parts of gzip NDJSON. */
const writeParts = async (world: World, prefix: string, rows: AsyncIterable<readonly string[]>, rowsOfAPart: number): Promise<Extract['parts']> => {
  const parts: Extract['parts'][number][] = [];
  let lines: string[] = [];
  const flush = async (): Promise<void> => {
    if (lines.length === 0) return;
    const body = gzipSync(`${lines.join('\n')}\n`);
    const part = { key: `${prefix}part-${String(parts.length).padStart(4, '0')}.ndjson.gz`, checksum: sha256(body), rows: lines.length };
    lines = [];
    await world.put(part.key, body, 'application/gzip');
    parts.push(part);
  };
  for await (const some of rows) {
    for (const line of some) {
      lines.push(line);
      if (lines.length >= rowsOfAPart) await flush();
    }
  }
  await flush();
  return parts;
};

type Taken = { readonly refusal: string } | { readonly extract: Extract };

const take = (world: World, dataset: PostgresDataset, reference: BatchReference, rowsOfAPart: number): Promise<Taken> => world.within(dataset, async (snapshot): Promise<Taken> => {
  const plan = readingPlan(dataset, await snapshot.columns(dataset));
  if (!plan.ok) return { refusal: plan.refusal };
  const range = plan.incrementColumn === undefined ? undefined : await rangeOf(world, dataset, reference, snapshot, plan.incrementColumn);
  const origin = { server: snapshot.server, table: tableNameOf(dataset).join('.'), takenAt: snapshot.takenAt.toISOString() };
  if (plan.incrementColumn !== undefined && range === undefined) return { extract: { parts: [], rows: 0, ...origin } };
  const parts = await writeParts(world, extractPrefixOf(reference), snapshot.rows(plan.sql, range === undefined ? [] : [range.from, range.to]), rowsOfAPart);
  return { extract: { parts, rows: parts.reduce((sum, { rows }) => sum + rows, 0), ...origin, ...(range === undefined ? {} : { watermark: range.to }) } };
});

const refuse = async ({ records }: World, reference: BatchReference, refusal: string): Promise<StepResult> => {
  await records.move(reference, ['landing'], { status: 'refused', refusal });
  return { ...reference, outcome: 'refused', refusal };
};

/** What has been taken out before, by this attempt or an earlier one: it is not taken out again. */
const known = (reference: BatchReference, { key, extracted = '' }: BatchRecord): BatchReference => ({ ...reference, key, checksum: extracted });

/**
 * Takes a batch out of its database into the landing bucket, in one snapshot, a part at a time. Once it is there, every
 * later attempt of the batch takes it from there: a batch is what the database was at one moment, however often it is tried.
 *
 * @param rowsOfAPart not given but in tests
 * @returns the reference with the place and the checksum of the extract, for the step that lands it; `committed` when an increment holds nothing
 */
export const extract = async (world: World, dataset: PostgresDataset, reference: BatchReference, rowsOfAPart = usualRowsOfAPart): Promise<StepResult> => {
  const before = await world.records.get(reference.dataset, reference.batch);
  const begun = await world.records.begin(before?.extracted ? known(reference, before) : reference, world.now());
  if (begun.status === 'committed' || begun.attempt !== reference.attempt) return stepResultOf(reference, begun, 'landing');
  if (begun.extracted) return stepResultOf(known(reference, begun), begun, 'landing');
  const taken = await take(world, dataset, reference, rowsOfAPart);
  if ('refusal' in taken) return refuse(world, reference, taken.refusal);
  const { rows, takenAt, watermark } = taken.extract;
  const arrival = Date.parse(takenAt);
  if (rows === 0 && dataset.source.increment !== undefined) {
    const moved = await world.records.move(reference, ['landing'], { status: 'committed', rows: 0, rejected: 0, arrival, committedAt: world.now(), ...(watermark === undefined ? {} : { watermark }) });
    return { ...stepResultOf(reference, moved, 'committed'), outcome: 'committed' };
  }
  const body = Buffer.from(`${JSON.stringify(taken.extract, null, 1)}\n`);
  const [key, checksum] = [`${extractPrefixOf(reference)}extract.json`, sha256(body)];
  await world.put(key, body, 'application/json');
  // Its rows were known when the snapshot was taken, and not when the batch was begun.
  const moved = await world.records.move(reference, ['landing'], { status: 'landing', key, checksum, extracted: checksum, arrival, ...(watermark === undefined ? {} : { watermark }) });
  return stepResultOf(known(reference, moved), moved, 'landing');
};
