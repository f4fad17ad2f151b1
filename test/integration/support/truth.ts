import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from '../../../cli/context';
import { withDatabase } from '../../../lib/runtime/duckdb';
import { rawPlace } from '../../../cli/raw-place';
import { bringRaw, listRaw } from '../../../lib/runtime/raw-files';
import { dayText } from '../../../core/event/time';
import { readRecords, recordStatistics } from '../../../core/training/raw-records';
import { featureColumn, viewPlan } from '../../../core/training/view-plan';
import type { ViewDefinition } from '../../../core/manifest/manifest';
import { naiveFeatures } from '../../../core/window/oracle';
import type { FeatureValues } from '../../../core/window';
import type { Flight } from '../../../examples/flights/flight';

/** An airport at a moment, and what the API said of it. */
export interface Asked { readonly view: ViewDefinition; readonly airport: string; readonly moment: number; readonly answered: FeatureValues }

const day = 86_400_000;

/** DuckDB's values for the same airports and moments, from the raw zone alone. */
export const valuesFromRaw = async (context: Context, view: ViewDefinition, points: readonly Asked[]): Promise<ReadonlyMap<string, FeatureValues>> => {
  const event = context.manifest.events['flight.landed@v1'];
  const entity = context.manifest.entities[view.entity];
  if (!event || !entity) throw new Error('The manifest lacks the flights.');
  const [earliest, latest] = [Math.min(...points.map(({ moment }) => moment)), Math.max(...points.map(({ moment }) => moment)) + 1];
  const [from, to] = [dayText(earliest - 8 * day), dayText(latest)];
  const raw = await bringRaw(rawPlace(context), await listRaw(rawPlace(context), event), (date) => date >= from && date <= to, () => undefined);
  const directory = mkdtempSync(join(tmpdir(), 'headrace-truth-'));
  try {
    return await withDatabase(directory, async (database) => {
      for (const statement of readRecords(event, { raw, knownFrom: earliest - 8 * day, knownTo: latest }, 'records')) await database.run(statement);
      const [counts] = await database.rows(recordStatistics('records'));
      await database.run({ step: 'points', sql: `CREATE TABLE points AS SELECT DISTINCT * FROM (VALUES ${points.map(({ airport, moment }) => `('${airport}', CAST(${moment} AS BIGINT))`).join(', ')}) AS asked (entity, moment)` });
      for (const statement of viewPlan(view, entity, { records: 'records', points: 'points', values: 'answers', earliest, latest, lateness: Number(counts?.['lateness']) })) await database.run(statement);
      const rows = await database.rows(`SELECT entity, moment, ${view.features.map(({ name }) => `${featureColumn(name)} AS "${name}"`).join(', ')} FROM answers`);
      return new Map(rows.map(({ entity: airport, moment, ...values }) => [`${airport} ${moment}`, values]));
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

/** A naive count over the flights themselves, without the platform. */
export const naiveValues = (flights: readonly Flight[], { view, airport, moment }: Asked): FeatureValues => {
  const side = view.name === 'airport_departures' ? 'origin' : 'destination';
  return naiveFeatures(view, flights.filter((flight) => flight[side] === airport).map((flight) => ({
    source: '/flights/us/2001', id: flight.id, effectiveTime: flight.landing, knownAt: flight.landing, row: { delayMinutes: flight.delayMinutes } })), moment);
};
