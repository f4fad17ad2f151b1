import type { AggregateNode } from '../../definition/node';
import { pairsOf } from '../entries';
import { entriesIn } from '../part';
import { scaled, scaleOf } from '../scale';
import type { Whole } from '../whole';
import type { TiledAggregate } from './aggregate';
import { partKey, valueOf } from './aggregate';
import { scalarOf } from './sum';

/*
 * DDSketch (Masson, Rim, Lee: "DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees", 2019)
 * with buckets that are equal parts of each power of two, so that a bucket follows from whole numbers alone and every engine
 * finds the same one. A bucket's middle is within 1/128 of each value in it.
 */
export const bucketsPerOctave = 64;
const octaveBits = 6;

/** The bucket of a number of units: 0 for 0, and of the same size with the other sign for a negative one. */
export const bucketOf = (units: Whole): number => {
  if (units === 0) return 0;
  const magnitude = units < 0 ? -units : units;
  if (typeof magnitude === 'bigint') {
    const octave = magnitude.toString(2).length - 1;
    const bucket = octave * bucketsPerOctave + Number((magnitude * BigInt(bucketsPerOctave)) >> BigInt(octave)) - bucketsPerOctave + 1;
    return units < 0 ? -bucket : bucket;
  }
  // The nearest double's logarithm may round up to the next whole number: then the octave is one too large.
  const guessed = Math.floor(Math.log2(magnitude));
  const octave = 2 ** guessed > magnitude ? guessed - 1 : 2 ** (guessed + 1) <= magnitude ? guessed + 1 : guessed;
  const bucket = octave * bucketsPerOctave + Math.floor((magnitude / 2 ** octave - 1) * bucketsPerOctave) + 1;
  return units < 0 ? -bucket : bucket;
};

/** The middle of a bucket, in units: of the smallest and largest whole number in it. */
export const middleOf = (bucket: number): number => {
  if (bucket === 0) return 0;
  const magnitude = Math.abs(bucket) - 1;
  const [octave, part] = [Math.floor(magnitude / bucketsPerOctave), magnitude % bucketsPerOctave];
  const middle = octave < octaveBits ? (bucketsPerOctave + part) * 2 ** (octave - octaveBits) : ((2 * (bucketsPerOctave + part) + 1) * 2 ** (octave - octaveBits) - 1) / 2;
  return bucket < 0 ? -middle : middle;
};

/** The bucket in which the value of a rank lies, the ranks counted from 0: `floor(at × (n - 1))`. */
const bucketAt = (buckets: readonly (readonly [bucket: number, rows: number])[], at: number): number | undefined => {
  const rows = buckets.reduce((sum, [, each]) => sum + each, 0);
  const rank = Math.floor(at * (rows - 1));
  let before = 0;
  for (const [bucket, each] of buckets) if ((before += each) > rank) return bucket;
  return undefined;
};

/** How many buckets can hold rows between two bounds, both in units. */
const bucketsBetween = (from: Whole, to: Whole): number => Math.min(bucketOf(to) - bucketOf(from) + 1, Number(BigInt(to) - BigInt(from)) + 1);

/** A quantile of the values that are not null. */
export const quantile = (node: AggregateNode): TiledAggregate => {
  const [value, scalar] = [valueOf(node), scalarOf(node)];
  const { at, from, to } = node.quantile ?? { at: 0.5, from: Number.MIN_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER };
  const scale = scaleOf(scalar);
  // Whole bounds for whole numbers: what lies between them and the bounds that were given is not there.
  const [lowest, highest] = scale === 1 ? [Math.ceil(from), Math.floor(to)] : [from, to];
  return {
    // A usual hop is taken to have rows in twelve buckets.
    parts: [{ key: partKey(`buckets ${lowest} ${highest}`, node), operation: 'entries-add', whole: true, size: { expected: 36, largest: 5 * bucketsBetween(scaled(lowest, scalar), scaled(highest, scalar)) + 3 }, source: { kind: 'buckets', node, lowest, highest }, prepare: (scope) => {
      const each = value(scope);
      return typeof each === 'number' ? [bucketOf(scaled(Math.min(highest, Math.max(lowest, each)), scalar)), 1] : undefined;
    } }],
    finalize: ([entries]) => {
      const bucket = bucketAt(pairsOf(entriesIn(entries)), at);
      return bucket === undefined ? null : middleOf(bucket) / scale;
    },
  };
};
