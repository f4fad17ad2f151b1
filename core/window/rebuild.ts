import type { Position } from '../event/position';
import { placeText, positionText } from '../event/position';
import type { FoldOptions, PreparedRecord } from './fold';
import { expiryOf, foldHistory } from './fold';
import { ringSize } from './identity';
import type { ViewPlan } from './plan';
import type { ViewState, Watermark } from './state';

/** Collects the state of one entity from the lake, in memory that its windows bound and not its records. */
export interface EntityRebuild {
  /** Takes a line of the lake. Lines of one identity come one after another, its survivor first; else the order does not matter. */
  readonly add: (record: PreparedRecord) => void;
  /** Takes a line that the fold could not: the watermark passes it, as online. */
  readonly pass: (line: Pick<PreparedRecord, 'position' | 'arrival'>) => void;
  /** The state as if the lines had been folded from the stream; undefined when there were none. */
  readonly finish: () => ViewState | undefined;
}

const day = 86_400_000;
const recordsAtOnce = 4096;

/** Whether a line came by an import: no stream delivers it again, so it leaves no watermark. */
export const isImported = ({ source }: Pick<Position, 'source'>): boolean => source.startsWith('import/');

const shardKey = ({ source, shard }: Pick<Position, 'source' | 'shard'>): string => `${source}\0${shard}`;

/** Starts the rebuild of an entity. */
export const rebuildEntity = (plan: ViewPlan, options: FoldOptions): EntityRebuild => {
  let state: ViewState | undefined;
  let waiting: PreparedRecord[] = [];
  let identity: number | undefined;
  let newest: PreparedRecord[] = [];
  let arrival = 0;
  const watermarks = new Map<string, Watermark>();

  const flush = (): void => {
    if (waiting.length === 0) return;
    // Without the ring: copies were dropped already, and the order is not that of the stream.
    const folded = foldHistory(plan, state, waiting, options).state;
    state = { ...folded, ring: [] };
    newest = [...newest, ...waiting].sort((left, right) => left.arrival - right.arrival || (positionText(left.position) < positionText(right.position) ? -1 : 1)).slice(-ringSize);
    waiting = [];
  };

  const pass: EntityRebuild['pass'] = ({ position, arrival }) => {
    if (isImported(position)) return;
    const before = watermarks.get(shardKey(position));
    const isLater = !before || placeText(position) > placeText(before);
    watermarks.set(shardKey(position), { ...(isLater ? position : before), arrival: Math.max(before?.arrival ?? 0, arrival) });
  };

  return {
    add: (record) => {
      pass(record);
      // A copy keeps an item alive, though it counts for nothing.
      arrival = Math.max(arrival, record.arrival);
      if (record.identity === identity) return;
      identity = record.identity;
      waiting.push(record);
      if (waiting.length === recordsAtOnce) flush();
    },
    pass,
    finish: () => {
      flush();
      if (!state) return undefined;
      return {
        ...state, arrival, expiresAt: expiryOf(plan, arrival, options), ring: newest.map((record) => record.identity),
        watermarks: [...watermarks].filter(([, mark]) => arrival <= mark.arrival + options.streamRetention + day).sort(([left], [right]) => (left < right ? -1 : 1)).map(([, mark]) => mark),
      };
    },
  };
};

/**
 * Whether a state holds a line of the lake: an imported one, or one at or under its shard's watermark. A closed shard's
 * watermark is forgotten some time after its last record; what arrived before that time was folded.
 */
export const holdsLine = (state: ViewState, { position, arrival }: Pick<PreparedRecord, 'position' | 'arrival'>, { streamRetention }: FoldOptions): boolean => {
  if (isImported(position)) return true;
  const watermark = state.watermarks.find(({ source, shard }) => source === position.source && shard === position.shard);
  return watermark ? placeText(position) <= placeText(watermark) : state.arrival > arrival + streamRetention + day;
};
