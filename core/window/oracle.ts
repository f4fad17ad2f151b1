import type { AggregateKind, AggregateNode, Scalar } from '../definition/node';
import type { EpochMillis } from '../event/time';
import type { Row, Value } from '../expression/evaluate';
import { compileExpression } from '../expression/evaluate';
import type { ViewDefinition } from '../manifest/manifest';
import type { FeatureValues } from './read';
import { windowOf } from './hop';

/** An event of one entity, as the oracle sees it. */
export interface OracleEvent { readonly source: string; readonly id: string; readonly effectiveTime: EpochMillis; readonly knownAt: EpochMillis; readonly row: Row }

/** The numbers among the values, with one zero: adding 0 makes minus zero plain. */
const numbers = (values: readonly Value[]): readonly number[] => values.filter((value): value is number => typeof value === 'number').map((value) => value + 0);
/** The exact sum as a fraction: of floats in millionths, as the definition of a sum says. */
const exactSum = (values: readonly number[], scalar: Scalar): { readonly units: number; readonly perOne: number } => {
  const units = values.reduce((sum, value) => sum + BigInt(scalar === 'float' ? Math.sign(value) * Math.round(Math.abs(value) * 1_000_000) : value), 0n);
  return { units: Number(units), perOne: scalar === 'float' ? 1_000_000 : 1 };
};

/** Mean square of what each value differs by from the whole number of units nearest the mean, less the square of that one's own difference. */
const naiveVariance = (values: readonly number[], scalar: Scalar): number | null => {
  if (values.length === 0) return null;
  const perOne = scalar === 'float' ? 1_000_000 : 1;
  const units = values.map((value) => BigInt(scalar === 'float' ? Math.sign(value) * Math.round(Math.abs(value) * perOne) : value));
  const sum = units.reduce((all, each) => all + each, 0n);
  const candidates = [-1n, 0n, 1n].map((step) => sum / BigInt(units.length) + step);
  const distance = (candidate: bigint): bigint => { const by = candidate * BigInt(units.length) - sum; return by < 0n ? -by : by; };
  const nearest = candidates.reduce((best, each) => (distance(each) < distance(best) ? each : best));
  const differences = units.map((each) => each - nearest);
  const [squares, shift] = [differences.reduce((all, each) => all + each * each, 0n), Number(differences.reduce((all, each) => all + each, 0n)) / units.length];
  return (Number(squares) / units.length - shift * shift) / (perOne * perOne);
};

const naive: Readonly<Record<AggregateKind, (values: readonly Value[], scalar: Scalar) => Value>> = {
  count: (values) => values.length,
  sum: (values, scalar) => {
    const { units, perOne } = exactSum(numbers(values), scalar);
    return units / perOne;
  },
  mean: (values, scalar) => {
    const { units, perOne } = exactSum(numbers(values), scalar);
    return values.length === 0 ? null : units / (perOne * values.length);
  },
  share: (values) => (values.length === 0 ? null : values.filter((value) => value === true).length / values.length),
  min: (values) => (values.length === 0 ? null : Math.min(...numbers(values))),
  max: (values) => (values.length === 0 ? null : Math.max(...numbers(values))),
  variance: (values, scalar) => naiveVariance(numbers(values), scalar),
  standardDeviation: (values, scalar) => {
    const found = naiveVariance(numbers(values), scalar);
    return found === null ? null : Math.sqrt(found);
  },
  last: (values) => values.at(-1) ?? null,
};

const byNewest = (left: OracleEvent, right: OracleEvent): number =>
  left.effectiveTime - right.effectiveTime || Buffer.compare(Buffer.from(left.source), Buffer.from(right.source)) || Buffer.compare(Buffer.from(left.id), Buffer.from(right.id));

const aggregateOf = ({ kind, of, where, scalar }: AggregateNode, events: readonly OracleEvent[]): Value => {
  const counted = events.filter(({ row }) => !where || compileExpression(where)({ columns: row }) === true);
  const values = counted.map(({ row }) => (of ? compileExpression(of)({ columns: row }) : true));
  return naive[kind](values.filter((value) => value !== null), of?.scalar ?? scalar);
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
