import { isDeepStrictEqual } from 'node:util';
import type { Position } from '../event/position';
import type { EpochMillis } from '../event/time';
import type { Row, Value } from '../expression/evaluate';
import type { ViewPlan } from '../window/plan';
import type { ViewState, Watermark } from '../window/state';
import type { DatasetDefinition } from '../manifest/manifest';

/*
 * Features of a dataset are the columns of an entity's newest row, as they are. Online they stand in a state item like any
 * other view's: its registers hold the row's values, its one watermark the row's position, so that a prediction's record
 * says which row of which batch it saw. A batch is no stream, so nothing is folded: an item is put in the place of the one
 * before, by the order of batches.
 */

/** A batch among those of its dataset: which of two rows of a key counts. */
export interface BatchRank { readonly arrival: EpochMillis; readonly batch: string }

/** A row of a dataset, as raw has it. */
export interface DatasetRow {
  readonly position: Position;
  /** Since when it was known; 0 when it always was. */
  readonly knownAt: EpochMillis;
  readonly row: Row;
}

const [presentShard, absentShard] = ['file', 'absent'];
const sourceOf = (batch: string): string => `dataset/${batch}`;

/** What stands for a row that a whole batch does not have any more is forgotten after so long: whatever wrote an older row has long ended. */
const absenceKept = 30 * 86_400_000;

/** Whether batches of a dataset hold only what is new, and not all of it. */
export const isIncremental = ({ source }: Pick<DatasetDefinition, 'source'>): boolean => 'postgres' in source && source.increment !== undefined;

/** Order of batches: by when they were first taken in. Of two rows of a key that of the later batch counts. */
export const compareRanks = (left: BatchRank, right: BatchRank): number => left.arrival - right.arrival || (left.batch < right.batch ? -1 : left.batch > right.batch ? 1 : 0);

const stateWith = (plan: ViewPlan, { arrival, batch }: BatchRank, watermark: Omit<Watermark, 'arrival' | 'source'>, content: Pick<ViewState, 'registers' | 'newest' | 'expiresAt'>): ViewState =>
  ({ tiers: plan.tiers.map(() => new Map()), ring: [], arrival, watermarks: [{ ...watermark, source: sourceOf(batch), arrival }], ...content });

/** A value as a feature has it: a number that is none, or infinite, is absent. */
export const currentValue = (value: Value): Value => (typeof value === 'number' && !Number.isFinite(value) ? null : value);

/** The state of an entity that a row describes. A value that is null is absent; what was known before 1970 is taken to be known since then. */
export const stateOfRow = (plan: ViewPlan, rank: BatchRank, { position, knownAt, row }: DatasetRow): ViewState => {
  const time = Math.max(0, knownAt);
  return stateWith(plan, rank, { shard: presentShard, sequence: position.sequence, subSequence: position.subSequence }, {
    newest: time,
    expiresAt: 0,
    registers: plan.registers.map(({ prepare }) => {
      const value = currentValue(prepare({ columns: row }));
      return value === null ? undefined : { value, time, source: sourceOf(rank.batch), id: position.sequence };
    }),
  });
};

/** The state of an entity whose row a whole batch does not have any more: it holds nothing, and keeps an older batch from bringing the row back. */
export const stateOfAbsence = (plan: ViewPlan, rank: BatchRank): ViewState => stateWith(plan, rank, { shard: absentShard, sequence: '0', subSequence: 0 },
  { newest: 0, expiresAt: Math.ceil((rank.arrival + absenceKept) / 1000), registers: plan.registers.map(() => undefined) });

/** Whether a state holds a row. */
export const holdsRow = (state: ViewState | undefined): boolean => state?.watermarks.some(({ shard }) => shard === presentShard) ?? false;

const valuesOf = ({ registers }: ViewState): readonly unknown[] => registers.map((register) => register?.value);

/**
 * Whether two states of an entity say the same. A value that is known from its batch's arrival on, and stood there before,
 * has been known since then.
 */
export const saysTheSame = (one: ViewState, other: ViewState): boolean => holdsRow(one) === holdsRow(other) && isDeepStrictEqual(valuesOf(one), valuesOf(other))
  && (one.newest === other.newest || (one.newest === one.arrival && other.newest === other.arrival));

/** The batch of which an item's row came, or by which it went. */
export const rankOf = ({ watermarks, arrival }: ViewState): BatchRank => ({ arrival, batch: watermarks[0]?.source.slice(sourceOf('').length) ?? '' });
