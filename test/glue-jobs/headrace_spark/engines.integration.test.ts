import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateDatabaseCommand, GlueClient } from '@aws-sdk/client-glue';
import { startLocalCloud, type LocalCloud } from '../../../local/cloud';
import { memoryLake } from '../../cli/quarantine/support/rejected-records';
import { manifest, record, shipped } from '../../fixtures/contracts';
import { seeded } from '../../lambdas/simulated-store';
import { startCompactor } from '../headrace_lake/support/compactor-process';
import { batchesOfCopies, firstCopies, shippedRows } from '../headrace_lake/support/copies';
import { lakePlace, type LakePlace } from '../headrace_lake/support/lake-place';
import { startSpark, type SparkProcess } from './support/spark-process';

jest.setTimeout(180_000);

const home = mkdtempSync(join(tmpdir(), 'headrace-engines-'));
let cloud: LocalCloud;
let spark: SparkProcess;

beforeAll(async () => {
  cloud = await startLocalCloud({ home, port: 4683 });
  spark = await startSpark(cloud.endpoint);
});
afterAll(async () => {
  await spark.end();
  await cloud.stop();
  rmSync(home, { recursive: true, force: true });
});

interface Merged { readonly rows: number; readonly added: number; readonly duplicates: number; readonly conflicts: number; readonly days: number; readonly restarts: number }

const isShipped = (key: string): boolean => key.startsWith('raw/order.shipped/');

/** What Spark is asked for, to merge objects of raw. */
const requestFor = (place: LakePlace, keys: readonly string[]) => {
  const table = (JSON.parse(readFileSync(place.tablesFile, 'utf8')) as { readonly of: string }[]).find(({ of }) => of === 'order.shipped');
  const folders = Map.groupBy(keys, (key) => key.split('/').slice(1, 3).join('/'));
  return { table, database: place.database, objects: Object.fromEntries([...folders].map(([folder, some]) => [folder, some.map((key) => `s3://${place.raw}/${key}`)])), summary: { 'headrace.run': 'test' } };
};

/** A lake with objects of raw, and with its table, which Spark does not make itself. */
const lakeOf = async (name: string, objects: ReadonlyMap<string, Buffer>): Promise<LakePlace> => {
  const place = await lakePlace(cloud.endpoint, name, manifest);
  await place.put(objects);
  const compactor = await startCompactor(place);
  await compactor.ask('make', 'order.shipped');
  await compactor.end();
  return place;
};

const copiesOf = (seed: number): ReadonlyMap<string, Buffer> => {
  const lake = memoryLake();
  for (const batch of batchesOfCopies(seed, 10, 40, 60)) lake.keep(batch);
  return lake.raw.objects;
};
const shippedOf = (objects: ReadonlyMap<string, Buffer>): readonly Buffer[] => [...objects].flatMap(([key, content]) => (isShipped(key) ? [content] : []));

describe('one row for each identity', () => {
  it.each([11, 12])('is the same on Spark as in a function, and as a sort and a set count it: %d', async (seed) => {
    const objects = copiesOf(seed);
    const keys = [...objects.keys()].filter(isShipped);
    const [onSpark, inFunction] = [await lakeOf(`spark${seed}`, objects), await lakeOf(`function${seed}`, objects)];
    const compactor = await startCompactor(inFunction);
    const counted = await compactor.compact(keys);
    await compactor.end();
    const merged = await spark.ask<Merged>('events', requestFor(onSpark, keys));
    const expected = firstCopies(shippedOf(objects));
    expect(await onSpark.rows(shippedRows)).toEqual(expected);
    expect(await inFunction.rows(shippedRows)).toEqual(expected);
    expect(await onSpark.rows('FROM order_shipped ORDER BY ALL')).toEqual(await inFunction.rows('FROM order_shipped ORDER BY ALL'));
    const { rows, added, duplicates, conflicts } = counted?.counts ?? {};
    expect(merged).toMatchObject({ rows, added, duplicates, conflicts });
    expect(merged.conflicts).toBeGreaterThan(10);
    expect(await spark.ask<Merged>('events', requestFor(onSpark, keys))).toMatchObject({ added: 0, days: 0, conflicts });
  });

  it('stays the first of its copies in whatever order they come, and whichever engine takes them', async () => {
    const objects = copiesOf(13);
    const random = seeded(13);
    const place = await lakeOf('turns', objects);
    const compactor = await startCompactor(place);
    const keys = [...objects.keys()].filter(isShipped).sort(() => random() - 0.5);
    const faults: string[] = [];
    for (let from = 0; from < keys.length; from += 5) {
      const some = keys.slice(from, from + 5);
      if (from % 10 === 0) await spark.ask('events', requestFor(place, some));
      else faults.push(...(await compactor.compact(some))?.faults ?? []);
    }
    await compactor.end();
    expect(faults).toEqual([]);
    expect(await place.rows(shippedRows)).toEqual(firstCopies(shippedOf(objects)));
  });
});

