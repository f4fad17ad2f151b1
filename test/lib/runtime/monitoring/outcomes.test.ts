import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { count, entity, event, featureView, gt, int, model, over, string, timestamp } from 'headrace';
import { outcomeText, outcomeValues } from '../../../../core/monitoring/outcome-metrics';
import { outcomesStatement } from '../../../../core/monitoring/outcome-plan';
import { predictionEvent } from '../../../../core/monitoring/logged-prediction';
import { candidatesStatement } from '../../../../core/training/training-set-plan';
import type { Database } from '../../../../lib/runtime/duckdb';
import { withDatabase } from '../../../../lib/runtime/duckdb';
import { measureOutcomes } from '../../../../lib/runtime/monitoring/outcomes';
import { insertRecords, manifestOf } from '../../../core/training/support';
import { given } from '../../../fixtures/flights';
import vectors from '../../../golden/monitoring/vectors.json';

const landed = event('flight.landed', { version: 1, partitionBy: 'origin', knownAt: 'recordedtime', fields: { origin: string(), distance: int(), departure: timestamp(), delay: int() } });
const airport = entity('airport', { iata: string() });
const landings = featureView('landings', { version: 1, entity: airport, from: landed, by: (row) => ({ iata: row.origin }), features: () => [over('24h', { n: count() })] });
const late = model('late', { version: 1, predicts: 'probability', entities: { origin: airport }, request: { distance: int() }, features: ({ origin }, request) => ({ origin: landings.of(origin), distance: request.distance }),
  examples: { from: landed, row: (row) => ({ at: row.departure, entities: { origin: { iata: row.origin } }, request: { distance: row.distance }, label: gt(row.delay, 15) }) } });
const manifest = manifestOf({ landed, airport, landings, late });
const definition = given(manifest.models['late@v1']);
const [minute, hour, noon] = [60_000, 3_600_000, Date.UTC(2026, 5, 1, 12)];

/** A flight that has landed, and a prediction of one. */
interface Flight { readonly id: string; readonly origin: string; readonly distance?: number; readonly departs: number; readonly lands: number; readonly delay: number }
interface Asked { readonly id: string; readonly origin?: string; readonly distance?: number; readonly at: number; readonly reference?: string; readonly prediction?: number; readonly weight?: number; readonly version?: string; readonly role?: string }

