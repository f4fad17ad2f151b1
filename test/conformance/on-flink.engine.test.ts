import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import fc from 'fast-check';
import { entity, event, featureView, int, last, over } from 'headrace';
import type { Features as Declared, Fields, Width } from 'headrace';
import type { Row, Value } from '../../core/expression/evaluate';
import { compile } from '../../core/manifest/compile';
import type { Manifest } from '../../core/manifest/manifest';
import { featuresAt, planView, prepareRecord } from '../../core/window';
import type { FoldRecord, ViewPlan } from '../../core/window';
import type { AcceptedEvent } from '../../core/window/flink';
import { naiveFeatures } from '../../core/window/oracle';
import { everyAggregate, machine, oddText, worked } from '../core/window/every-aggregate';
import { manifestOf, memoryDatabase } from '../core/training/support';
import { given } from '../fixtures/flights';
import { startSpark, type SparkProcess } from '../glue-jobs/headrace_spark/support/spark-process';
import { itemKey, onFlink, type FlinkFeatures } from './support/flink-features';
import { duckdb, oracle, state, type Engine, type Features } from './support/window-engines';
import { entityText, windowed, windowsOnSpark } from './support/window-worlds';
import { transformCases } from './transform-cases';
import { gate, gates, passed } from './window-cases';

jest.setTimeout(900_000);

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
const start = Date.UTC(2001, 5, 1);

/** The view of the cases without the one window that Flink's are refused, see core/manifest/check-flink. */
const onFlinkView = { ...gates, engine: 'flink', nodes: gates.nodes.filter((node) => node.kind !== 'window' || node.width !== 'lifetime') } as const;

/** Every aggregate over each tier, some in each view, as an item does not hold them all. */
const widths: readonly (readonly Width[])[] = [['55m', '20h'], ['2h', '13d'], ['20m', '14h', '12d']];
const groups = Array.from({ length: 5 }, (_, group) => everyAggregate.map((aggregate, index) => [`f${index}`, aggregate] as const).filter((_each, index) => index % 5 === group));
const randomViews = groups.map((group, index) => featureView(`work_${index}`, {
  version: 1, entity: machine, from: worked, engine: 'flink', writeUnits: 400, by: (row) => ({ id: row.machine }),
  features: (row): readonly Declared[] => [over(widths[index % widths.length] ?? [], Object.fromEntries(group.map(([name, aggregate]) => [name, aggregate(row)])))],
}));

/** A world of each machine. */
const worlds = fc.sample(fc.array(fc.record({
  source: fc.constantFrom('a', 'ab', 'é', '\u{1f6e9}', '\uffee'),
  effectiveTime: fc.oneof(fc.integer({ min: 0, max: 20 * day }), fc.integer({ min: 0, max: 3 * hour }), fc.integer({ min: 0, max: 20 * 24 }).map((hours) => hours * hour), fc.integer({ min: 0, max: 500 }).map((hops) => hops * 5 * minute - 1)).map((offset) => start + Math.max(0, offset)),
  row: fc.record({ whole: fc.oneof(fc.integer({ min: -20, max: 20 }), fc.constantFrom(Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER)), gap: fc.option(fc.integer({ min: -5, max: 5 })),
    real: fc.oneof(fc.double({ min: -1e9, max: 1e9, noNaN: true }), fc.constantFrom(0.1, 1 / 3, -0, 1e12, -1e13, 1e30, 1e290)),
    on: fc.option(fc.boolean()), word: fc.option(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 3 }), fc.constant(oddText))), since: fc.integer({ min: -day, max: start }) }),
}), { minLength: 1, maxLength: 40 }), { numRuns: 300, seed: 7 }).map((events, index) => events.map((each, place) => ({ ...each, id: `${index}-${place}`, row: { ...each.row, machine: `m|${index}` } as Row })));

/** Each expression as the newest value of an entity of its own. */
const transformed = entity('transformed', { row: int() });
const transformViews = transformCases.map(({ fields, expressions }, index) => {
  const source = event(`transform.case_${index}`, { version: 1, partitionBy: 'row', fields: { row: int(), ...fields as Fields } });
  return [source, featureView(`transform_${index}`, { version: 1, entity: transformed, from: source, engine: 'flink', writeUnits: 100, by: ({ row }) => ({ row }),
    features: (): readonly Declared[] => [over('1h', Object.fromEntries(expressions.map((node, place) => [`e${place}`, last({ expression: node.scalar, node })])))] })] as const;
});

const accepted = (contract: AcceptedEvent['contract'], { source, id, time, known, row }: { readonly source: string; readonly id: string; readonly time: number; readonly known: number; readonly row: Row }): AcceptedEvent =>
  ({ contract, source, id, effectiveTime: time, knownAt: known, arrival: known, position: `${source}/${id}`, row });

/** Whether the Lambda could fold an event into a view: one that brings a number that is none counts for nothing in it. */
const isFoldable = (plan: ViewPlan) => (each: Omit<FoldRecord, 'position' | 'arrival'>): boolean => {
  try { return prepareRecord(plan, { ...each, position: { source: 's', shard: '0', sequence: '1', subSequence: 0 }, arrival: each.effectiveTime }) !== undefined; } catch { return false; }
};

let manifest: Manifest;
let found: FlinkFeatures;
const randomAt = start + 20 * day + 1000;
const ofCases = windowed.flatMap(({ events, at }) => events.filter(({ known }) => known < at).sort((left, right) => left.known - right.known)).map((event) => accepted('gate.passed@v1', event));
const ofWorlds = worlds.flat().map((each) => accepted('machine.worked@v1', { ...each, time: each.effectiveTime, known: randomAt - 1 }));

