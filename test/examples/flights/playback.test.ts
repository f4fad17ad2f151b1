import fc from 'fast-check';
import type { Flight } from '../../../examples/flights/flight';
import type { Outcome } from '../../../examples/flights/playback';
import { play, playbackStep } from '../../../examples/flights/playback';

const from = Date.parse('2001-06-01T00:00:00Z');
const to = from + 8 * playbackStep;
const minute = 60_000;

/** Flights around the played time, in the order of their landing. */
const flights: fc.Arbitrary<readonly Flight[]> = fc
  .array(fc.record({ departure: fc.integer({ min: -8, max: 60 }), minutes: fc.integer({ min: -30, max: 400 }), delayMinutes: fc.integer({ min: -20, max: 90 }) }), { maxLength: 60 })
  .map((all) => all
    .map(({ departure, minutes, delayMinutes }, row) => {
      const scheduledDeparture = from + departure * 5 * minute;
      return { id: `flight-${row}`, origin: 'ORD', destination: 'LGA', distance: 733, departureHour: 12, departureWeekday: 5, delayMinutes, scheduledDeparture, landing: scheduledDeparture + minutes * minute };
    })
    .sort((one, other) => one.landing - other.landing));

type Act = { readonly put: readonly Flight[] } | { readonly drained: true } | { readonly at: number; readonly flights: readonly Flight[] };

const playing = async (all: readonly Flight[], { stopAfter = Number.POSITIVE_INFINITY, askFrom = from } = {}) => {
  const acts: Act[] = [];
  const steps: { readonly played: number; readonly landed: readonly Outcome[] }[] = [];
  const controller = new AbortController();
  const result = await play(all, { from, to, askFrom }, {
    put: async (landed) => { acts.push({ put: landed }); },
    drained: async () => { acts.push({ drained: true }); },
    predict: async (at, asked) => { acts.push({ at, flights: asked }); return asked.map(({ id }) => Number(id.slice(7)) / 100); },
    onStep: async (played, landed) => {
      steps.push({ played, landed });
      if (steps.length >= stopAfter) controller.abort();
    },
    signal: controller.signal,
  });
  return { acts, steps, result };
};

describe('a playback', () => {
  it('puts each flight that landed in its time, once, in the order in which they landed', () => fc.assert(fc.asyncProperty(flights, async (all) => {
    const { acts, result } = await playing(all);
    const landed = all.filter(({ landing }) => landing >= from && landing < to);
    expect(acts.flatMap((act) => ('put' in act ? act.put : []))).toEqual(landed);
    expect(result.sent).toBe(landed.length);
  })));

  it('asks when all that was known before the moment is consumed, and nothing that was not', () => fc.assert(fc.asyncProperty(flights, async (all) => {
    const { acts } = await playing(all);
    for (const { act, before } of acts.flatMap((each, index) => ('at' in each ? [{ act: each, before: acts.slice(0, index) }] : []))) {
      expect(before.findLastIndex((each) => 'drained' in each)).toBeGreaterThan(before.findLastIndex((each) => 'put' in each));
      expect(before.flatMap((each) => ('put' in each ? each.put : []))).toEqual(all.filter(({ landing }) => landing >= from && landing < act.at));
    }
  })));

  it('asks about each flight that has not landed at its scheduled departure, where that is a full or half hour', () => fc.assert(fc.asyncProperty(flights, async (all) => {
    const { acts } = await playing(all);
    const asked = acts.flatMap((act) => ('at' in act ? act.flights.filter(({ scheduledDeparture }) => scheduledDeparture === act.at).map(({ id }) => id) : []));
    expect(acts.flatMap((act) => ('at' in act ? act.flights : []))).toHaveLength(asked.length);
    const expected = all.filter(({ scheduledDeparture, landing }) => landing >= scheduledDeparture && scheduledDeparture >= from && scheduledDeparture < to && (scheduledDeparture - from) % playbackStep === 0);
    expect([...asked].sort()).toEqual(expected.map(({ id }) => id).sort());
  })));

  it('does not ask again where an earlier playback has asked', () => fc.assert(fc.asyncProperty(flights, async (all) => {
    const askFrom = from + playbackStep;
    const [whole, later] = [await playing(all), await playing(all, { askFrom })];
    expect(later.acts.filter((act) => 'at' in act)).toEqual(whole.acts.filter((act) => 'at' in act && act.at >= askFrom));
  })));

  it('shows a prediction when its flight has landed, beside that flight', () => fc.assert(fc.asyncProperty(flights, async (all) => {
    const { steps, result } = await playing(all);
    for (const { played, landed } of steps)
      for (const { flight, probability } of landed) {
        expect(flight.landing).toBeLessThan(played);
        expect(flight.landing).toBeGreaterThanOrEqual(played - playbackStep);
        expect(probability).toBe(Number(flight.id.slice(7)) / 100);
      }
    expect(result.outcomes).toEqual(steps.flatMap(({ landed }) => landed));
  })));

  it('can be broken off after any step and go on there, with nothing put twice or left out', () => fc.assert(fc.asyncProperty(flights, fc.integer({ min: 1, max: 8 }), async (all, stopAfter) => {
    const { acts, steps } = await playing(all, { stopAfter });
    expect(steps).toHaveLength(stopAfter);
    const played = steps.at(-1)?.played ?? from;
    expect(acts.flatMap((act) => ('put' in act ? act.put : []))).toEqual(all.filter(({ landing }) => landing >= from && landing < played));
  })));
});
