import { batchManifestKeyOf, type BatchManifest, type BatchReference } from '../../core/dataset/batch';
import type { BatchRecords } from '../../lib/runtime/batch-records';
import type { DatasetDefinition } from '../../core/manifest/manifest';
import { isPostgresDataset } from '../../core/dataset/postgres';
import { stepResultOf, type StepResult } from '../../core/dataset/step';
import { landFile, manifestObject, type LandingPlace } from './land';
import type { CheckedFile } from './sources/source';
import { verifyBatch } from './verify';

/** What the steps need of the world. */
export interface World extends LandingPlace {
  readonly records: BatchRecords;
  /** An object of the landing bucket; undefined when it is not there. */
  readonly landed: (key: string) => Promise<CheckedFile | undefined>;
  /** An object of the raw bucket; undefined when it is not there. */
  readonly raw: (key: string) => Promise<Buffer | undefined>;
  readonly now: () => number;
}

export type Step = 'land' | 'verify' | 'refuse' | 'commit';

const refuse = async ({ records }: World, dataset: DatasetDefinition, reference: BatchReference, refusal: string): Promise<StepResult> => {
  // What was taken out of a database is forgotten: once its rows are mended there, the next attempt takes them out again.
  await records.move(reference, ['landing', 'landed', 'verified'], { status: 'refused', refusal, ...(isPostgresDataset(dataset) ? { extracted: '' } : {}) });
  return { ...reference, outcome: 'refused', refusal };
};

/** Writes the file's rows to raw and quarantine, then the record: so a record that says `landed` vouches for objects that are there. */
const land = async (world: World, dataset: DatasetDefinition, reference: BatchReference, manifestHash: string): Promise<StepResult> => {
  const begun = await world.records.begin(reference, world.now());
  if (begun.status === 'committed' || begun.attempt !== reference.attempt) return stepResultOf(reference, begun, 'landing');
  const file = await world.landed(reference.key);
  if (file === undefined) return refuse(world, dataset, reference, `file ${reference.key} is not in the landing bucket; run the dataset again, which puts it there.`);
  const landing = await landFile({ dataset, reference, file, bring: world.landed, arrival: begun.arrival, manifestHash }, world);
  if (!landing.ok) return refuse(world, dataset, reference, landing.refusal);
  await world.putRaw(manifestObject(dataset, landing.manifest));
  const { rows, rejected, contentHash } = landing;
  const record = await world.records.move(reference, ['landing', 'landed'], { status: 'landed', rows, rejected, contentHash, contractHash: dataset.hash, manifestHash });
  return stepResultOf(reference, record, 'landed');
};

/** What a batch says of itself in raw. */
const manifestIn = async ({ raw }: World, key: string): Promise<BatchManifest | undefined> => {
  const object = await raw(key);
  return object === undefined ? undefined : JSON.parse(object.toString('utf8')) as BatchManifest;
};

const verify = async (world: World, dataset: DatasetDefinition, reference: BatchReference): Promise<StepResult> => {
  const record = await world.records.get(reference.dataset, reference.batch);
  if (record === undefined) throw new Error(`batch ${reference.batch} has no record; the pipeline verifies only what it has landed.`);
  if (record.attempt !== reference.attempt || record.status === 'committed') return stepResultOf(reference, record, 'verified');
  const key = batchManifestKeyOf(dataset, reference.batch);
  const manifest = await manifestIn(world, key);
  const fault = manifest === undefined ? `the manifest ${key} is not in raw` : await verifyBatch(dataset, record, manifest, world.raw);
  if (fault !== undefined) return refuse(world, dataset, reference, `${fault}; run the dataset again.`);
  return stepResultOf(reference, await world.records.move(reference, ['landed', 'verified'], { status: 'verified' }), 'verified');
};

const commit = async (world: World, reference: BatchReference): Promise<StepResult> =>
  stepResultOf(reference, await world.records.move(reference, ['verified'], { status: 'committed', committedAt: world.now() }), 'committed');

export interface StepInput { readonly step: Step; readonly dataset: DatasetDefinition; readonly reference: BatchReference; readonly manifestHash: string; readonly refusal?: string }

/**
 * One step of a batch. Each may be run twice, or again after it was killed anywhere: objects are written with the same
 * bytes, and the record moves only from where the step expects it.
 */
export const runStep = (world: World, { step, dataset, reference, manifestHash, refusal }: StepInput): Promise<StepResult> => {
  if (step === 'land') return land(world, dataset, reference, manifestHash);
  if (step === 'refuse') return refuse(world, dataset, reference, refusal ?? 'the quality gate refused it; quality_results says why.');
  return step === 'verify' ? verify(world, dataset, reference) : commit(world, reference);
};