describe('a commit of Spark', () => {
  it.each([false, true])('starts over when a function has changed its day since it looked: the table was empty: %s', async (empty) => {
    const lake = memoryLake();
    for (const id of ['a', 'b', 'c']) lake.keep([record(shipped({}, { id }), { sequence: id.charCodeAt(0) })]);
    const place = await lakeOf(`overtaken${String(empty)}`, lake.raw.objects);
    const [first = '', second = '', third = ''] = lake.raw.objects.keys();
    const compactor = await startCompactor(place);
    if (!empty) await compactor.compact([third]);
    expect(await spark.ask('events paused', requestFor(place, [first]))).toEqual({ at: 'commit' });
    // The same event, and another of its day.
    await compactor.compact([first, second]);
    await compactor.end();
    expect(await spark.goOn<Merged>()).toMatchObject({ restarts: 1, added: 0 });
    expect(await place.rows(shippedRows)).toEqual(firstCopies([...lake.raw.objects].filter(([key]) => key !== third || !empty).map(([, content]) => content)));
  });

  it('by MERGE adds a row once, which one that only inserts does not', async () => {
    const database = 'headrace_race';
    await new GlueClient({ region: 'us-east-1', endpoint: cloud.endpoint, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } }).send(new CreateDatabaseCommand({ DatabaseInput: { Name: database } }));
    const place = await lakePlace(cloud.endpoint, 'merged', manifest);
    const race = async (table: string, insertOnly: boolean) => {
      await spark.ask('make', database, table, `s3://${place.curated}/${table}`, { id: 'bigint', state: 'string' });
      return await spark.ask<{ readonly refused: number; readonly rows: number }>('race', database, table, { id: ['7', 'bigint'], state: ["'made'", 'string'] }, insertOnly);
    };
    expect((await race('sound', false)).rows).toBe(1);
    expect((await race('mutant', true)).rows).toBeGreaterThan(1);
  });
});

describe('a curated table in Spark', () => {
  it('reads as in DuckDB, and at a tag as it was then', async () => {
    const objects = copiesOf(14);
    const place = await lakeOf('read', objects);
    const keys = [...objects.keys()].filter(isShipped);
    const compactor = await startCompactor(place);
    await compactor.compact(keys.slice(0, 5));
    await compactor.ask('tag', 'order_shipped', 'then');
    const question = 'SELECT count(*) AS events, sum(parcels) AS parcels, count(DISTINCT _id) AS identities FROM';
    const then = await place.rows(`${question} order_shipped`);
    await compactor.compact(keys.slice(5));
    await compactor.end();
    const numbers = (rows: readonly Readonly<Record<string, unknown>>[]) => rows.map((row) => Object.values(row).map(Number));
    expect(numbers(await spark.ask('read at', place.database, 'order_shipped', 'then', `${question} rows`))).toEqual(numbers(then));
    expect(numbers(await spark.ask('read', place.database, 'order_shipped', `${question} rows`))).toEqual(numbers(await place.rows(`${question} order_shipped`)));
    expect(numbers(await place.rows(`${question} order_shipped`))).not.toEqual(numbers(then));
  });
});
