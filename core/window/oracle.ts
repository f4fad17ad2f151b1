import { createHash } from 'node:crypto';
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

/** A sketch of 512 registers: for each the longest run of zeros after its nine bits, plus one, of any value's hash. */
const naiveDistinct = (values: readonly Value[]): number => {
  const registers = Array.from({ length: 512 }, () => 0);
  for (const value of values) {
    const bits = BigInt(`0x${createHash('sha256').update(typeof value === 'number' ? BigInt(value).toString() : String(value)).digest('hex').slice(0, 13)}`).toString(2).padStart(52, '0');
    const zeros = /^0*/u.exec(bits.slice(9))?.[0].length ?? 0;
    const register = Number.parseInt(bits.slice(0, 9), 2);
    registers[register] = Math.max(registers[register] ?? 0, zeros + 1);
  }
  const empty = registers.filter((rank) => rank === 0).length;
  const estimate = (0.7213 / (1 + 1.079 / 512)) * 512 * 512 / registers.reduce((sum, rank) => sum + 2 ** -rank, 0);
  return Math.round(estimate <= 1280 && empty > 0 ? 512 * Math.log(512 / empty) : estimate);
};

/** The whole numbers of units that share a bucket with one: the 64th part of its power of two in which it lies. */
const naiveMiddle = (units: bigint): number => {
  if (units === 0n) return 0;
  if (units < 0n) return -naiveMiddle(-units);
  let power = 1n;
  while (power * 2n <= units) power *= 2n;
  if (power < 64n) return Number(units);
  const lowest = power + (((units - power) * 64n) / power) * (power / 64n);
  return (Number(2n * lowest + power / 64n) - 1) / 2;
};

const naiveQuantile = (values: readonly number[], scalar: Scalar, { at, from, to }: NonNullable<AggregateNode['quantile']>): number | null => {
  const perOne = scalar === 'float' ? 1_000_000 : 1;
  const bounded = values.map((value) => Math.min(scalar === 'float' ? to : Math.floor(to), Math.max(scalar === 'float' ? from : Math.ceil(from), value)));
  const sorted = bounded.map((value) => BigInt(scalar === 'float' ? Math.sign(value) * Math.round(Math.abs(value) * perOne) : value)).sort((left, right) => (left < right ? -1 : left > right ? 1 : 0));
  const found = sorted[Math.floor(at * (sorted.length - 1))];
  return found === undefined ? null : naiveMiddle(found) / perOne;
};

const naive: Readonly<Record<AggregateKind, (values: readonly Value[], scalar: Scalar, node: AggregateNode) => Value>> = {
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
  first: (values) => values[0] ?? null,
  distinct: (values) => naiveDistinct(values),
  quantile: (values, scalar, { quantile }) => (quantile ? naiveQuantile(numbers(values), scalar, quantile) : null),
  last: (values) => values.at(-1) ?? null,
};

const byNewest = (left: OracleEvent, right: OracleEvent): number =>
  left.effectiveTime - right.effectiveTime || Buffer.compare(Buffer.from(left.source), Buffer.from(right.source)) || Buffer.compare(Buffer.from(left.id), Buffer.from(right.id));

const aggregateOf = (node: AggregateNode, events: readonly OracleEvent[]): Value => {
  const { kind, of, where, scalar } = node;
  const counted = events.filter(({ row }) => !where || compileExpression(where)({ columns: row }) === true);
  const values = counted.map(({ row }) => (of ? compileExpression(of)({ columns: row }) : true));
  return naive[kind](values.filter((value) => value !== null), of?.scalar ?? scalar, node);
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