describe('what became of predictions', () => {
  let directory: string;
  beforeAll(() => { directory = mkdtempSync(join(tmpdir(), 'outcomes-')); });
  afterAll(() => { rmSync(directory, { recursive: true, force: true }); });

  const putPredictions = async (database: Database, asked: readonly Asked[]): Promise<void> => {
    const fields = predictionEvent(manifest, definition).fields;
    await insertRecords(database.connection, 'logged', fields, asked.map(({ id, origin = 'ORD', distance = 500, at, reference, prediction = 0.5, weight = 1, version = 'a', role = 'champion' }) => ({ source: 'api', id, known: noon + at, effective: noon + at,
      row: { predictionId: id, modelVersion: version, moment: noon + at, prediction, origin__iata: origin, distance, modelRole: role, logWeight: weight, exampleReference: reference ?? null } })));
    await database.run({ step: 'arrival', sql: 'CREATE OR REPLACE TABLE predictions AS SELECT *, known AS arrival FROM logged' });
  };
  const joined = async (flights: readonly Flight[], asked: readonly Asked[]) => await withDatabase(directory, async (database) => {
    await putPredictions(database, asked);
    await insertRecords(database.connection, 'landings', given(manifest.events['flight.landed@v1']).fields, flights.map(({ id, origin, distance = 500, departs, lands, delay }) =>
      ({ source: 'flights', id, known: noon + lands, effective: noon + lands, row: { origin, distance, departure: noon + departs, delay } })));
    await database.run(candidatesStatement({ manifest, model: definition, records: () => ({ table: 'landings', lateness: 0 }) }, { from: 0, to: noon + 24 * hour, knownUntil: noon + 5 * hour }));
    await database.run(outcomesStatement({ model: definition, entities: manifest.entities, predictions: 'predictions', candidates: 'candidates', within: hour, slices: [{ name: 'distance', input: 'distance', bounds: [400, 800] }], keySql: (column) => column }));
    const rows = await database.rows(`SELECT state, label, "slice:distance" AS slice FROM outcomes ORDER BY prediction, version`);
    return rows.map(({ state, label, slice }) => [state, label, slice]);
  });

  it('is told by the event that the caller named, whatever else left from there', async () => {
    expect(await joined([{ id: 'f1', origin: 'ORD', departs: 10 * minute, lands: hour, delay: 0 }, { id: 'f2', origin: 'ORD', departs: 20 * minute, lands: 2 * hour, delay: 60 }], [
      { id: 'p1', at: 0, reference: 'f2' }, { id: 'p2', at: 0, reference: 'f1', prediction: 0.6 }, { id: 'p3', at: 0, reference: 'f3', prediction: 0.7 }])).toEqual([['known', 1, '400 to 800'], ['known', 0, '400 to 800'], ['unmatched', null, '400 to 800']]);
  });

  it('is told by the first event of the same entities and request from the moment on, and by none when two could', async () => {
    const flights = [
      { id: 'f0', origin: 'ORD', departs: -minute, lands: hour, delay: 60 }, { id: 'f1', origin: 'ORD', departs: 0, lands: hour, delay: 0 }, { id: 'f2', origin: 'ORD', departs: 20 * minute, lands: hour, delay: 60 },
      { id: 'f3', origin: 'ORD', distance: 900, departs: 0, lands: hour, delay: 60 }, { id: 'f4', origin: 'JFK', departs: 5 * minute, lands: hour, delay: 60 }, { id: 'f5', origin: 'JFK', departs: 5 * minute, lands: hour, delay: 0 },
    ];
    expect(await joined(flights, [{ id: 'p1', at: 0 }, { id: 'p2', at: minute, prediction: 0.6 }, { id: 'p3', at: 0, distance: 900, prediction: 0.7 }, { id: 'p4', at: 0, origin: 'JFK', prediction: 0.8 }, { id: 'p5', at: 0, distance: 100, prediction: 0.9 }])).toEqual([
      ['known', 0, '400 to 800'], ['known', 1, '400 to 800'], ['known', 1, '800 and over'], ['ambiguous', null, '400 to 800'], ['unmatched', null, 'under 400']]);
  });

  it('is open while the event is not known, or too far from the moment to be the one', async () => {
    expect(await joined([{ id: 'f1', origin: 'ORD', departs: 61 * minute, lands: 2 * hour, delay: 0 }, { id: 'f2', origin: 'JFK', departs: 0, lands: 6 * hour, delay: 0 }, { id: 'f3', origin: 'SFO', departs: hour, lands: hour, delay: 0 }], [
      { id: 'p1', at: 0 }, { id: 'p2', at: 0, origin: 'JFK', prediction: 0.6 }, { id: 'p3', at: 0, origin: 'SFO', prediction: 0.7 }])).toEqual([['unmatched', null, '400 to 800'], ['unmatched', null, '400 to 800'], ['labelNotInFuture', null, '400 to 800']]);
  });

  it('measures them as scikit-learn does, weighted by what each stands for', async () => {
    for (const expected of vectors.outcomes) await withDatabase(directory, async (database) => {
      const rows = expected.predicted.map((prediction, index) => `(DATE '2026-06-01', 'a', 'champion', ${expected.weight[index] ?? 1}::DOUBLE, ${prediction}::DOUBLE, 'known', ${expected.happened[index] ?? 0}::DOUBLE)`);
      await database.run({ step: 'outcomes', sql: `CREATE TABLE outcomes AS FROM (VALUES ${rows.join(', ')}) AS outcomes(day, version, role, weight, prediction, state, label)` });
      const probabilities = await measureOutcomes(database, definition, []);
      expect(probabilities.groups.map(({ day }) => day)).toEqual([null, '2026-06-01']);
      for (const group of probabilities.groups) for (const name of ['auc', 'logLoss', 'brier', 'calibrationError'] as const) expect(group[name]).toBeCloseTo(expected[name], 12);
      const numbers = await measureOutcomes(database, { ...definition, predicts: 'number' }, []);
      for (const name of ['meanAbsoluteError', 'rootMeanSquareError'] as const) expect(numbers.groups[0]?.[name]).toBeCloseTo(expected[name], 12);
      expect(numbers.groups[0]?.auc).toBeNull();
    });
  });

  it('measures versions, roles, days and slices apart, and says nothing where there is nothing to say', async () => {
    await withDatabase(directory, async (database) => {
      await database.run({ step: 'outcomes', sql: `CREATE TABLE outcomes AS FROM (VALUES
        (DATE '2026-06-01', 'a', 'champion', 1::DOUBLE, 0.9::DOUBLE, 'known', 1::DOUBLE, 'far'), (DATE '2026-06-02', 'a', 'champion', 1, 0.2, 'known', 0, 'near'), (DATE '2026-06-02', 'a', 'champion', 1, 0.4, 'unmatched', NULL, 'near'),
        (DATE '2026-06-01', 'b', 'shadow', 10, 0.1, 'known', 1, 'far')) AS outcomes(day, version, role, weight, prediction, state, label, "slice:distance")` });
      const measured = await measureOutcomes(database, definition, [{ name: 'distance', input: 'distance' }]);
      expect(measured.states).toEqual({ known: 3, unmatched: 1 });
      expect(measured.groups.map(({ role, version, slice, value, day, count, weight, auc }) => [role, version, slice, value, day, count, weight, auc])).toEqual([
        ['champion', 'a', null, null, null, 2, 2, 1], ['champion', 'a', null, null, '2026-06-01', 1, 1, null], ['champion', 'a', null, null, '2026-06-02', 1, 1, null],
        ['champion', 'a', 'distance', 'far', null, 1, 1, null], ['champion', 'a', 'distance', 'far', '2026-06-01', 1, 1, null], ['champion', 'a', 'distance', 'near', null, 1, 1, null], ['champion', 'a', 'distance', 'near', '2026-06-02', 1, 1, null],
        ['shadow', 'b', null, null, null, 1, 10, null], ['shadow', 'b', null, null, '2026-06-01', 1, 10, null], ['shadow', 'b', 'distance', 'far', null, 1, 10, null], ['shadow', 'b', 'distance', 'far', '2026-06-01', 1, 10, null]]);
      expect(measured.calibration).toEqual([{ version: 'a', role: 'champion', bins: [{ from: 0.2, weight: 1, predicted: 0.2, happened: 0 }, { from: 0.9, weight: 1, predicted: 0.9, happened: 1 }] }, { version: 'b', role: 'shadow', bins: [{ from: 0.1, weight: 10, predicted: 0.1, happened: 1 }] }]);
      const report = { model: 'late@v1', from: 'f', to: 't', knownUntil: 'k', ...measured } as const;
      expect(outcomeValues(report)).toMatchObject({ LiveAuc: 1 });
      expect(outcomeText(report)).toContain('champion a, distance far: 1 known');
    });
  });
});
