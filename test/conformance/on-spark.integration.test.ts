import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Value } from '../../core/expression/evaluate';
import { compileExpression } from '../../core/expression/evaluate';
import { spark as sparkDialect } from '../../core/training/dialect';
import { expressionSql, rowScope } from '../../core/training/expression-sql';
import { sparkCurrentPlan } from '../../core/training/spark/current-plan';
import { sparkRows } from '../../core/training/spark/raw-lines';
import { planView } from '../../core/window';
import { manifestOf, memoryDatabase, type TestRecord } from '../core/training/support';
import { given } from '../fixtures/flights';
import { startSpark, type SparkProcess } from '../glue-jobs/headrace_spark/support/spark-process';
import { naiveInputs, range } from '../core/training/trips';
import { currentViews } from '../../lib/runtime/materialize/place';
import { materializeWorld, tillDefinitions } from '../lib/runtime/materialize/support';
import { cases, instant, usual } from './current-cases';
import { onDuckDB, ofSpark, sparkRequest, worldOf, type BuiltSet } from './support/raw-world';
import { pointLines, recordLines } from './support/spark-records';
import { transformCases } from './transform-cases';

jest.setTimeout(900_000);

const directory = mkdtempSync(join(tmpdir(), 'headrace-windows-'));

let spark: SparkProcess;
beforeAll(async () => { spark = await startSpark(); });
afterAll(async () => {
  await spark.end();
  rmSync(directory, { recursive: true, force: true });
});

type Features = Readonly<Record<string, Value>>;

describe('a training set of 2,000 rows', () => {
  const world = worldOf(7, 5000);
  const asked = (rows: BuiltSet['rows'], ids: Iterable<string>): readonly unknown[] => [...ids].map((id) => rows.get(id));
  const bySpark = async (name: string, records: readonly TestRecord[], compares = false): Promise<BuiltSet> => {
    const [place, connection] = [join(directory, name), await memoryDatabase()];
    const answer = await spark.ask<Pick<BuiltSet, 'dropped'> & { readonly compared: boolean }>('training set', sparkRequest(place, records, compares));
    try { return await ofSpark(connection, place, answer); } finally { connection.closeSync(); }
  };
  const byDuckDB = async (name: string, records: readonly TestRecord[]): Promise<BuiltSet> => {
    const connection = await memoryDatabase();
    try { return await onDuckDB(connection, join(directory, name), records); } finally { connection.closeSync(); }
  };

  it('is what a naive count gives on both engines, to the byte of its file, and no later event changes it', async () => {
    const [there, here] = [await bySpark('spark', world, true), await byDuckDB('duckdb', world)];
    expect(here.rows.size).toBeGreaterThanOrEqual(2000);
    expect(there.dropped).toEqual(here.dropped);
    expect(asked(there.rows, here.rows.keys())).toEqual([...here.rows.values()]);
    expect(there.hash).toBe(here.hash);
    // What event time alone would have let in is looked for in the same rows, and found.
    expect(there.leak).toEqual(here.leak);
    expect(there.leak).toMatchObject({ isEstimate: true, rowsCompared: expect.any(Number), rowsWithAny: expect.any(Number) });
    expect([Number(there.leak?.rowsCompared) > 500, Number(there.leak?.rowsCompared) < 900, Number(there.leak?.rowsWithAny) > 100]).toEqual([true, true, true]);
    const known = world.filter((each) => each.known < range.to);
    for (const each of world.filter(({ id }) => here.rows.has(id)).slice(0, 2000)) expect({ id: each.id, ...here.rows.get(each.id) }).toMatchObject({ id: each.id, ...naiveInputs(known, each.row) });

    // Events that were not known in the middle of the range, whenever they happened.
    const middle = (range.from + range.to) / 2;
    const planted = worldOf(8, 1000).map((each) => ({ ...each, id: `planted ${each.id}`, known: Math.max(each.known, middle) }));
    const before = [...here.rows].filter(([, row]) => Number(row['moment']) <= middle).map(([id]) => id);
    expect(before.length).toBeGreaterThan(500);
    for (const later of [await bySpark('spark with more', [...world, ...planted]), await byDuckDB('duckdb with more', [...world, ...planted])]) expect(asked(later.rows, before)).toEqual(asked(here.rows, before));

    // What is brought in later and was not known in the range leaves the old set as it was.
    const older = worldOf(9, 500).map((each) => ({ ...each, id: `older ${each.id}`, known: range.to + each.known - each.effective }));
    expect((await byDuckDB('duckdb after a backfill', [...world, ...older])).hash).toBe(here.hash);
  });
});

