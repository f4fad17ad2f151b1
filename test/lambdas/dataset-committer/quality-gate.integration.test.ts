import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { between, dataset, float, fresh, legible, optional, personal, present, references, rejected, rowCount, steady, string, timestamp, unique, warns } from 'headrace';
import { batchReferenceOf, isFileDataset, type BatchReference, type FileDataset } from '../../../core/dataset/batch';
import { startLocalCloud, type LocalCloud } from '../../../local/cloud';
import { manifestOf } from '../../fixtures/contracts';
import { lakePlace, type LakePlace } from '../../glue-jobs/headrace_lake/support/lake-place';
import { rawObjectsOf } from '../dataset-lander/fixture';
import { startSpark, type SparkProcess } from '../../glue-jobs/headrace_spark/support/spark-process';
import { startCommitterProcess, type CommitterProcess } from './support/committer-process';

jest.setTimeout(300_000);

type Engine = 'duckdb' | 'spark';

const states = dataset('states', { version: 1, key: ['code'], knownAt: 'always', source: { csv: 'states/' }, fields: { code: string() } });
const stationsOn = (engine: Engine) => dataset('stations', {
  version: 1, key: ['id'], knownAt: 'arrival', source: { csv: 'stations/' }, engine,
  fields: { id: string({ pattern: '^S[0-9]{3}$' }), name: string(), state: string(), elevation: optional(float()), measuredAt: timestamp(), keeper: personal(string()) },
  expects: (station) => [
    rowCount({ atLeast: 10, ofUsual: [0.6, 1.7] }),
    rejected({ atMost: 0.05 }),
    present(station.elevation, { atMost: 0.1 }),
    between(station.elevation, -100, 5000),
    legible(station.name),
    references(station.state, states, 'code'),
    fresh(station.measuredAt, '2d'),
    steady(station.elevation, 0.5),
    warns(unique([station.name])),
  ],
});
let manifest = manifestOf({ states, stations: stationsOn('duckdb') });
const definitionOf = (name: string): FileDataset => Object.values(manifest.datasets).filter(isFileDataset).find((each) => each.name === name) as FileDataset;

const home = mkdtempSync(join(tmpdir(), 'headrace-gate-'));
const monday = Date.parse('2026-03-02T00:00:00Z');
const day = 86_400_000;
let cloud: LocalCloud | undefined;
let place: LakePlace;
let committer: CommitterProcess;
let spark: SparkProcess | undefined;
let batches = 0;

interface Landed { readonly reference: BatchReference; readonly refusal?: string }

/** Lands a file as the lander does, a day after the one before. */
const land = async (name: string, content: string | Buffer): Promise<Landed> => {
  const bytes = Buffer.from(content);
  const definition = definitionOf(name);
  const reference = batchReferenceOf(definition, createHash('sha256').update(bytes).digest('hex'), 1);
  batches += 1;
  const { objects, refusal } = await rawObjectsOf({ dataset: definition, reference, arrival: monday + batches * day, manifestHash: manifest.hash }, bytes);
  await place.put(objects);
  return { reference, ...(refusal === undefined ? {} : { refusal }) };
};

/** Passes a landed batch through the gate of its engine; where that is Spark, it goes into its table too. */
const pass = async (name: string, reference: BatchReference) => {
  if (definitionOf(name).engine !== 'spark') return await committer.run('quality gate', reference);
  const asked = await committer.run('ask Spark', reference);
  if (asked?.outcome !== 'done') return asked;
  await spark?.ask('work', asked.request);
  return await committer.run('hear Spark', reference);
};

/** Takes a file through gate and table; gives why it was refused, if it was. */
const take = async (name: string, content: string | Buffer): Promise<string | undefined> => {
  const { reference, refusal } = await land(name, content);
  if (refusal !== undefined) return refusal;
  const gate = await pass(name, reference);
  if (gate?.outcome !== 'done') return gate?.refusal ?? gate?.fault ?? 'no answer';
  if (definitionOf(name).engine !== 'spark') expect(await committer.run('write table', reference)).toMatchObject({ outcome: 'done' });
  return undefined;
};

