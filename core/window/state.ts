import type { EpochMillis } from '../event/time';
import type { PartValue } from './part';
import type { Register } from './register';

/** How far one shard has been folded into an item. */
export interface Watermark {
  readonly source: string;
  readonly shard: string;
  readonly sequence: string;
  readonly subSequence: number;
  /** Arrival of the last record folded: a closed shard's watermark is forgotten some time after it. */
  readonly arrival: EpochMillis;
}

/** Values of a tile, one a part of its tier. */
export type Tile = readonly PartValue[];

/** All tiles of one (view version, entity), with how far each shard has been folded. */
export interface ViewState {
  /** Per tier, tiles by their start, ascending. */
  readonly tiers: readonly ReadonlyMap<EpochMillis, Tile>[];
  readonly registers: readonly (Register | undefined)[];
  /** Newest effective event time that was folded. */
  readonly newest: EpochMillis;
  /** Newest arrival that was folded. */
  readonly arrival: EpochMillis;
  /** Ascending by source and shard. */
  readonly watermarks: readonly Watermark[];
  /** Hashes of recent identities, oldest first. */
  readonly ring: readonly number[];
  /** Epoch seconds after which the item is as good as empty; 0 when it never is. */
  readonly expiresAt: number;
}
