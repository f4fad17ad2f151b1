import { between, count, current, dataset, entity, event, featureView, float, gt, int, last, legible, max, mean, model, over, rejected, rowCount, share, steady, string, timestamp } from 'headrace';
import type { Columns } from 'headrace';

const iata = string({ pattern: '^[A-Z0-9]{3}$' });

/** A flight's delay is known only when it has landed: the event is the landing, its time the landing's. */
export const flightLanded = event('flight.landed', {
  version: 1,
  description: 'A flight in the United States has landed; its delay is now known.',
  partitionBy: 'origin',
  knownAt: 'recordedtime',
  fields: {
    origin: iata,
    destination: iata,
    distance: int({ min: 0, max: 20_000 }),
    scheduledDeparture: timestamp(),
    departureHour: int({ min: 0, max: 23 }),
    departureWeekday: int({ min: 1, max: 7 }),
    delayMinutes: int({ min: -180, max: 1440 }),
  },
});

/** The airports of the United States: reference data that does not change. */
export const airports = dataset('airports', {
  version: 1,
  description: 'Airports with their place, by IATA code.',
  key: ['iata'],
  knownAt: 'always',
  source: { csv: 'airports/' },
  fields: { iata: string({ pattern: '^[A-Z0-9]{3,4}$' }), name: string(), city: string(), state: string(), country: string(), latitude: float({ min: -90, max: 90 }), longitude: float({ min: -180, max: 180 }) },
  expects: (row) => [rowCount({ ofUsual: [0.8, 1.25] }), rejected({ atMost: 0.02 }), legible(row.name), between(row.latitude, -15, 72), steady(row.latitude, 0.2)],
});

export const airport = entity('airport', { iata });

const delays = (flight: Columns<typeof flightLanded.fields>) => [
  over(['1h', '3h', '24h', '7d'], { flights: count(), mean_delay: mean(flight.delayMinutes), late_share: share(gt(flight.delayMinutes, 15)) }),
  over('24h', { max_delay: max(flight.delayMinutes) }),
  over('7d', { last_delay: last(flight.delayMinutes) }),
] as const;

export const departures = featureView('airport_departures', {
  version: 1, description: 'Delays of the flights that left this airport and have landed.',
  entity: airport, from: flightLanded, by: (flight) => ({ iata: flight.origin }), features: delays,
});

export const arrivals = featureView('airport_arrivals', {
  version: 1, description: 'Delays of the flights that have landed at this airport.',
  entity: airport, from: flightLanded, by: (flight) => ({ iata: flight.destination }), features: delays,
});

export const profile = featureView('airport_profile', {
  version: 1, description: 'Where the airport lies.',
  entity: airport, from: airports, by: (row) => ({ iata: row.iata }), features: (row) => [current({ latitude: row.latitude, longitude: row.longitude })],
});

/** Will this flight arrive more than a quarter of an hour late? Asked at its scheduled departure. */
export const lateArrival = model('late_arrival', {
  version: 1,
  description: 'Probability that a flight arrives more than 15 minutes late.',
  predicts: 'probability',
  entities: { origin: airport, destination: airport },
  request: { distance: int({ min: 0, max: 20_000 }), departureHour: int({ min: 0, max: 23 }), departureWeekday: int({ min: 1, max: 7 }) },
  features: ({ origin, destination }, request) => ({
    origin: departures.of(origin),
    destination: arrivals.of(destination),
    latitude: profile.of(origin).latitude,
    longitude: profile.of(origin).longitude,
    distance: request.distance,
    hour: request.departureHour,
    weekday: request.departureWeekday,
  }),
  examples: {
    from: flightLanded,
    row: (flight) => ({
      at: flight.scheduledDeparture,
      entities: { origin: { iata: flight.origin }, destination: { iata: flight.destination } },
      request: { distance: flight.distance, departureHour: flight.departureHour, departureWeekday: flight.departureWeekday },
      label: gt(flight.delayMinutes, 15),
    }),
  },
  // Airports by how many flights have left them in the last week.
  evaluation: { slices: { airport_size: { input: 'origin__flights_7d', at: [100, 700, 2000] } } },
});
