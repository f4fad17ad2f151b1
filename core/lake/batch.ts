import type { Contracts } from '../contract/contracts';
import type { Judgement } from '../contract/judge';
import { judge } from '../contract/judge';
import type { Rejection, RejectionCode } from '../contract/rejection';
import { isErased } from '../erasure/erased';
import type { ReceivedRecord } from '../event/record';
import type { EpochMillis } from '../event/time';
import { dayNumber } from '../event/time';
import type { VersionedName } from '../manifest/manifest';
import { lineMaker, rawLineStart } from './line';
import type { LakeObject, LineGroup } from './object';
import { lakeObject } from './object';
import type { TextBuilder } from './text-builder';
import { textBuilder } from './text-builder';

/** How many events of a batch were accepted, by contract, and rejected, by reason and by contract's event type (`unknown` when there is none of that name). */
export interface BatchCounts {
  readonly accepted: ReadonlyMap<VersionedName, number>;
  readonly rejected: ReadonlyMap<RejectionCode, number>;
  readonly rejectedByType: ReadonlyMap<string, number>;
  /** Records of subjects that were erased after they had arrived. */
  readonly erased: number;
}

/** Records on their way into the lake. Each one that is added stands in exactly one line of exactly one object, but for those of subjects that were erased. */
export interface LakeBatch {
  /** Judges a record and keeps its line. */
  readonly add: (record: ReceivedRecord) => Judgement;
  /** Keeps a record as rejected for a reason that its contract does not know of. */
  readonly quarantine: (record: ReceivedRecord, reason: Rejection, eventType: string | null) => void;
  /** The objects to write. An object of raw holds events of one contract and one day of known-at, in the order in which they were added. */
  readonly objects: () => readonly LakeObject[];
  readonly counts: BatchCounts;
}

/** Event type under which rejected events are counted that are of no declared type: what producers send is never a metric's dimension. */
const unknownType = 'unknown';

const increment = <Key>(counts: Map<Key, number>, key: Key): void => { counts.set(key, (counts.get(key) ?? 0) + 1); };

/**
 * Starts a batch. It grows in memory by about the size of its lines: end it with `objects()` and start the next.
 *
 * @param contracts what records are judged by
 */
export const lakeBatch = (contracts: Contracts): LakeBatch => {
  const groups = new Map<string, LineGroup>();
  const accepted = new Map<VersionedName, number>();
  const rejected = new Map<RejectionCode, number>();
  const rejectedByType = new Map<string, number>();
  const { rawLineEnd, quarantineLine } = lineMaker(contracts.manifestHash);
  let index = 0;
  let erased = 0;

  /** Counts a record into its group; gives the text that its line goes to. */
  const linesFor = (zone: LakeObject['zone'], folder: string, at: EpochMillis, { position }: ReceivedRecord): TextBuilder => {
    const key = `${zone}/${folder} ${dayNumber(at)} ${position.source} ${position.shard}`;
    let group = groups.get(key);
    if (group === undefined) {
      group = { zone, folder, at, firstIndex: index, first: position, last: position, lines: textBuilder(), records: 0 };
      groups.set(key, group);
    }
    group.records += 1;
    group.last = position;
    index += 1;
    return group.lines;
  };

  const quarantine: LakeBatch['quarantine'] = (record, reason, eventType) => {
    increment(rejected, reason.code);
    increment(rejectedByType, eventType !== null && contracts.types.has(eventType) ? eventType : unknownType);
    linesFor('quarantine', reason.code, record.arrival, record).append(quarantineLine(record, reason, eventType));
  };

  const add: LakeBatch['add'] = (record) => {
    const judgement = judge(record, contracts);
    if (contracts.tombstones !== undefined && isErased(record, judgement, contracts.tombstones)) {
      erased += 1;
      index += 1;
      return judgement;
    }
    if (!judgement.accepted) {
      quarantine(record, judgement.rejection, judgement.eventType);
      return judgement;
    }
    const { contract, times } = judgement;
    increment(accepted, contract.name);
    const lines = linesFor('raw', contract.folder, times.knownAt, record);
    lines.append(rawLineStart);
    lines.append(typeof judgement.text === 'string' ? judgement.text : judgement.text());
    lines.append(rawLineEnd(record, judgement));
    return judgement;
  };

  return { add, quarantine, objects: () => [...groups.values()].map(lakeObject), counts: { accepted, rejected, rejectedByType, get erased() { return erased; } } };
};
