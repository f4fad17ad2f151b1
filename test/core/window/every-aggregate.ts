import { add, boolean, count, distinct, divide, entity, eq, event, first, float, gt, hourOfDay, int, last, lt, max, mean, min, multiply, not, optional, or, quantile, share, standardDeviation, string, sum, timestamp, variance } from 'headrace';
import type { Aggregate, Columns } from 'headrace';

const fields = { machine: string(), whole: int(), gap: optional(int()), real: float(), on: optional(boolean()), word: optional(string()), since: timestamp() };
export const worked = event('machine.worked', { version: 1, partitionBy: 'machine', fields });
export const machine = entity('machine', { id: string() });

/** What ends statements, literals and lines, and is beyond the first plane. */
export const oddText = `it's \\0041;\n\`ü\` \u{1f6e9}`;

/** Every kind of aggregate, over columns that can be absent and others, over expressions, with filters that can be null. */
export const everyAggregate: readonly ((row: Columns<typeof fields>) => Aggregate)[] = [
  () => count(), ({ on }) => count({ where: on }), ({ gap }) => count({ where: gt(gap, 3) }), ({ word }) => count({ where: eq(word, oddText) }), ({ whole }) => sum(whole), ({ gap, on }) => sum(gap, { where: not(on) }),
  ({ real, whole }) => sum(multiply(real, whole)), ({ real }) => mean(real), ({ gap }) => mean(gap), ({ whole, gap }) => mean(divide(whole, gap)), ({ whole, gap }) => mean(add(whole, gap), { where: lt(gap, 0) }),
  ({ on }) => share(on), ({ gap, on }) => share(or(gt(gap, 0), on)), ({ whole }) => share(gt(whole, 0), { where: gt(whole, -5) }),
  ({ whole }) => min(whole), ({ real, on }) => min(real, { where: on }), ({ since }) => min(since), ({ gap }) => max(gap), ({ real }) => max(real), ({ whole, gap }) => max(divide(whole, gap)), ({ since }) => max(since),
  ({ word }) => first(word), ({ gap, on }) => first(gap, { where: on }), ({ word }) => distinct(word), ({ whole, on }) => distinct(whole, { where: on }), ({ since }) => distinct(since), ({ on }) => distinct(on),
  ({ whole }) => quantile(whole, 0.5, { from: -60, to: 60 }), ({ gap, on }) => quantile(gap, 0.9, { from: -50.5, to: 50.25, where: on }), ({ since }) => quantile(hourOfDay(since, 'UTC'), 0, { from: 0, to: 23 }), ({ whole }) => quantile(whole, 1, { from: -2.5, to: 500 }),
  ({ whole }) => variance(whole), ({ gap, on }) => variance(gap, { where: on }), ({ whole, gap }) => standardDeviation(divide(whole, gap)), ({ since }) => variance(hourOfDay(since, 'UTC')),
  ({ word }) => last(word), ({ on }) => last(on), ({ real }) => last(real, { where: gt(real, 0) }), ({ since }) => last(since),
];
