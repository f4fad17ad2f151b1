import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import * as fc from 'fast-check';
import { isIncremental } from '../../core/dataset/current-row';
import { naiveCurrent } from '../../core/dataset/current-oracle';
import type { Value } from '../../core/expression/evaluate';
import { rowOf } from '../../core/expression/row';
import { stateViewText } from '../../core/feature/entity-key';
import { currentPlan } from '../../core/training/current-plan';
import { addAbsences, readRows } from '../../core/training/dataset-rows';
import { decodeState, featuresAt, isAnswerable, planView } from '../../core/window';
import { materializeView } from '../../lib/runtime/materialize/materialize';
import { currentViews } from '../../lib/runtime/materialize/place';
import { manifestOf, memoryDatabase, rowsOf } from '../core/training/support';
import { given } from '../fixtures/flights';
import { materializeWorld, modes, tillDefinitions, type Mode } from '../lib/runtime/materialize/support';
import { cases, instant, usual, type Situation } from './current-cases';

const manifest = manifestOf(tillDefinitions);
const tillEntity = given(manifest.entities['till']);
type Features = Readonly<Record<string, Value>>;
type Engine = (each: Situation) => Promise<Features | undefined>;

let connection: DuckDBConnection;
let directory: string;
beforeAll(async () => {
  connection = await memoryDatabase();
  directory = mkdtempSync(join(tmpdir(), 'current-'));
});
afterAll(() => { connection.closeSync(); rmSync(directory, { recursive: true, force: true }); });

const madeOf = (mode: Mode) => given(currentViews(manifest, `${mode}@v1`)[0]);

const oracle: Engine = ({ mode, batches, key, at }) => {
  const { view, dataset } = madeOf(mode);
  const told = batches.map(({ arrival, rows }, index) => ({ batch: String(index), arrival, rows: rows.map((row) => ({
    row: rowOf(dataset.fields, { ...row }), knownAt: dataset.knownAt === 'always' ? 0 : dataset.knownAt === 'arrival' ? arrival : Math.min(arrival, Date.parse(row.updatedAt)) })) }));
  return Promise.resolve(naiveCurrent(view, dataset, told, key, at));
};

/** Every batch landed as the lander does it. */
const landed = async ({ mode, batches }: Pick<Situation, 'mode' | 'batches'>) => {
  const world = materializeWorld(manifest, mkdtempSync(join(directory, 'world-')));
  for (const [index, { arrival, rows }] of batches.entries()) await world.commit(madeOf(mode).dataset, String(index), arrival, rows);
  return world;
};

/** What is online once the last batch is; where the moment is one that state can still tell of. */
const online: Engine = async ({ mode, batches, key, at }) => {
  const made = madeOf(mode);
  const world = materializeWorld(manifest, mkdtempSync(join(directory, 'world-')));
  for (const [index, { arrival, rows }] of batches.entries()) {
    await world.commit(made.dataset, String(index), arrival, rows);
    if ((await materializeView(world.place, made)).outcome === 'more') throw new Error('There was no deadline.');
  }
  const plan = planView(manifest, made.view);
  const item = world.table.itemOf({ entity: given(plan.entityKey(key)), view: stateViewText(made.view, 1) });
  const state = item && decodeState(plan, item.state);
  return isAnswerable(state, at) && batches.every(({ arrival }) => arrival < at) ? featuresAt(plan, state, at) : undefined;
};

const duckdb: Engine = async (each) => {
  const [{ view, dataset }, world] = [madeOf(each.mode), await landed(each)];
  const files = await world.files(dataset);
  // What was always known is what the newest batch says, where that is whole.
  const read = dataset.knownAt === 'always' && !isIncremental(dataset) ? files.slice(-1) : files;
  await connection.run(readRows(dataset, read, 'rows').sql);
  if (!isIncremental(dataset)) await connection.run(addAbsences(dataset, read, 'rows').sql);
  const entity = given(planView(manifest, view).entityKey(each.key)).replace(/^till\|/u, '').replaceAll("'", "''");
  await connection.run(`CREATE OR REPLACE TEMP TABLE points AS SELECT '${entity}' AS entity, CAST(${each.at} AS BIGINT) AS moment`);
  for (const { sql } of currentPlan(view, tillEntity, { records: 'rows', points: 'points', values: 'found' })) await connection.run(sql);
  const [{ entity: _entity, moment: _moment, ...values }] = await rowsOf(connection, 'SELECT * FROM found') as [Record<string, Value>];
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name.replace(/^feature:/u, ''), value]));
};

const engines: Readonly<Record<string, Engine>> = { oracle, online, duckdb };

describe('one row, every engine', () => {
  it.each(cases.flatMap((each) => each.modes.map((mode) => [each.name, mode, each] as const)))('%s: %s', async (_name, mode, { batches, at, key = usual, expected }) => {
    const situation = { mode, batches, key, at: instant(at) };
    const found: Record<string, Features | undefined> = {};
    for (const [name, engine] of Object.entries(engines)) found[name] = await engine(situation);
    // State forgets what was before: it answers for the present.
    const told = Object.keys(engines).filter((name) => found[name] !== undefined);
    const sideBySide = (pick: (engine: string) => Features): unknown => Object.fromEntries(told.map((name) => [name, Object.fromEntries(Object.keys(expected).map((feature) => [feature, pick(name)[feature]]))]));
    expect(sideBySide((name) => found[name] ?? {})).toEqual(sideBySide(() => expected));
    for (const name of told) expect({ [name]: found[name] }).toEqual({ [name]: found['oracle'] });
    expect(told.length).toBeGreaterThanOrEqual(2);
  });

  it('is the same in every engine whatever came when', async () => {
    const minutes = fc.integer({ min: 0, max: 40 });
    const text = (minute: number): string => new Date(instant('01T00:00') + minute * 60_000).toISOString();
    const tillRow = fc.record({ shop: fc.constantFrom('s', '|'), till: fc.constantFrom(1, 2), opened: minutes.map(text), size: fc.option(fc.integer({ min: -20, max: 40 })), staff: fc.option(fc.constantFrom(0, 1, 3)), isOpen: fc.option(fc.boolean()), updatedAt: minutes.map(text) });
    const batches = fc.uniqueArray(fc.record({ arrival: minutes.map((minute) => instant('01T00:00') + minute * 60_000), rows: fc.uniqueArray(tillRow, { minLength: 1, maxLength: 5, selector: ({ shop, till }) => `${shop} ${till}` }) }), { minLength: 1, maxLength: 6, selector: ({ arrival }) => arrival })
      .map((all) => all.toSorted((left, right) => left.arrival - right.arrival));
    const situations = fc.record({ mode: fc.constantFrom(...modes), batches, key: fc.record({ shop: fc.constantFrom('s', '|'), till: fc.constantFrom(1, 2) }), at: fc.oneof(minutes, fc.constant(60)).map((minute) => instant('01T00:00') + minute * 60_000) });
    await fc.assert(fc.asyncProperty(situations, async (situation) => {
      const expected = await oracle(situation);
      expect(await duckdb(situation)).toEqual(expected);
      // State forgets what was before: it answers for the present, and says so otherwise.
      expect(await online(situation) ?? expected).toEqual(expected);
    }), { numRuns: 60 });
  }, 120_000);
});
