import { rejection } from '../../contract/faults';
import type { Accepted } from '../../contract/judge';
import type { Rejection } from '../../contract/rejection';
import { isoText } from '../../event/time';

/** Characters of a text that Flink may keep of an event. What it sends of a hop holds such texts twice as long, several of them, and a topic takes so much at once. */
const longestText = 4096;

const unfit = (path: string, found: string, allowed: string): Rejection =>
  rejection('fold_failed', path, found, allowed, 'correct the event; where such are right, give the field a limit in its contract, or let the view be worked out by the aggregator');

/**
 * Why Flink cannot work out what an accepted event comes to: it would pass over it in silence, or what it sends of the hop would be
 * more than a topic takes, which nothing gets past.
 *
 * @param texts fields with text that its views may read
 */
export const unfitForFlink = ({ event, times }: Pick<Accepted, 'event' | 'times'>, texts: readonly string[]): Rejection | undefined => {
  if (times.effectiveTime < 0) return unfit('/time', isoText(times.effectiveTime), 'in a view of Flink\'s, times from 1970');
  const long = texts.find((name) => { const value = event.data[name]; return typeof value === 'string' && value.length > longestText; });
  if (long === undefined) return undefined;
  return unfit(`/data/${long}`, `a text of ${String(event.data[long]).length} characters`, `in a view of Flink's, at most ${longestText}`);
};
