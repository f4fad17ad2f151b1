import { mkdirSync } from 'node:fs';
import { erasedUpTo } from '../../../core/erasure/state';
import type { Tombstone } from '../../../core/erasure/tombstone';
import { placeText } from '../../../core/event/position';
import { stateViewText } from '../../../core/feature/entity-key';
import type { ViewPlan, ViewState } from '../../../core/window';
import { encodeState } from '../../../core/window';
import { isImported } from '../../../core/window/rebuild';
import { awsService } from '../aws-request';
import { withDatabase } from '../duckdb';
import { listRaw } from '../raw-files';
import type { StateKey, StateStore } from '../state-store';
import { dynamoStateStore } from '../state-store';
import type { LineOf, RebuildPlace, RebuiltEntity } from './entity-states';
import { entityStates, loadLines, newestDay, shardPlaces, sourceOf } from './entity-states';

/** Where a generation is built. */
export interface BuildPlace extends RebuildPlace {
  /** The tombstones of erased subjects: what was read of raw before an erasure must not be written after it. */
  readonly tombstones: () => Promise<readonly Tombstone[]>;
}

/** Puts the state of an entity into its item. */
export type Install = (store: StateStore, key: StateKey, state: ViewState) => Promise<void>;

/** What was put into a generation. */
export interface BuiltGeneration { readonly items: number; readonly records: number; readonly unfoldable: number }

const writesInFlight = 16;

/** Writes an item whatever an earlier, broken-off build left there: nobody else writes a generation that is being filled. */
const overwrite = async (plan: ViewPlan, store: StateStore, key: StateKey, state: ViewState): Promise<void> => {
  const content = { state: encodeState(plan, state), expiresAt: state.expiresAt, arrival: state.arrival };
  let expected: number | undefined;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const outcome = await store.write(key, content, expected);
    if (outcome.kind === 'written') return;
    expected = outcome.current?.version;
  }
  throw new Error(`The state item ${key.entity} of ${key.view} changes while it is filled; is another rebuild running?`);
};

/**
 * Fills a generation from raw: all that was imported, and of the stream what arrived before the seam. In each shard it ends
 * before the first record that arrived at or after the seam, so that no record is missing among those that are there. The
 * items get the watermarks and the ring that folding the stream would have left.
 *
 * @param seam epoch milliseconds; raw must be complete up to it, and the stream still hold what came after it
 * @param install writes each item, whatever is there, unless it says otherwise
 */
export const buildGeneration = async (place: BuildPlace, plan: ViewPlan, generation: number, seam: number, install: Install = (store, key, state) => overwrite(plan, store, key, state)): Promise<BuiltGeneration> => {
  mkdirSync(place.directory, { recursive: true });
  const store = dynamoStateStore({ table: place.stateTable, service: awsService('dynamodb'), policy: { attempts: 20 } });
  const source = sourceOf(place.manifest, plan);
  const listed = await listRaw(place, source);
  const day = newestDay(listed);
  if (day === undefined) return { items: 0, records: 0, unfoldable: 0 };
  return await withDatabase(place.directory, async (database) => {
    if ((await loadLines(place, database, source, listed, plan.isForever ? 0 : day - 2 * plan.reach)) === 0) return { items: 0, records: 0, unfoldable: 0 };
    const places = await shardPlaces(database, seam);
    const ends = new Map([...places].flatMap(([shard, { firstAfter }]) => (firstAfter === undefined ? [] : [[shard, firstAfter.slice(shard.length + 1)]])));
    const counts = { items: 0, records: 0, unfoldable: 0 };
    const writing = new Set<Promise<void>>();
    const faults: unknown[] = [];
    const write = async ({ entity, state }: RebuiltEntity): Promise<void> => {
      if (writing.size >= writesInFlight) await Promise.race(writing);
      const written = install(store, { entity, view: stateViewText(plan.view, generation) }, state).catch((error: unknown) => { faults.push(error); }).finally(() => { writing.delete(written); });
      writing.add(written);
    };
    const isBefore = ({ position, arrival }: LineOf): boolean => {
      if (isImported(position)) return true;
      const end = ends.get(`${position.source}/${position.shard}`);
      return arrival < seam && (end === undefined || placeText(position) < end);
    };
    const wanted = async (entity: string): Promise<(line: LineOf) => boolean> => {
      const erased = erasedUpTo(entity, place.manifest.entities, await place.tombstones());
      return (line) => line.arrival > erased && isBefore(line);
    };
    for await (const rebuilt of entityStates(place, database, plan, wanted)) {
      // Its last record lies before everything that a window can still read, and its tiles may not be complete.
      if (!plan.isForever && rebuilt.state.newest < day - plan.reach) continue;
      counts.items += 1;
      counts.records += rebuilt.records;
      counts.unfoldable += rebuilt.unfoldable;
      await write(rebuilt);
      if (faults.length > 0) break;
    }
    await Promise.all(writing);
    if (faults.length > 0) throw faults[0];
    return counts;
  });
};
