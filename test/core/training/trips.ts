import * as fc from 'fast-check';
import { count, divide, entity, event, eq, featureView, float, int, last, max, mean, model, optional, over, string, timestamp } from '../../../core/definition';
import { naiveFeatures } from '../../../core/window/oracle';
import { given } from '../../fixtures/flights';
import type { TestRecord } from './support';
import { manifestOf } from './support';

export const minute = 60_000;
export const hour = 60 * minute;
const day = 24 * hour;

const trip = event('trip.ended', { version: 1, partitionBy: 'from', fields: { from: string(), to: string(), began: timestamp(), late: optional(int()), fare: float() } });
const stop = entity('stop', { name: string() });
const trips = featureView('trips', { version: 1, entity: stop, from: trip, by: (f) => ({ name: f.from }), features: (f) => [
  over(['1h', '2d'], { trips: count(), mean_fare: mean(f.fare), worst: max(f.late) }), over('1d', { newest: last(f.fare) })] });
/** Read for one slot only, as `trips` is read for two. */
const ends = featureView('ends', { version: 1, entity: stop, from: trip, by: (f) => ({ name: f.to }), features: () => [over('3h', { ends: count() })] });
const late = model('late', { version: 1, predicts: 'probability', entities: { from: stop, to: stop }, request: { fare: float() },
  features: ({ from, to }, request) => ({ from: trips.of(from), to: trips.of(to), end: ends.of(to), fare: request.fare, relative: divide(request.fare, trips.of(from).mean_fare_2d) }),
  examples: { from: trip, row: (f) => ({ at: f.began, entities: { from: { name: f.from }, to: { name: f.to } }, request: { fare: f.fare }, label: eq(f.late, 1) }) } });
export const manifest = manifestOf({ trip, stop, trips, ends, late });
export const definition = given(manifest.models['late@v1']);
const view = given(manifest.views['trips@v1']);
const endsView = given(manifest.views['ends@v1']);
export const fields = given(manifest.events['trip.ended@v1']).fields;

export const begin = Date.UTC(2001, 0, 10);
export const range = { from: begin, to: begin + 2 * day, knownUntil: begin + 2 * day };

export const record: fc.Arbitrary<TestRecord> = fc.record({
  id: fc.uuid(), // Often at the same moment: several events of an entity, and several examples.
  effective: fc.oneof(fc.integer({ min: -24 * 12, max: 3 * 24 * 12 }).map((hops) => begin + hops * 5 * minute), fc.integer({ min: -4, max: 8 }).map((hours) => begin + hours * hour)), lateness: fc.constantFrom(0, 0, 0, minute, 7 * minute, 3 * hour), took: fc.oneof(fc.integer({ min: -1, max: 40 }), fc.constant(12)),
  from: fc.constantFrom('a', 'b'), to: fc.constantFrom('a', 'c'), late: fc.option(fc.integer({ min: 0, max: 2 })), fare: fc.integer({ min: 0, max: 400 }).map((quarters) => quarters / 4),
}).map(({ id, effective, lateness, took, ...row }) => ({ source: 's', id, effective, known: effective + lateness, row: { ...row, began: effective - took * 5 * minute } }));

/** The inputs of a record's row that are features, worked out in the plainest way from what was known before its moment. */
export const naiveInputs = (records: readonly TestRecord[], row: TestRecord['row']): Readonly<Record<string, number | null>> => {
  const events = records.map(({ source, id, known, effective, row: of }) => ({ source, id, effectiveTime: effective, knownAt: known, row: of }));
  const moment = Number(row['began']);
  const slots = (['from', 'to'] as const).flatMap((slot) => Object.entries(naiveFeatures(view, events.filter((each) => each.row['from'] === row[slot]), moment)).map(([name, value]) => [`${slot}__${name}`, value] as const));
  const ended = naiveFeatures(endsView, events.filter((each) => each.row['to'] === row['to']), moment)['ends_3h'];
  return Object.fromEntries([...slots, ['end__ends_3h', ended] as const].map(([name, value]) => [name, value === null ? null : Math.fround(Number(value))]));
};
