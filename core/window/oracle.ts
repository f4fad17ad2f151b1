import type { AggregateKind, AggregateNode } from '../definition/node';
import type { EpochMillis } from '../event/time';
import type { Row, Value } from '../expression/evaluate';
import { compileExpression } from '../expression/evaluate';
import type { ViewDefinition } from '../manifest/manifest';
import type { FeatureValues } from './read';
import { windowOf } from './hop';

/** An event of one entity, as the oracle sees it. */
export interface OracleEvent { readonly source: string; readonly id: string; readonly effectiveTime: EpochMillis; readonly knownAt: EpochMillis; readonly row: Row }

const numbers = (values: readonly Value[]): readonly number[] => values.filter((value): value is number => typeof value === 'number');
/** Sums in exact millionths, as the definition of a sum says. */
const exactSum = (values: readonly number[]): number => {
  const whole = values.every(Number.isInteger);
  const units = values.reduce((sum, value) => sum + BigInt(whole ? value : Math.sign(value) * Math.round(Math.abs(value) * 1_000_000)), 0n);
  return whole ? Number(units) : Number(units) / 1_000_000;
};

const naive: Readonly<Record<AggregateKind, (values: readonly Value[]) => Value>> = {
  count: (values) => values.length,
  sum: (values) => exactSum(numbers(values)),
  mean: (values) => (values.length === 0 ? null : exactSum(numbers(values)) / values.length),
  share: (values) => (values.length === 0 ? null : values.filter((value) => value === true).length / values.length),
  min: (values) => (values.length === 0 ? null : Math.min(...numbers(values))),
  max: (values) => (values.length === 0 ? null : Math.max(...numbers(values))),
  last: (values) => values.at(-1) ?? null,
};

const byNewest = (left: OracleEvent, right: OracleEvent): number =>
  left.effectiveTime - right.effectiveTime || Buffer.compare(Buffer.from(left.source), Buffer.from(right.source)) || Buffer.compare(Buffer.from(left.id), Buffer.from(right.id));

const aggregateOf = ({ kind, of, where }: AggregateNode, events: readonly OracleEvent[]): Value => {
  const counted = events.filter(({ row }) => !where || compileExpression(where)({ columns: row }) === true);
  const values = counted.map(({ row }) => (of ? compileExpression(of)({ columns: row }) : true));
  return naive[kind](values.filter((value) => value !== null));
};

/**
 * A view's features in the plainest way: keep every event, filter, count. Slow and obviously right; the fast code is held to it.
 *
 * @param events one entity's events, each identity once
 * @param t the moment: only what was known before it counts, in windows `[floor_hop(t - width), t)`
 */
export const naiveFeatures = (view: ViewDefinition, events: readonly OracleEvent[], t: EpochMillis): FeatureValues => {
  const known = events.filter(({ knownAt }) => knownAt < t).sort(byNewest);
  return Object.fromEntries(view.features.map((feature) => {
    if (feature.kind !== 'window') throw new Error(`The feature ${feature.name} is no window.`);
    const { width, hop } = windowOf(feature.width);
    const earliest = Math.floor((t - width) / hop) * hop;
    return [feature.name, aggregateOf(feature.aggregate, known.filter(({ effectiveTime }) => effectiveTime >= earliest && effectiveTime < t))];
  }));
};
