import { count, current, dataset, entity, event, featureView, int, last, max, mean, optional, over, string } from 'headrace';
import { given } from 'headrace/testing';

const landed = event('flight.landed', { version: 1, partitionBy: 'origin', fields: { origin: string(), gate: optional(string()), delay: int() } });
const airport = entity('airport', { iata: string() });
const gate = entity('gate', { iata: string(), gate: string() });
const departures = featureView('departures', { version: 1, entity: airport, from: landed, by: (row) => ({ iata: row.origin }),
  features: (row) => [over(['1h', '24h'], { flights: count(), mean_delay: mean(row.delay), worst: max(row.delay), newest: last(row.delay) })] });
const gates = featureView('gates', { version: 1, entity: gate, from: landed, by: (row) => ({ iata: row.origin, gate: row.gate }), features: () => [over('1h', { flights: count() })] });

const flights = given(landed, [
  { time: '2001-06-01T09:58:00Z', data: { origin: 'ORD', gate: 'B2', delay: 10 } },
  { time: '2001-06-01T10:02:00Z', data: { origin: 'ORD', gate: null, delay: 5 } },
  { time: '2001-06-01T10:01:00Z', data: { origin: 'JFK', gate: 'B2', delay: 90 } },
  { time: '2001-06-01T10:03:00Z', knownAt: '2001-06-01T12:00:00Z', data: { origin: 'ORD', gate: 'B2', delay: 60 } },
]);

describe('features of given events', () => {
  it('are those of the entity, in its windows, in the order in which things happened', () => {
    expect(flights.at('2001-06-01T10:30:00Z').feature(departures, { iata: 'ORD' })).toEqual({
      flights_1h: 2, mean_delay_1h: 7.5, worst_1h: 10, newest_1h: 5, flights_24h: 2, mean_delay_24h: 7.5, worst_24h: 10, newest_24h: 5,
    });
  });

  it('do not know what was not known yet, and count what happened at its own time', () => {
    expect(flights.at('2001-06-01T12:00:00Z').feature(departures, { iata: 'ORD' })['flights_24h']).toBe(2);
    expect(flights.at('2001-06-01T12:00:00.001Z').feature(departures, { iata: 'ORD' })).toMatchObject({ flights_24h: 3, flights_1h: 0, newest_24h: 60 });
  });

  it('move their tail in hops: at 11:02 the last hour begins at 10:00', () => {
    expect(flights.at('2001-06-01T11:02:00Z').feature(departures, { iata: 'ORD' })['flights_1h']).toBe(1);
    expect(flights.at('2001-06-01T10:59:59.999Z').feature(departures, { iata: 'ORD' })['flights_1h']).toBe(2);
  });

  it('are 0 or absent for an entity of which nothing is known', () => {
    expect(flights.at('2001-06-01T10:30:00Z').feature(departures, { iata: 'SFO' })).toEqual({
      flights_1h: 0, mean_delay_1h: null, worst_1h: null, newest_1h: null, flights_24h: 0, mean_delay_24h: null, worst_24h: null, newest_24h: null,
    });
  });

  it('belong to no entity when a part of the key is absent', () => {
    const moment = flights.at('2001-06-01T10:30:00Z');
    expect(moment.feature(gates, { iata: 'ORD', gate: 'B2' })).toEqual({ flights_1h: 1 });
    expect(moment.feature(gates, { iata: 'ORD', gate: null })).toEqual({ flights_1h: 0 });
  });

  it('say what is wrong with what was given', () => {
    const other = event('flight.delayed', { version: 1, partitionBy: 'origin', fields: { origin: string() } });
    expect(() => given(other, []).at('2001-06-01T10:00:00Z').feature(departures, { iata: 'ORD' })).toThrow('is made from flight.landed@v1, but events of flight.delayed@v1 were given');
    expect(() => flights.at('2001-06-01T10:00:00Z').feature(departures, { airport: 'ORD' })).toThrow('has the fields iata, but airport were given');
    expect(() => flights.at('yesterday')).toThrow('The moment is "yesterday"; it must be an RFC 3339 date-time');
    expect(() => given(landed, [{ time: '2001-06-01', data: {} }])).toThrow('The time of event 0 is "2001-06-01"');
  });
});

describe('features of given batches', () => {
  const gates = dataset('gates', { version: 1, key: ['iata'], knownAt: 'arrival', source: { csv: 'gates/' }, fields: { iata: string(), gates: int(), opened: optional(string()) } });
  const size = featureView('size', { version: 1, entity: airport, from: gates, by: (row) => ({ iata: row.iata }), features: (row) => [current({ gates: row.gates, opened: row.opened })] });
  const landed_ = given(gates, [
    { arrival: '2001-06-01T10:00:00Z', rows: [{ iata: 'ORD', gates: 4 }, { iata: 'JFK', gates: 2, opened: '1948' }] },
    { arrival: '2001-06-02T10:00:00Z', rows: [{ iata: 'ORD', gates: 5 }] },
  ]);

  it('are those of the row that was known, until a batch does not have it any more', () => {
    const of = (t: string, iata: string) => landed_.at(t).feature(size, { iata });
    expect([of('2001-06-01T10:00:00Z', 'ORD'), of('2001-06-01T12:00:00Z', 'ORD'), of('2001-06-03T00:00:00Z', 'ORD')]).toEqual([{ gates: null, opened: null }, { gates: 4, opened: null }, { gates: 5, opened: null }]);
    expect([of('2001-06-02T00:00:00Z', 'JFK'), of('2001-06-03T00:00:00Z', 'JFK')]).toEqual([{ gates: 2, opened: '1948' }, { gates: null, opened: null }]);
  });

  it('refuse a view of another source', () => {
    expect(() => landed_.at('2001-06-03T00:00:00Z').feature(departures, { iata: 'ORD' })).toThrow('is made from flight.landed@v1, but batches of gates@v1 were given; give those of flight.landed@v1');
  });
});