beforeAll(async () => {
  manifest = manifestOf({ passed, gate, gates: onFlinkView, worked, machine, ...Object.fromEntries(randomViews.map((view) => [view.name, view])), transformed, ...Object.fromEntries(transformViews.flatMap(([source, view], index) => [[`source${index}`, source], [view.name, view]])) });
  const ofTransforms = transformCases.flatMap(({ cases }, index) => cases.map((row, place) => accepted(`transform.case_${index}@v1`, { source: 's', id: `${index} ${place}`, time: start, known: start, row: { ...row, row: place } })));
  const shuffled = [...ofWorlds].sort((left, right) => (left.id < right.id ? -1 : 1)).sort((left, right) => left.id.length - right.id.length);
  // What the validator has put again after a failure, and what is no message at all.
  const again = [...ofCases.slice(0, 50), ...shuffled.slice(0, 500)];
  found = await onFlink(manifest, ['garbage', '[1]', '{}', ...ofCases, ...shuffled, ...ofTransforms, ...again, '{"contract":"machine.worked@v1","effective_time":"never"}', '{"contract":"machine.worked@v1","source":"s","id":"y","effective_time":9000000000000000000,"arrival":1}', JSON.stringify({ contract: 'gate.passed@v1', source: 's', id: 'x', effective_time: start, arrival: start, data: { 'gate.passed@v1': 'nothing' } })]);
});

const features = (view: string, key: Row, at: number): Features => {
  const plan = planView(manifest, given(manifest.views[view]));
  return featuresAt(plan, found.states.get(itemKey(view, given(plan.entityKey(key)))), at);
};

describe('a case of windows, on every engine', () => {
  let spark: SparkProcess;
  let connection: DuckDBConnection;
  const directory = mkdtempSync(join(tmpdir(), 'headrace-every-engine-'));
  beforeAll(async () => {
    spark = await startSpark();
    connection = await memoryDatabase();
  });
  afterAll(async () => {
    connection.closeSync();
    await spark.end();
    rmSync(directory, { recursive: true, force: true });
  });

  it('comes to the same for the oracle, the state, DuckDB, Spark and Flink, side by side', async () => {
    const [bySpark, asked] = [await windowsOnSpark(spark, directory), onFlinkView.nodes.map(({ name }) => name)];
    const engines: Readonly<Record<string, Engine>> = {
      oracle, state, duckdb: duckdb(connection, 'dense'), spark: ({ key }) => given(bySpark.get(entityText(key))), flink: ({ key, at }) => features('gates@v1', key, at),
    };
    for (const each of windowed) {
      const sideBySide: Record<string, Features> = {};
      for (const [name, engine] of Object.entries(engines)) sideBySide[name] = await engine(each);
      const ofAll = Object.fromEntries(Object.entries(sideBySide).map(([name, values]) => [name, Object.fromEntries(asked.map((feature) => [feature, values[feature]]))]));
      expect([each.name, ofAll]).toEqual([each.name, Object.fromEntries(Object.keys(engines).map((name) => [name, ofAll['oracle']]))]);
      // A lifetime has no Flink.
      expect([each.name, sideBySide['spark']]).toEqual([each.name, sideBySide['oracle']]);
      expect({ name: each.name, ...sideBySide['spark'] }).toMatchObject({ name: each.name, ...each.expected });
    }
  });
});

describe('what Flink makes of accepted events', () => {
  it('is all read, and each item comes by one partition', () => {
    expect(found.problems).toEqual([]);
    expect([...found.partitions.values()].filter((partitions) => partitions.size !== 1)).toEqual([]);
    expect(new Set([...found.partitions.values()].flatMap((partitions) => [...partitions])).size).toBe(3);
  });

  it('is what a naive count gives, whatever a view counts and whatever happened', () => {
    const differing = worlds.flatMap((events, index) => randomViews.flatMap((view) => {
      const definition = given(manifest.views[`${view.name}@v1`]);
      const naive = naiveFeatures(definition, events.filter(isFoldable(planView(manifest, definition))).map((each) => ({ ...each, knownAt: randomAt - 1 })), randomAt);
      const byFlink = features(`${view.name}@v1`, { id: `m|${index}` }, randomAt);
      return Object.entries(naive).filter(([name, value]) => byFlink[name] !== value).map(([name, value]): readonly [string, Value | undefined, Value] => [`${view.name} ${name} of ${index}`, byFlink[name], value]);
    }));
    expect(differing).toEqual([]);
    // Some do bring what no view can keep.
    const plans = randomViews.map(({ name }) => planView(manifest, given(manifest.views[`${name}@v1`])));
    expect(worlds.flat().filter((each) => plans.some((plan) => !isFoldable(plan)(each))).length).toBeGreaterThan(10);
  });

  it.each(transformCases.map((each, index) => [each.name, each, index] as const))('has expressions come to what they come to online: %s', (_name, { cases, expected }, index) => {
    expect(cases.map((_row, place) => Object.values(features(`transform_${index}@v1`, { row: place }, start + 1)))).toEqual(expected);
  });

  it('is of no lifetime: that is refused, with the reason', () => {
    const compiled = compile({ passed, gate, gates: { ...gates, engine: 'flink' } });
    expect(compiled.ok ? [] : compiled.problems.map(({ problem }) => problem)).toEqual([expect.stringContaining("has the engine 'flink' and a lifetime")]);
  });
});