describe('the transforms of inputs', () => {
  it.each(transformCases)('come to the same on Spark as online: $name', async ({ fields, cases: rows, expressions, expected }) => {
    const found = await spark.ask<readonly Readonly<Record<string, Value>>[]>('rows', { records: recordLines(directory, 'records', fields, rows.map((row, index) => ({ source: 's', id: String(index), known: index, effective: 0, row }))) }, [],
      `SELECT ${expressions.map((node, index) => `${expressionSql(node, rowScope('the test', sparkDialect))} AS e${index}`).join(', ')} FROM records ORDER BY known`);
    expect(found.map((row) => Object.values(row))).toEqual(expected);
    expect(rows.map((row) => expressions.map((node) => compileExpression(node)({ columns: row })))).toEqual(expected);
  });
});

describe('the cases of datasets', () => {
  const till = manifestOf(tillDefinitions);

  // One mode of each kind: whole and increments, and each way in which a row is known.
  it.each(['whole_column', 'increments_arrival', 'whole_always'] as const)('come to the same on Spark: %s', async (mode) => {
    const { view: of, dataset } = given(currentViews(till, `${mode}@v1`)[0]);
    const asked = cases.flatMap((each, index) => (each.modes.includes(mode) ? [{ ...each, key: { ...(each.key ?? usual), shop: `${index} ${(each.key ?? usual).shop}` },
      batches: each.batches.map(({ arrival, rows }) => ({ arrival, rows: rows.map((row) => ({ ...row, shop: `${index} ${row.shop}` })) })) }] : []));
    const entity = ({ shop, till: number }: (typeof asked)[number]['key']): string => given(planView(till, of).entityKey({ shop, till: number })).replace(/^till\|/u, '');
    // Cases whose batches arrive at the same times are one dataset.
    for (const group of Map.groupBy(asked, ({ batches }) => batches.map(({ arrival }) => arrival).join(' ')).values()) {
      const world = materializeWorld(till, mkdtempSync(join(directory, 'world-')));
      for (const [index, { arrival }] of given(group[0]).batches.entries()) await world.commit(dataset, String(index), arrival, group.flatMap(({ batches }) => batches[index]?.rows ?? []));
      const files = await world.files(dataset);
      const source = sparkRows(dataset, (mode === 'whole_always' ? files.slice(-1) : files).map(({ files: keys, ...batch }) => ({ ...batch, keys })), 'rows');
      const rows = await spark.ask<readonly Features[]>('rows', {
        ...Object.fromEntries(source.lines.map(({ view: name, keys, schema }) => [name, [keys, schema]])),
        points: pointLines(directory, 'points', group.map(({ key, at }) => ({ entity: entity(key), moment: instant(at) }))),
      }, [...source.statements, ...sparkCurrentPlan(of, given(till.entities['till']), { records: 'rows', points: 'points', values: 'found' })], 'SELECT * FROM found');
      const found = new Map(rows.map(({ entity: key, ...values }) => [key, values]));
      for (const { name, key, expected } of group) expect({ name, ...found.get(entity(key)) }).toMatchObject({ name, ...Object.fromEntries(Object.entries(expected).map(([feature, value]) => [`feature:${feature}`, feature === 'shopAgain' && value !== null ? key.shop : value])) });
    }
  });
});
