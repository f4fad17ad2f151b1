import { gunzipSync } from 'node:zlib';
import type { ReceivedRecord } from '../../../../core/event/record';
import { order, record, shipped } from '../../../fixtures/contracts';
import { seeded } from '../../../lambdas/simulated-store';

/** A row of a curated table, as far as these tests look at it. */
export interface ExpectedRow { readonly id: string; readonly time: string; readonly known: string; readonly position: string; readonly parcels: number }

interface RawLine {
  readonly event: { readonly id: string; readonly source: string; readonly data: { readonly parcels: number } };
  readonly lineage: { readonly event_time: string; readonly known_at: string; readonly arrival: string; readonly position: string };
}

const day = 86_400_000;
const start = Date.parse('2026-03-01T00:00:00.000Z');

/**
 * Records in batches, many of them copies of one another: with another content, another time near midnight, a later or
 * an earlier moment at which they were known, and in whatever order.
 */
export const batchesOfCopies = (seed: number, batches: number, size: number, identities: number): readonly (readonly ReceivedRecord[])[] => {
  const random = seeded(seed);
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  let sequence = 0;
  return Array.from({ length: batches }, () => Array.from({ length: size }, () => {
    sequence += 1;
    const identity = Math.floor(random() * identities);
    // A copy is on its event's day or, close to midnight, on the next.
    const base = start + (identity % 4) * day;
    const time = random() < 0.2 ? base + day + pick([-1, 0, 1]) : base + 3_600_000 * Math.floor(random() * 24);
    const known = time + pick([0, 0, 1000, 60_000, day]);
    const arrival = Math.max(time, known) + pick([0, 500, 2 * day]);
    if (random() < 0.05) return record(order({}, { id: `o-${identity}`, time: new Date(time).toISOString() }), { sequence, arrival });
    return record(shipped({ parcels: pick([1, 2]), orderId: `AB-${identity}` }, { id: `s-${identity}`, time: new Date(time).toISOString(), recordedtime: new Date(known).toISOString() }), { sequence, arrival });
  }));
};

/** What a table must hold of some objects of raw, counted without any of the code that writes it: a sort and a set. */
export const firstCopies = (objects: Iterable<Buffer>): readonly ExpectedRow[] => {
  const lines = [...objects].flatMap((object) => gunzipSync(object).toString('utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as RawLine));
  const order_ = ({ lineage }: RawLine): string => [lineage.known_at, lineage.arrival, lineage.position].join(' ');
  const found = new Map<string, ExpectedRow>();
  for (const { event, lineage } of lines.sort((one, other) => (order_(one) < order_(other) ? -1 : 1))) {
    const identity = `${event.source} ${event.id}`;
    if (!found.has(identity)) found.set(identity, { id: event.id, time: lineage.event_time, known: lineage.known_at, position: lineage.position, parcels: event.data.parcels });
  }
  return [...found.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
};

/** The same of a table. */
export const shippedRows = `SELECT _id AS id, strftime(_time, '%Y-%m-%dT%H:%M:%S.%gZ') AS time, strftime(_known_at, '%Y-%m-%dT%H:%M:%S.%gZ') AS known, _position AS position, parcels::DOUBLE AS parcels FROM order_shipped ORDER BY id, position`;