type Station = readonly [id: string, name: string, state: string, elevation: string, measuredAt: string, keeper: string];
const usual = (): Station[] => Array.from({ length: 40 }, (_station, index) => [`S${100 + index}`, `Station ${index}`, index % 2 === 0 ? 'IL' : 'CA', String(100 + index), new Date(monday + (batches + 1) * day - 3_600_000).toISOString(), `keeper ${index}`]);
const header = 'id,name,state,elevation,measuredAt,keeper';
const csv = (rows: readonly Station[], columns = header): string => [columns, ...rows.map((row) => row.join(',')), ''].join('\n');
const changed = (column: number, value: string, rows: (index: number) => boolean): string => csv(usual().map((row, index) => (rows(index) ? row.with(column, value) as unknown as Station : row)));

beforeAll(async () => { cloud = await startLocalCloud({ home, port: 4677 }); });
afterAll(async () => {
  await spark?.end();
  await cloud?.stop();
  rmSync(home, { recursive: true, force: true });
});

const idsInTable = async (): Promise<readonly unknown[]> => (await place.rows('SELECT id, _batch_id FROM stations ORDER BY 1')).map((row) => Object.values(row).join(' '));

/** What the tables of the gate hold after its tests, by engine: the same, but for what is estimated. */
const kept = new Map<Engine, unknown>();

