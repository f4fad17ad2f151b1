import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Flight } from '../../../examples/flights/flight';
import { landedEvent, readFlights } from '../../../examples/flights/flight';
import type { PreparedFlights } from '../../../examples/flights/prepare';
import { prepareFlights } from '../../../examples/flights/prepare';

const directory = mkdtempSync(join(tmpdir(), 'headrace-flights-'));
const source = join(directory, 'flights.parquet');
const always = [Date.parse('2000-01-01'), Date.parse('2002-01-01')] as const;
let connection: DuckDBConnection;
let prepared: PreparedFlights;
let history: readonly Flight[];

const rowOf = (row: number): Flight => {
  const flight = history.find(({ id }) => id === `flight-${row}`);
  if (!flight) throw new Error(`row ${row} is not in the history`);
  return flight;
};
const iso = (instant: number): string => new Date(instant).toISOString();

beforeAll(async () => {
  connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`COPY (SELECT * FROM (VALUES
    (TIMESTAMP '2001-01-15 08:00', 10, 750, 'LAX', 'SFO'),
    (TIMESTAMP '2001-01-15 08:00', 10, 750, 'LAX', 'SFO'),
    (TIMESTAMP '2001-03-31 23:30', 0, 750, 'JFK', 'LAX'),
    (TIMESTAMP '2001-04-02 23:30', 0, 750, 'JFK', 'LAX'),
    (TIMESTAMP '2001-04-02 12:00', 0, 750, 'PHX', 'LAX'),
    (TIMESTAMP '2001-02-01 12:00', 1500, 750, 'HNL', 'LAX'),
    (TIMESTAMP '2001-02-01 12:00', -200, 75, 'ORD', 'LAX'),
    (TIMESTAMP '2001-05-31 18:00', 0, 7, 'JFK', 'LGA'),
    (TIMESTAMP '2001-05-31 18:00', 400, 7, 'JFK', 'LGA')
  ) AS flight (date, delay, distance, origin, destination)) TO '${source}' (FORMAT parquet)`);
  prepared = await prepareFlights(join(directory, 'prepared'), source);
  history = await readFlights(prepared.history, ...always);
});

afterAll(() => {
  connection.closeSync();
  rmSync(directory, { recursive: true, force: true });
});

describe('the prepared flights', () => {
  it('depart at the hour of their airport, which is another in UTC', () => {
    expect(iso(rowOf(0).scheduledDeparture)).toBe('2001-01-15T16:00:00.000Z');
    expect(rowOf(0)).toMatchObject({ departureHour: 8, departureWeekday: 1 });
  });

  it('follow the change to summer time where there is one', () => {
    expect(iso(rowOf(2).scheduledDeparture)).toBe('2001-04-01T04:30:00.000Z');
    expect(iso(rowOf(3).scheduledDeparture)).toBe('2001-04-03T03:30:00.000Z');
    expect(iso(rowOf(4).scheduledDeparture)).toBe('2001-04-02T19:00:00.000Z');
    expect(rowOf(3)).toMatchObject({ departureHour: 23, departureWeekday: 1 });
  });

  it('land half an hour, their distance and their delay after the departure', () => {
    expect(rowOf(0).landing - rowOf(0).scheduledDeparture).toBe((30 + 100 + 10) * 60_000);
  });

  it('are two where two rows are alike', () => {
    expect(rowOf(1)).toEqual({ ...rowOf(0), id: 'flight-1' });
  });

  it('keep delays that the contract refuses, and landings before the departure', () => {
    expect(rowOf(5).delayMinutes).toBe(1500);
    expect(rowOf(6).landing).toBeLessThan(rowOf(6).scheduledDeparture);
  });

  it('are history until June by their landing, in the order in which they became known', async () => {
    const landings = history.map(({ landing }) => landing);
    expect(landings).toEqual([...landings].sort((one, other) => one - other));
    expect(history.map(({ id }) => id)).toContain('flight-7');
    expect((await readFlights(prepared.playback, ...always)).map(({ id }) => id)).toEqual(['flight-8']);
  });

  it('are the same bytes each time', async () => {
    const again = await prepareFlights(join(directory, 'again'), source);
    expect(readFileSync(again.history)).toEqual(readFileSync(prepared.history));
    expect(again.version).toBe(prepared.version);
  });

  it('are not prepared twice', async () => {
    const { ino } = statSync(prepared.history);
    await prepareFlights(join(directory, 'prepared'), source);
    expect(statSync(prepared.history).ino).toBe(ino);
  });

  it('become events whose time is the landing', () => {
    expect(landedEvent(rowOf(0))).toEqual({
      specversion: '1.0', id: 'flight-0', source: '/flights/us/2001', type: 'flight.landed', time: '2001-01-15T18:20:00.000Z', recordedtime: '2001-01-15T18:20:00.000Z',
      data: { origin: 'LAX', destination: 'SFO', distance: 750, scheduledDeparture: '2001-01-15T16:00:00.000Z', departureHour: 8, departureWeekday: 1, delayMinutes: 10 },
    });
  });
});
