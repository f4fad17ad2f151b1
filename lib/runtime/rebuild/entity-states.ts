import { positionOf } from '../../../core/event/position';
import { dayText } from '../../../core/event/time';
import type { Row, Value } from '../../../core/expression/evaluate';
import type { EventDefinition, Manifest } from '../../../core/manifest/manifest';
import { versionedName } from '../../../core/manifest/manifest';
import { fieldColumn } from '../../../core/training/expression-sql';
import { readLines } from '../../../core/training/raw-records';
import { viewEntitySql } from '../../../core/training/view-plan';
import type { FoldOptions, PreparedRecord, ViewPlan, ViewState } from '../../../core/window';
import { prepareRecord } from '../../../core/window';
import { identityHash } from '../../../core/window/identity';
import { rebuildEntity } from '../../../core/window/rebuild';
import type { Database } from '../duckdb';
import type { RawKeys, RawPlace } from '../raw-files';
import { bringRaw, dayOfKey } from '../raw-files';

/** Where a rebuild reads and works; DuckDB's tables are in the directory of raw's objects while they are needed. */
export interface RebuildPlace extends RawPlace {
  readonly stateTable: string;
  readonly fold: FoldOptions;
  /** Told the share that is done, 0 to 1, and what is being done. */
  readonly onProgress: (share: number, step: string) => void;
}

/** A line of the lake as far as it decides whether it belongs to a state. */
export type LineOf = Pick<PreparedRecord, 'position' | 'arrival'>;

export interface RebuiltEntity {
  readonly entity: string;
  readonly state: ViewState;
  readonly records: number;
  /** Lines that no fold takes: they are in quarantine as `fold_failed`. */
  readonly unfoldable: number;
}

/** Table that {@link loadLines} leaves. */
export const lines = 'lines';

/** The event type of which a view is made. */
export const sourceOf = ({ events }: Manifest, plan: ViewPlan): EventDefinition => {
  const source = events[versionedName(plan.view.from)];
  if (!source) throw new Error(`The view ${plan.name} is made from ${versionedName(plan.view.from)}, which is no event type of the manifest; only windows over events have state.`);
  return source;
};

/** First instant of the newest day of which objects were listed; undefined when there are none. */
export const newestDay = (listed: readonly RawKeys[]): number | undefined => {
  const newest = listed.flatMap(({ keys }) => keys).reduce((latest, key) => (dayOfKey(key) > latest ? dayOfKey(key) : latest), '');
  return newest === '' ? undefined : Date.parse(`${newest}T00:00:00Z`);
};

/**
 * Reads raw's lines of a view's source into DuckDB.
 *
 * @param listed the objects of the source
 * @param from earliest time, known-at, that matters; 0 for all
 * @returns how many objects were read
 */
export const loadLines = async (place: RebuildPlace, database: Database, source: EventDefinition, listed: readonly RawKeys[], from: number): Promise<number> => {
  const knownFrom = Math.max(0, from);
  const raw = await bringRaw(place, listed, (day) => day >= dayText(knownFrom), (share) => { place.onProgress(share * 0.3, 'reading raw'); });
  const objects = raw.reduce((sum, { files }) => sum + files.length, 0);
  if (objects > 0) await database.run(readLines(source, { raw, knownFrom, knownTo: Number.MAX_SAFE_INTEGER }, lines));
  return objects;
};

/** Place of the last line of each shard that raw has, and of the first that arrived at or after a time, as text by `source/shard`. */
export const shardPlaces = async (database: Database, arrivedFrom: number): Promise<ReadonlyMap<string, { readonly last: string; readonly firstAfter: string | undefined }>> => {
  const rows = await database.rows(`SELECT regexp_replace(position, '/[^/]+$', '') AS shard, max(position) AS last, min(position) FILTER (arrival >= ${arrivedFrom}) AS after FROM ${lines} GROUP BY ALL`);
  return new Map(rows.map(({ shard, last, after }) => [String(shard), { last: String(last), firstAfter: after === null || after === undefined ? undefined : String(after) }]));
};

/** Rows of which the table's columns make an event's row again. */
const rowFrom = (columns: readonly string[], cells: readonly Value[], offset: number): Row => Object.fromEntries(columns.map((name, index) => [name, cells[offset + index] ?? null]));

/**
 * Works out the state of every entity from the lines that were loaded, one entity after another. DuckDB sorts them, on disk
 * if need be; what is in memory is one entity's windows.
 *
 * @param holds for an entity, which lines belong to its state; undefined leaves the entity out
 */
export async function* entityStates(place: RebuildPlace, database: Database, plan: ViewPlan, holds: (entity: string) => Promise<((line: LineOf) => boolean) | undefined>): AsyncGenerator<RebuiltEntity> {
  const definition = place.manifest.entities[plan.view.entity];
  if (!definition) throw new Error(`The manifest has no entity ${plan.view.entity}.`);
  const columns = Object.keys(plan.sourceFields);
  const key = viewEntitySql(plan.view, definition);
  // Copies of an identity are rare: those of an entity are numbered, the survivor first.
  const sql = `SELECT source, id, effective, arrival, position, row_number() OVER (PARTITION BY ${key}, source, id ORDER BY known, arrival, position) AS copy, ${columns.map(fieldColumn).join(', ')}
    FROM ${lines} WHERE ${key} IS NOT NULL ORDER BY ${key}, arrival, position`;
  let current: { readonly entity: string; readonly wants: ((line: LineOf) => boolean) | undefined; readonly rebuild: ReturnType<typeof rebuildEntity>; readonly passedOver: Set<number>; records: number; unfoldable: number } | undefined;
  const finished = (): RebuiltEntity | undefined => {
    const state = current?.rebuild.finish();
    return current && state ? { entity: current.entity, state, records: current.records, unfoldable: current.unfoldable } : undefined;
  };
  for await (const rows of database.stream(sql)) for (const cells of rows) {
    const row = rowFrom(columns, cells, 6);
    const entity = plan.entityOf(row);
    if (entity === undefined) continue;
    if (entity !== current?.entity) {
      const done = finished();
      if (done) yield done;
      current = { entity, wants: await holds(entity), rebuild: rebuildEntity(plan, place.fold), passedOver: new Set(), records: 0, unfoldable: 0 };
    }
    if (!current.wants) continue;
    const line: LineOf = { position: positionOf(String(cells[4])), arrival: Number(cells[3]) };
    const copy = Number(cells[5]);
    if (!current.wants(line)) {
      // Its survivor does not belong to the state: the first copy that does takes its place.
      if (copy === 1) current.passedOver.add(identityHash(String(cells[0]), String(cells[1])));
      continue;
    }
    let prepared: PreparedRecord | undefined;
    try {
      prepared = prepareRecord(plan, { ...line, source: String(cells[0]), id: String(cells[1]), effectiveTime: Number(cells[2]), row });
    } catch {
      current.unfoldable += 1;
      current.rebuild.pass(line);
    }
    if (!prepared) continue;
    const isCopy = copy > 1 && !current.passedOver.delete(prepared.identity);
    if (!isCopy) current.records += 1;
    current.rebuild.add(prepared, isCopy);
  }
  const last = finished();
  if (last) yield last;
}