describe.each(['duckdb', 'spark'] as const)('the quality gate on %s', (engine) => {
  beforeAll(async () => {
    batches = 0;
    manifest = manifestOf({ states, stations: stationsOn(engine) });
    const { endpoint } = cloud as LocalCloud;
    place = await lakePlace(endpoint, `gate${engine}`, manifest);
    committer = await startCommitterProcess(place, manifest);
    if (engine === 'spark') spark = await startSpark(endpoint);
  });
  afterAll(() => { committer.end(); });

  it('says that what a batch refers to is not there yet, and takes it when it is', async () => {
    expect(await take('stations', csv(usual()))).toMatch(/the dataset states has no rows that it could refer to: run that one first/u);
    expect(await take('states', 'code\nIL\nCA\n')).toBeUndefined();
    expect(await take('stations', csv(usual()))).toBeUndefined();
    expect(await idsInTable()).toHaveLength(40);
  });

  const bad: readonly (readonly [kind: string, content: () => string | Buffer, message: RegExp])[] = [
    ['empty', () => `${header}\n`, /has no row that fits the dataset, of 0/u],
    ['half', () => csv(usual().slice(0, 20)), /expected: the number of rows is as usual \(24 to 68\); found: it has 20 rows, and 40 are usual, by the batch before it/u],
    ['doubled', () => csv([...usual(), ...usual().map((row) => row.with(0, `S${Number(row[0].slice(1)) + 400}`) as unknown as Station)]), /\(24 to 68\); found: it has 80 rows/u],
    ['the same rows twice', () => csv([...usual(), ...usual()]), /expected: few rows are rejected \(at most 5%\); found: 40 of 80 rows \(50%\) were rejected; quarantine has each/u],
    ['shifted columns', () => csv(usual().map(([id, name, state, elevation, at, keeper]) => [name, state, elevation, at, keeper, id])), /has no row that fits the dataset, of 40; the first fault: pattern_mismatch at \/id/u],
    ['nulls', () => changed(3, '', (index) => index < 10), /expected: elevation is there \(at most 10% of the rows otherwise\); found: 10 of 40 rows \(25%\) are otherwise, for instance \{"row_of_the_source": 0, "id": "S100", "elevation": null\}/u],
    ['wrong encoding', () => Buffer.from(changed(1, 'München', (index) => index === 7), 'latin1'), /it is not UTF-8; save it as UTF-8/u],
    ['wrong encoding of an earlier hand', () => changed(1, Buffer.from('München', 'utf8').toString('latin1'), (index) => index === 7), /expected: name is legible .*1 of 40 rows .*"row_of_the_source": 7/u],
    ['stale', () => changed(4, new Date(monday - 9 * day).toISOString(), () => true), /expected: the newest measuredAt is at most 2d old .*the newest is of 2026-02-21T00:00:00\+00:00, \d+ days/u],
    ['out of range', () => changed(3, '9999', (index) => index === 3), /expected: elevation is between -100 and 5000 .*"elevation": 9999/u],
    ['orphan keys', () => changed(2, 'XX', (index) => index === 5), /expected: state is a code of states .*"state": "XX"/u],
    ['drifted mean', () => csv(usual().map((row) => row.with(3, String(Number(row[3]) + 30)) as unknown as Station)), /expected: the mean of elevation is steady \(at most 0.5 standard deviations\); found: the mean is 149.5 and was 119.5 in stations-v1-\w+: 2.57 standard deviations apart/u],
  ];

  it.each(bad)('stops a batch that is bad: %s', async (_kind, content, message) => {
    const before = await idsInTable();
    const refusal = await take('stations', content());
    expect(refusal).toMatch(message);
    expect(refusal).not.toContain('keeper ');
    expect(await idsInTable()).toEqual(before);
  });

  it('takes a good batch after the bad ones, and only tells what is no more than a warning', async () => {
    const rows = usual().map((row, index) => (index < 2 ? row.with(1, 'Same') as unknown as Station : row));
    expect(await take('stations', csv(rows))).toBeUndefined();
    expect(await place.rows("SELECT passed, failing_rows, sample FROM quality_results WHERE kind = 'unique' AND NOT passed AND failing_rows < 40")).toEqual([
      { passed: false, failing_rows: '2', sample: JSON.stringify([{ row_of_the_source: 0, id: 'S100', name: 'Same' }, { row_of_the_source: 1, id: 'S101', name: 'Same' }]).replaceAll('":', '": ').replaceAll(',"', ', "').replaceAll('},{', '}, {') },
    ]);
  });

  it('keeps one result of a batch however often it is checked, and no personal value', async () => {
    const { reference } = await land('stations', changed(3, '6000', (index) => index === 0));
    for (let time = 0; time < 2; time += 1) expect(await pass('stations', reference)).toMatchObject({ outcome: 'refused' });
    expect(await place.rows(`SELECT expectation, passed, measured, rows FROM quality_results WHERE batch = '${reference.batch}' AND kind = 'holds'`)).toEqual([{ expectation: 'elevation is between -100 and 5000', passed: false, measured: 0.025, rows: '40' }]);
    expect(await place.rows(`SELECT field, nulls, minimum, passed FROM column_profiles WHERE batch = '${reference.batch}' ORDER BY field`)).toEqual([
      { field: 'elevation', nulls: '0', minimum: '101.0', passed: false }, { field: 'id', nulls: '0', minimum: 'S100', passed: false }, { field: 'keeper', nulls: '0', minimum: null, passed: false },
      { field: 'measuredAt', nulls: '0', minimum: expect.any(String) as string, passed: false }, { field: 'name', nulls: '0', minimum: 'Station 0', passed: false }, { field: 'state', nulls: '0', minimum: 'CA', passed: false },
    ]);
    const everything = JSON.stringify([await place.rows('FROM quality_results'), await place.rows('FROM column_profiles')]);
    expect(everything).not.toContain('keeper ');
  });

  it('keeps the same as any other engine does', async () => {
    kept.set(engine, [
      await place.rows('SELECT expectation, kind, passed, warns, round(measured, 9) AS measured, allowed, failing_rows, rows, explanation, sample FROM quality_results ORDER BY ALL'),
      await place.rows('SELECT dataset, field, type, passed, rows, nulls, minimum, maximum, round(mean, 9) AS mean, round(standard_deviation, 9) AS deviation, deciles, frequent FROM column_profiles ORDER BY ALL'),
      await place.rows('SELECT * EXCLUDE (_manifest_hash) FROM stations ORDER BY ALL'),
    ]);
    expect((kept.get(engine) as unknown[][])[0]?.length).toBeGreaterThan(80);
    expect(kept.get(engine)).toEqual(kept.get('duckdb'));
  });
});
