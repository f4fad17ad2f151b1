import type { DuckDBConnection } from '@duckdb/node-api';
import type { Value } from '../../../core/expression/evaluate';
import { viewPlan, type Density } from '../../../core/training/view-plan';
import { decodeState, encodeState, featuresAt, fold, planView, prepareRecord } from '../../../core/window';
import type { ViewState } from '../../../core/window';
import { naiveFeatures } from '../../../core/window/oracle';
import { insertRecords, manifestOf, rowsOf } from '../../core/training/support';
import { given } from '../../fixtures/flights';
import type { WindowCase } from '../window-cases';
import { gate, gates, passed } from '../window-cases';

export const manifest = manifestOf({ passed, gate, gates });
export const view = given(manifest.views['gates@v1']);
export const source = given(manifest.events['gate.passed@v1']);
export const plan = planView(manifest, view);

export type Features = Readonly<Record<string, Value>>;
export type Engine = (each: WindowCase) => Features | Promise<Features>;

export const oracle: Engine = ({ events, key, at }) => naiveFeatures(view,
  events.filter(({ row }) => row['name'] === key.name && row['number'] === key.number).map(({ time, known, ...rest }) => ({ ...rest, effectiveTime: time, knownAt: known })), at);

/** Folds what was known before the moment, in the order in which it became known, each in a batch of its own and packed between. */
export const state: Engine = ({ events, key, at }) => {
  let item: ViewState | undefined;
  const known = events.filter((each) => each.known < at).sort((left, right) => left.known - right.known);
  for (const [index, { source: producer, id, time, known: arrival, row }] of known.entries()) {
    const record = given(prepareRecord(plan, { position: { source: 'stream', shard: 'shardId-000000000000', sequence: String(index + 1), subSequence: 0 }, source: producer, id, effectiveTime: time, arrival, row }));
    if (record.entity === plan.entityKey(key)) item = decodeState(plan, encodeState(plan, fold(plan, item, [record], { streamRetention: 86_400_000 }).state));
  }
  return featuresAt(plan, item, at);
};

export const duckdb = (connection: DuckDBConnection, density: Density): Engine => async ({ events, key, at }) => {
  await insertRecords(connection, 'records', source.fields, events.map(({ time, ...rest }) => ({ ...rest, effective: time })));
  const entityKey = given(plan.entityKey(key)).replace(/^gate\|/u, '').replaceAll("'", "''");
  await connection.run(`CREATE OR REPLACE TEMP TABLE points AS SELECT '${entityKey}' AS entity, CAST(${at} AS BIGINT) AS moment`);
  for (const { sql } of viewPlan(view, given(manifest.entities['gate']), { records: 'records', points: 'points', values: 'found', earliest: at, latest: at + 1, density,
    lateness: Math.max(0, ...events.map(({ known, time }) => known - time)) })) await connection.run(sql);
  const [{ entity: _entity, moment: _moment, ...values }] = await rowsOf(connection, 'SELECT * FROM found') as [Record<string, Value>];
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name.replace(/^feature:/u, ''), value]));
};
