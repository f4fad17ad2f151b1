import { given } from 'headrace/testing';
import { arrivals, departures, flightLanded } from '../../../examples/flights/definitions';

const flight = (time: string, delayMinutes: number, origin = 'ORD') => ({ time, data: { origin, destination: 'LAX', distance: 1745, scheduledDeparture: '2001-06-01T08:00:00Z', departureHour: 3, departureWeekday: 5, delayMinutes } });

const landed = [flight('2001-06-01T10:00:00Z', 30), flight('2001-06-01T10:20:00Z', 0), flight('2001-06-01T06:59:59Z', 90), flight('2001-06-01T10:10:00Z', 60, 'SFO')];

describe('the features of the flights', () => {
  it('describe an airport by what left it and has landed', () => {
    const features = given(flightLanded, landed).at('2001-06-01T10:30:00Z').feature(departures, { iata: 'ORD' });
    expect(features).toMatchObject({ flights_1h: 2, mean_delay_1h: 15, late_share_1h: 0.5, flights_24h: 3, max_delay_24h: 90, last_delay_7d: 0 });
  });

  it('describe an airport by what has landed there', () => {
    expect(given(flightLanded, landed).at('2001-06-01T10:30:00Z').feature(arrivals, { iata: 'LAX' })).toMatchObject({ flights_1h: 3, late_share_1h: 2 / 3 });
  });

  it('do not count a flight before it has landed', () => {
    expect(given(flightLanded, landed).at('2001-06-01T10:20:00Z').feature(departures, { iata: 'ORD' })).toMatchObject({ flights_1h: 1, last_delay_7d: 30 });
  });

  it('are absent, and not zero, where nothing landed', () => {
    expect(given(flightLanded, landed).at('2001-06-01T10:30:00Z').feature(departures, { iata: 'JFK' })).toMatchObject({ flights_1h: 0, mean_delay_1h: null, late_share_3h: null, last_delay_7d: null });
  });

  it('let the tail of a window move in hops of five minutes', () => {
    const count = (t: string) => given(flightLanded, [flight('2001-06-01T09:32:00Z', 1)]).at(t).feature(departures, { iata: 'ORD' })['flights_1h'];
    expect(count('2001-06-01T10:34:59Z')).toBe(1);
    expect(count('2001-06-01T10:35:00Z')).toBe(0);
  });
});
