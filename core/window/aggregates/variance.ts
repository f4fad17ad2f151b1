import type { AggregateNode } from '../../definition/node';
import type { Part, PartValue } from '../part';
import { sumValue, wholeIn } from '../part';
import { scaled, scaleOf } from '../scale';
import { wholeOf } from '../whole';
import type { AggregateContext, TiledAggregate } from './aggregate';
import { countPart, partKey, valueOf } from './aggregate';
import { scalarOf, sumPart } from './sum';

/** Above it a square is no finite number any more. */
export const largestSquared = 1e150;

/** Sum of the squares of the values in units of their scale. */
const squaresPart = (node: AggregateNode): Part => {
  const [value, scalar] = [valueOf(node), scalarOf(node)];
  return { key: partKey('squares', node), operation: 'add', whole: true, size: { expected: scalar === 'int' ? 6 : 11, largest: 36 }, source: { kind: 'squares', node }, prepare: (scope) => {
    const each = value(scope);
    if (typeof each !== 'number') return undefined;
    if (Math.abs(each) > largestSquared) throw new RangeError(`The variance of ${each} cannot be kept; allowed are numbers up to ${largestSquared}.`);
    const units = scaled(each, scalar);
    return sumValue(wholeOf(BigInt(units) * BigInt(units)));
  } };
};

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);

/**
 * Variance from whole sums, about the whole number that is nearest the mean: nothing cancels, however far the values are
 * from zero (Chan, Golub, LeVeque: "Algorithms for Computing the Sample Variance", 1983, shifted data). The steps are those
 * of the SQL back end, one by one, so that both round alike.
 */
const varianceOf = (units: PartValue, squares: PartValue, rows: PartValue, scale: number): number | null => {
  if (rows === undefined) return null;
  const [sum, count] = [BigInt(wholeIn(units)), BigInt(wholeIn(rows))];
  const truncated = sum / count;
  const left = sum - truncated * count;
  const nearest = truncated + (2n * magnitude(left) <= count ? 0n : left > 0n ? 1n : -1n);
  const rest = sum - nearest * count;
  const about = BigInt(wholeIn(squares)) - nearest * (sum + rest);
  const shift = Number(rest) / Number(count);
  return (Number(about) / Number(count) - shift * shift) / (scale * scale);
};

const tiled = (finish: (variance: number) => number) => (node: AggregateNode, context: AggregateContext): TiledAggregate => ({
  parts: [sumPart(node), squaresPart(node), countPart(node, context)],
  finalize: ([units, squares, rows]) => {
    const found = varianceOf(units, squares, rows, scaleOf(scalarOf(node)));
    return found === null ? null : finish(found);
  },
});

/** Variance of the values that are not null: of all of them, so divided by their number. */
export const variance = tiled((found) => found);
/** Square root of the variance. */
export const standardDeviation = tiled(Math.sqrt);
