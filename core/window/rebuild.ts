import type { Position } from '../event/position';
import { comparePlaces } from '../event/position';
import type { FoldOptions, PreparedRecord } from './fold';
import { expiryOf, foldHistory } from './fold';
import type { ViewPlan } from './plan';
import type { ViewState, Watermark } from './state';

/** Collects the state of one entity from the lake, in memory that its windows bound and not its records. */
export interface EntityRebuild {
  /** Takes a line of the lake, in the order of arrival; of a copy of an identity that was taken, only that it came. */
  readonly add: (record: PreparedRecord, isCopy: boolean) => void;
  /** Takes a line that the fold could not: the watermark passes it. */
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
  let arrival = 0;
  let watermarks = new Map<string, Watermark>();

  const flush = (): void => {
    if (waiting.length === 0) return;
    state = foldHistory(plan, state, waiting, options).state;
    waiting = [];
  };

  const pass: EntityRebuild['pass'] = (line) => {
    if (isImported(line.position)) return;
    const before = watermarks.get(shardKey(line.position));
    const isLater = !before || comparePlaces(line.position, before) > 0;
    watermarks.set(shardKey(line.position), { ...(isLater ? line.position : before), arrival: Math.max(before?.arrival ?? 0, line.arrival) });
  };

  return {
    add: (record, isCopy) => {
      const expiresAt = arrival === 0 ? 0 : expiryOf(plan, arrival, options);
      // As online: a record of the stream that finds its item expired begins it anew.
      if (expiresAt > 0 && record.arrival > expiresAt * 1000 && !isImported(record.position)) {
        [state, waiting, watermarks] = [undefined, [], new Map<string, Watermark>()];
      }
      pass(record);
      // A copy keeps an item alive, though it counts for nothing.
      arrival = Math.max(arrival, record.arrival);
      if (isCopy) return;
      waiting.push(record);
      if (waiting.length === recordsAtOnce) flush();
    },
    pass,
    finish: () => {
      flush();
      if (!state) return undefined;
      return {
        ...state, arrival, expiresAt: expiryOf(plan, arrival, options),
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
  return watermark ? comparePlaces(position, watermark) <= 0 : state.arrival > arrival + streamRetention + day;
};
