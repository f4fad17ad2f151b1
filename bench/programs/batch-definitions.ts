import { between, dataset, int, present, rowCount, string, timestamp, unique } from 'headrace';
import type { Columns } from 'headrace';

/** As the source has them: no delay is out of range, so that every flight is taken. */
const fields = {
  flight: int({ min: 0 }),
  origin: string({ pattern: '^[A-Z0-9]{3}$' }),
  destination: string({ pattern: '^[A-Z0-9]{3}$' }),
  distance: int({ min: 0, max: 20_000 }),
  scheduledDeparture: timestamp(),
  departureHour: int({ min: 0, max: 23 }),
  departureWeekday: int({ min: 1, max: 7 }),
  delayMinutes: int(),
  landing: timestamp(),
};

const flightsOn = (name: string, engine: 'duckdb' | 'spark') => dataset(name, {
  version: 1, description: 'Flights in the United States with their delay, one row each.', engine,
  key: ['flight'], knownAt: { column: 'landing' }, source: { parquet: `${name}/` }, fields,
  expects: (row: Columns<typeof fields>) => [rowCount({ atLeast: 1 }), present(row.origin), between(row.delayMinutes, -180, 1440, { atMost: 0.0001 }), unique([row.flight])],
});

/** The same batch twice: the two differ by name and engine alone. */
export const flightsOnDuckDB = flightsOn('flights_duckdb', 'duckdb');
export const flightsOnSpark = flightsOn('flights_spark', 'spark');
