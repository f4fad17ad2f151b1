import { count, distinct, entity, event, featureView, first, float, gt, int, last, max, mean, min, optional, over, quantile, share, string, sum, variance } from 'headrace';
import { floorHop } from '../../../../core/window/hop';
import { foldHistory, planView, prepareRecord } from '../../../../core/window';
import type { FoldRecord, PreparedRecord, ViewPlan } from '../../../../core/window';
import type { Partial } from '../../../../core/window/flink';
import { newerRegister } from '../../../../core/window/register';
import { mergeParts } from '../../../../core/window/part';
import { given } from '../../../fixtures/flights';
import { manifestOf } from '../../training/support';

const sensed = event('sensor.read', { version: 1, partitionBy: 'device', fields: { device: string(), value: optional(int()), level: float(), note: optional(string()) } });
const device = entity('device', { id: string() });
const readings = featureView('readings', { version: 1, entity: device, from: sensed, engine: 'flink', writeUnits: 100, by: (row) => ({ id: row.device }), features: (row) => [
  over(['10m', '24h'], { high: count({ where: gt(row.value, 10) }), total: sum(row.value), level: sum(row.level), mean: mean(row.value), share: share(gt(row.value, 10)), low: min(row.value), top: max(row.level), spread: variance(row.level) }),
  over('1h', { oldest: first(row.note), notes: distinct(row.note), median: quantile(row.level, 0.5, { from: -100, to: 100 }) }),
  over(['10m', '14d'], { newest: last(row.note) }),
] });

const manifest = manifestOf({ sensed, device, readings });
export const view = given(manifest.views['readings@v1']);
export const plan: ViewPlan = planView(manifest, view);
export const options = { streamRetention: 86_400_000 };

export const prepared = (record: Omit<FoldRecord, 'position'>): PreparedRecord => given(prepareRecord(plan, { ...record, position: { source: 'stream', shard: '0', sequence: '1', subSequence: 0 } }));

/** What Flink sends of a hop when it has counted these events of it. */
export const partialOf = (tier: number, records: readonly PreparedRecord[]): Partial => {
  const { hop, parts } = given(plan.tiers[tier]);
  const { state: { newest, arrival } } = foldHistory(plan, undefined, records, options);
  return {
    entity: given(records[0]).entity, tier, start: floorHop(newest, hop), rows: records.length, newest, arrival,
    tile: parts.map(({ operation }, part) => records.map(({ tiers }) => tiers[tier]?.[part]).reduce((left, right) => mergeParts(operation, left, right))),
    registers: plan.registers.map((_register, index) => (tier === 0 ? records.map(({ registers }) => registers[index]).reduce(newerRegister) : undefined)),
  };
};
