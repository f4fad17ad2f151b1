import { gunzipSync } from 'node:zlib';
import { positionOf } from '../../core/event/position';
import type { QuarantineLine } from '../../core/lake/line';
import { isStreamed, spansPosition } from '../../core/lake/object';
import type { RejectionCode } from '../../core/contract/rejection';
import { rejectionCodes } from '../../core/contract/rejection';
import type { EpochMillis } from '../../core/event/time';
import type { ObjectStore } from '../../lib/runtime/object-store';

/** Which rejected events are looked for. */
export interface RejectedFilter {
  readonly reason?: RejectionCode;
  readonly type?: string;
  /** Of the arrival; inclusive. */
  readonly from?: EpochMillis;
  /** Of the arrival; exclusive. */
  readonly to?: EpochMillis;
  /** Of one record; see `positionText`. */
  readonly position?: string;
}

const partition = /\/dt=(\d{4}-\d{2}-\d{2})\/hr=(\d{2})\//u;
const day = 86_400_000;

/** Whether an object can hold a record: those of the stream tell by their names the shard, and the first and last sequence number. */
const mayHoldPosition = (key: string, position: string): boolean => !isStreamed(key) || spansPosition(key, positionOf(position)) === true;

/** Whether an object can hold what is looked for: its records arrived on one day, the first of them in its hour. */
const mayHold = (key: string, { from, to, position }: RejectedFilter): boolean => {
  const [, date, hour] = partition.exec(key) ?? [];
  if (date === undefined || hour === undefined) return false;
  const begins = Date.parse(`${date}T${hour}:00:00Z`);
  return (position === undefined || mayHoldPosition(key, position)) && (to === undefined || begins < to) && (from === undefined || Date.parse(`${date}T00:00:00Z`) + day > from);
};

const matches = (line: QuarantineLine, { type, from, to, position }: RejectedFilter): boolean => {
  const arrival = Date.parse(line.lineage.arrival);
  return (position === undefined || line.lineage.position === position) && (type === undefined || line.event_type === type) && (from === undefined || arrival >= from) && (to === undefined || arrival < to);
};

/** Lines of an object in quarantine. */
const quarantineLines = (content: Uint8Array): readonly QuarantineLine[] =>
  gunzipSync(content).toString('utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as QuarantineLine);

/** The rejected events of a quarantine bucket, by reason and time. A record that a retry wrote again is given once. */
export async function* rejectedEvents(store: Pick<ObjectStore, 'list' | 'get'>, filter: RejectedFilter): AsyncGenerator<QuarantineLine> {
  for (const reason of filter.reason === undefined ? rejectionCodes : [filter.reason]) {
    const seen = new Set<string>();
    for await (const { key } of store.list(`quarantine/${reason}/`)) {
      const content = mayHold(key, filter) ? await store.get(key) : undefined;
      for (const line of content ? quarantineLines(content) : []) {
        if (seen.has(line.lineage.position) || !matches(line, filter)) continue;
        seen.add(line.lineage.position);
        yield line;
      }
    }
  }
}

/** How many events were rejected for a reason on a day, of one type as they say. */
export interface RejectedCount {
  readonly day: string;
  readonly reason: RejectionCode;
  readonly eventType: string | null;
  events: number;
  /** A position, to look one up. */
  readonly example: string;
}

/** Counts rejected events by day of arrival, reason and type; newest day first. */
export const countRejected = async (events: AsyncIterable<QuarantineLine>): Promise<readonly RejectedCount[]> => {
  const counts = new Map<string, RejectedCount>();
  for await (const { reason, event_type: eventType, lineage } of events) {
    const date = lineage.arrival.slice(0, 10);
    const key = JSON.stringify([date, reason, eventType]);
    const count = counts.get(key) ?? { day: date, reason, eventType, events: 0, example: lineage.position };
    count.events += 1;
    counts.set(key, count);
  }
  return [...counts.values()].sort((left, right) => (left.day === right.day ? right.events - left.events : left.day < right.day ? 1 : -1));
};
