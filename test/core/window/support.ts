import { count, entity, event, featureView, float, gt, int, last, max, mean, min, optional, over, share, string, sum } from 'headrace';
import { compile } from '../../../core/manifest/compile';
import { planView } from '../../../core/window';
import type { FoldRecord, ViewPlan } from '../../../core/window';
import type { OracleEvent } from '../../../core/window/oracle';

const sensed = event('sensor.read', { version: 1, partitionBy: 'device', fields: { device: string(), value: optional(int()), level: float(), note: optional(string()) } });
const device = entity('device', { id: string() });

/** Every aggregate over all three tiers of hops, with and without a filter and nulls. */
const readings = featureView('readings', { version: 1, entity: device, from: sensed, by: (row) => ({ id: row.device }), features: (row) => [
  over(['10m', '1h', '24h', '14d'], { n: count(), n_high: count({ where: gt(row.value, 10) }), total: sum(row.value), level: sum(row.level), mean: mean(row.value), mean_level: mean(row.level) }),
  over(['1h', '12h'], { high: share(gt(row.value, 10)), low: min(row.value), top: max(row.level) }),
  over(['10m', '24h'], { newest: last(row.value), newest_high: last(row.note, { where: gt(row.value, 10) }) }),
] });

const compilation = compile({ sensed, device, readings });
if (!compilation.ok) throw new Error(JSON.stringify(compilation.problems));

const view = compilation.manifest.views['readings@v1'];
if (!view) throw new Error('The view readings@v1 is missing.');
export const readingsView = view;
export const readingsManifest = { manifest: compilation.manifest, view };
export const plan: ViewPlan = planView(compilation.manifest, view);
export const options = { streamRetention: 86_400_000 };

/** An event of the device `d1`, known when it happened unless said otherwise. */
export interface Reading { readonly time: number; readonly known?: number; readonly id: string; readonly value: number | null; readonly level: number; readonly note?: string | null }

const rowOfReading = ({ value, level, note }: Reading) => ({ device: 'd1', value, level, note: note ?? null });

export const oracleEvent = (reading: Reading): OracleEvent =>
  ({ source: 's', id: reading.id, effectiveTime: reading.time, knownAt: reading.known ?? reading.time, row: rowOfReading(reading) });

/** A reading as the record at a place of a shard. */
export const recordAt = (reading: Reading, sequence: number, shard = 'shardId-000000000000'): FoldRecord => ({
  position: { source: 'stream', shard, sequence: String(sequence), subSequence: 0 }, source: 's', id: reading.id,
  effectiveTime: reading.time, arrival: reading.known ?? reading.time, row: rowOfReading(reading),
});
