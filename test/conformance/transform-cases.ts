import { bucket, category, clip, coalesce, dayOfWeek, float, oneHot, squareRoot, string, timestamp } from 'headrace';
import { columnsOf } from '../../core/definition/expression';
import type { ExpressionNode, FieldNodes, Scalar } from '../../core/definition/node';
import type { Row, Value } from '../../core/expression/evaluate';

/** Expressions over rows, and what they come to: a value for each expression of each row. */
export interface TransformCase {
  readonly name: string;
  readonly fields: FieldNodes;
  readonly expressions: readonly ExpressionNode[];
  readonly cases: readonly Row[];
  readonly expected: readonly (readonly Value[])[];
}

const field = (scalar: Scalar) => ({ scalar, optional: true, personal: false });
const fields: FieldNodes = { text: field('string'), broken: field('float'), instant: field('timestamp') };
const { broken, text: word, instant } = columnsOf({ broken: float(), text: string(), instant: timestamp() });

const edges: readonly (readonly [Row, readonly Value[]])[] = [
  [{ broken: -4, text: 'a', instant: Date.UTC(2001, 0, 1, 5) }, [-1, 0, null, -4, 0, 7, true, false]],
  [{ broken: 0, text: 'b', instant: Date.UTC(2001, 0, 1, 6) }, [0, 1, 0, 0, 1, 1, false, true]],
  [{ broken: 2, text: 'z', instant: Date.UTC(2001, 0, 7, 12) }, [2, 2, Math.SQRT2, 2, 2, 7, false, false]],
  [{ broken: 9, text: '', instant: Date.UTC(1969, 11, 31, 12) }, [2, 2, 3, 9, 2, 3, false, false]],
  [{ broken: null, text: null, instant: null }, [null, null, null, -9, null, null, null, null]],
];

const weekdays: readonly (readonly [Row, readonly Value[]])[] = Array.from({ length: 7 }, (_, index) => [{ broken: null, text: null, instant: Date.UTC(2001, 3, 1, 7, 59) + index * 86_400_000 },
  // The first of April 2001 is a Sunday; in Chicago it begins at 06:00 UTC, in Kathmandu the day is further on.
  [((index + 6) % 7) + 1, ((index + 6) % 7) + 1, ((index + 6) % 7) + 1]]);

const of = (name: string, expressions: readonly { readonly node: ExpressionNode }[], given: readonly (readonly [Row, readonly Value[]])[]): TransformCase =>
  ({ name, fields, expressions: expressions.map(({ node }) => node), cases: given.map(([row]) => row), expected: given.map(([, values]) => values) });

/** The transforms that a request and a training set share, where values are at their edges and absent. */
export const transformCases: readonly TransformCase[] = [
  of('clip, bucket, squareRoot, coalesce, category, dayOfWeek, oneHot', [clip(broken, -1, 2), bucket(broken, [0, 2]), squareRoot(broken), coalesce(broken, -9), category(word, ['a', 'b']), dayOfWeek(instant, 'America/Chicago'), ...Object.values(oneHot('word', word, ['a', 'b']))], edges),
  of('each day of a week, in three zones', [dayOfWeek(instant, 'UTC'), dayOfWeek(instant, 'America/Chicago'), dayOfWeek(instant, 'Asia/Kathmandu')], weekdays),
];
