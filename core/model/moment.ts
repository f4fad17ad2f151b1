import type { EpochMillis } from '../event/time';
import { isoText } from '../event/time';
import type { Result } from './problem';
import { failed } from './problem';
import type { AskedMoment } from './request';

/**
 * The moment t of an answer: now, or what was asked for, but after every event that the items read already hold. State
 * has forgotten what it was before an event, so an earlier moment has no exact answer; who allows newer state gets the
 * first moment that has one.
 *
 * @param place whose items were read, as in `instances/0`
 * @param newestEvents newest event times in those items
 * @returns the moment, or the problem `not_answerable` when `at` is at or before the newest event
 */
export const momentOf = (asked: AskedMoment, now: EpochMillis, newestEvents: readonly EpochMillis[], place: string): Result<EpochMillis> => {
  const newest = newestEvents.reduce((left, right) => Math.max(left, right), Number.NEGATIVE_INFINITY);
  const wanted = asked.at ?? now;
  if (wanted > newest) return { ok: true, value: wanted };
  if (asked.at === undefined || asked.allowNewerState) return { ok: true, value: newest + 1 };
  return failed('not_answerable', `The state of ${place} already holds an event of ${isoText(newest)}, and cannot tell what it was at ${isoText(asked.at)}. `
    + 'Ask for a moment after that event, leave `at` out, or set "allowNewerState": true to be answered for the first moment after it.', [{ pointer: '/at', detail: `must be after ${isoText(newest)}` }]);
};
