import { areaUnderCurve } from './area-under-curve';
import type { Flight } from './flight';
import { isLate } from './flight';

/** A prediction beside what then happened. */
export interface Outcome { readonly flight: Flight; readonly probability: number }

/** What is played. */
export interface PlaybackRange {
  /** Start of the played time, epoch milliseconds, a multiple of half an hour. */
  readonly from: number;
  /** Its end, exclusive. */
  readonly to: number;
  /** The first moment whose departures are asked about: later than `from` when an earlier playback has asked there. */
  readonly askFrom: number;
}

/** What a playback does to the world. */
export interface PlaybackEffects {
  /** Puts the landings of flights on the stream, in their order. */
  readonly put: (landed: readonly Flight[]) => Promise<void>;
  /** Waits until all that was put has been consumed. */
  readonly drained: () => Promise<void>;
  /** Probabilities of a late arrival, as far as can be known at a moment, in the order of the flights. */
  readonly predict: (at: number, flights: readonly Flight[]) => Promise<readonly number[]>;
  /** Told after each step of the played time, and of the predictions whose flights have landed in it. */
  readonly onStep: (played: number, landed: readonly Outcome[]) => Promise<void>;
  /** Stops the playback before its next step. */
  readonly signal?: AbortSignal;
}

export interface Playback {
  /** Landings that were put. */
  readonly sent: number;
  /** The predictions whose flights have landed. */
  readonly outcomes: readonly Outcome[];
  /** Area under the curve of these predictions; absent when all flights were alike. */
  readonly auc: number | undefined;
}

/** Milliseconds of played time between two looks at the departures: more flights are scheduled for a full or half hour than for any other minute. */
export const playbackStep = 30 * 60_000;

/**
 * Plays flights in the order in which they became known. Every half hour of the played time, when the stream is drained up
 * to it, the model is asked about each flight that is to leave at that moment; the outcome shows when the flight has landed.
 *
 * @param flights in the order of their landing
 */
export const play = async (flights: readonly Flight[], { from, to, askFrom }: PlaybackRange, { put, drained, predict, onStep, signal }: PlaybackEffects): Promise<Playback> => {
  const landings = flights.filter(({ landing }) => landing >= from && landing < to);
  const departures = Map.groupBy(flights, ({ scheduledDeparture }) => scheduledDeparture);
  const predicted = new Map<string, Outcome>();
  const outcomes: Outcome[] = [];
  let sent = 0;
  for (let now = from; now <= to; now += playbackStep) {
    if (signal?.aborted) break;
    const known = landings.slice(sent, landings.findLastIndex(({ landing }) => landing < now) + 1);
    await put(known);
    sent += known.length;
    await drained();
    const landed = known.flatMap(({ id }) => predicted.get(id) ?? []);
    outcomes.push(...landed);
    // A few flights of the source land before their departure: there is nothing left to predict.
    const leaving = now >= askFrom && now < to ? (departures.get(now) ?? []).filter(({ landing }) => landing >= now) : [];
    const probabilities = leaving.length > 0 ? await predict(now, leaving) : [];
    leaving.forEach((flight, index) => { predicted.set(flight.id, { flight, probability: probabilities[index] ?? Number.NaN }); });
    await onStep(now, landed);
  }
  return { sent, outcomes, auc: areaUnderCurve(outcomes.map(({ flight, probability }) => ({ probability, late: isLate(flight) }))) };
};
