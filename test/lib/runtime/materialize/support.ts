import { createHash } from 'node:crypto';
import type { CommittedBatch, Materialization } from '../../../../core/dataset/materialization';
import { boolean, current, dataset, divide, entity, featureView, float, gt, int, optional, string, timestamp } from '../../../../core/definition';
import { versionedName, type DatasetDefinition, type Manifest } from '../../../../core/manifest/manifest';
import type { BatchFiles } from '../../../../core/training/dataset-rows';
import type { Generations } from '../../../../core/feature/generation';
import { bringBatches } from '../../../../lib/runtime/batch-files';
import type { MaterializePlace } from '../../../../lib/runtime/materialize/place';
import { rawObjectsOf } from '../../../lambdas/dataset-lander/fixture';
import type { StoreFaults } from '../../../lambdas/simulated-store';
import { simulatedStore } from '../../../lambdas/simulated-store';

const fields = { shop: string(), till: int(), opened: timestamp(), size: optional(float()), staff: optional(int()), isOpen: optional(boolean()), updatedAt: timestamp() };
const knownAt = { always: 'always', arrival: 'arrival', column: { column: 'updatedAt' } } as const;
const sources = { whole: { postgres: 'public.tills' }, increments: { postgres: 'public.tills', increment: 'updatedAt' } } as const;
const till = entity('till', { shop: string(), till: int() });

/** A dataset for each way to come and to be known. */
export type Mode = `${keyof typeof sources}_${keyof typeof knownAt}`;
export const modes = ['whole_always', 'whole_arrival', 'whole_column', 'increments_always', 'increments_arrival', 'increments_column'] as const satisfies readonly Mode[];

const tills = (mode: Mode) => {
  const [comes, known] = mode.split('_') as [keyof typeof sources, keyof typeof knownAt];
  const source = dataset(mode, { version: 1, key: ['shop', 'till'], knownAt: knownAt[known], source: sources[comes], fields });
  return [source, featureView(`of_${mode}`, { version: 1, entity: till, from: source, by: (row) => ({ shop: row.shop, till: row.till }), features: (row) => [
    current({ size: row.size, opened: row.opened, isOpen: row.isOpen, isLarge: gt(row.size, 10), perHead: divide(row.size, row.staff), shopAgain: row.shop })] })];
};
export const tillDefinitions = { till, ...Object.fromEntries(modes.flatMap((mode) => { const [source, view] = tills(mode); return [[mode, source], [`of_${mode}`, view]]; })) };

/** A row as a source gives it. */
export interface TillRow { readonly shop: string; readonly till: number; readonly opened: string; readonly size?: number | null; readonly staff?: number | null; readonly isOpen?: boolean | null; readonly updatedAt: string }

/** Raw, batch records and state table of a test, in memory; objects are what the lander writes. */
export const materializeWorld = (manifest: Manifest, directory: string, faults: StoreFaults = {}) => {
  const objects = new Map<string, Buffer>();
  const committed = new Map<string, CommittedBatch[]>();
  const table = simulatedStore(faults);
  const known = new Map<string, { readonly known: Materialization; readonly version: number }>();
  const generations = new Map<string, { readonly generations: Generations; readonly version: number }>();
  const place: MaterializePlace = {
    manifest, directory, items: table.store,
    tombstones: () => Promise.resolve([]),
    raw: { get: (key) => Promise.resolve(objects.get(key)) },
    committed: (source) => Promise.resolve(committed.get(versionedName(source)) ?? []),
    known: {
      read: (view) => Promise.resolve(known.get(versionedName(view)) ?? { known: undefined, version: 0 }),
      write: (view, content, expected) => {
        if ((known.get(versionedName(view))?.version ?? 0) !== expected) return Promise.resolve(false);
        known.set(versionedName(view), { known: content, version: expected + 1 });
        return Promise.resolve(true);
      },
    },
    generations: {
      read: (views) => Promise.resolve(new Map(views.map((view) => [versionedName(view), generations.get(versionedName(view)) ?? { generations: {}, version: 0 }]))),
      write: (view, content, expected) => { generations.set(versionedName(view), { generations: content, version: expected + 1 }); return Promise.resolve(true); },
    },
  };
  /** Lands a batch and commits it; a moment after it had arrived unless said otherwise. */
  const commit = async (source: DatasetDefinition, batch: string, arrival: number, rows: readonly TillRow[], committedAt = arrival + 1000): Promise<CommittedBatch> => {
    const landed = { ...source, source: { ndjson: 'tills/' } };
    const content = rows.map((row) => JSON.stringify(row)).join('\n');
    const { objects: written, refusal } = await rawObjectsOf({ dataset: landed, reference: { dataset: versionedName(source), batch, key: `${batch}.ndjson`, checksum: createHash('sha256').update(content).digest('hex'), attempt: 1 }, arrival, manifestHash: manifest.hash, rowsOfAPart: 3 }, content);
    if (refusal !== undefined) throw new Error(refusal);
    for (const [key, body] of written) objects.set(key, body);
    const record = { batch, arrival, committedAt };
    committed.set(versionedName(source), [...committed.get(versionedName(source)) ?? [], record]);
    return record;
  };
  const files = async (source: DatasetDefinition): Promise<readonly BatchFiles[]> => bringBatches(place.raw, directory, source, [...committed.get(versionedName(source)) ?? []].sort((left, right) => left.arrival - right.arrival));
  return { place, objects, commit, files, table, known, generations };
};
