import { S3Client } from '@aws-sdk/client-s3';
import { batchManifestKeyOf } from '../../../core/dataset/batch';
import { batchesThatMatter } from '../../../core/dataset/materialization';
import { dayText } from '../../../core/event/time';
import type { SourceReference } from '../../../core/manifest/manifest';
import { versionedName } from '../../../core/manifest/manifest';
import type { BatchKeys, SparkSource } from '../../../core/training/spark/raw-lines';
import { sparkRecords, sparkRows } from '../../../core/training/spark/raw-lines';
import { batchManifest, contentOf } from '../batch-files';
import { s3Objects } from '../object-store';
import { dayOfKey, listRaw } from '../raw-files';
import type { TrainingPlace } from './place';
import { TrainingRefused } from './refused';
import type { SourceRange } from './sources';

/** What Spark reads of a source, where it is; nothing of it is brought here. */
export interface ListedSource extends SparkSource {
  readonly name: string;
  readonly view: string;
  /** As TrainingSource has it: tells what is read. */
  readonly content: readonly string[];
  readonly isEvent: boolean;
}

const batchKeys = async (place: TrainingPlace, source: SourceReference, { from, to }: SourceRange): Promise<{ readonly batches: readonly BatchKeys[]; readonly content: readonly string[] }> => {
  const dataset = place.manifest.datasets[versionedName(source)];
  const committed = dataset ? await place.committed(dataset) : [];
  if (!dataset || committed.length === 0) throw new TrainingRefused(`No batch of the dataset ${versionedName(source)} is committed in ${place.environment}, and features are made from it.`, { next: `npx headrace dataset run ${source.name}` });
  const store = s3Objects(new S3Client({ region: place.region }), place.rawBucket);
  const held = await Promise.all(batchesThatMatter(dataset, committed, from, to).map(async (batch) => {
    const manifest = await batchManifest(store, dataset, batch.batch);
    if (!manifest) throw new TrainingRefused(`Batch ${batch.batch} of ${versionedName(dataset)} is committed, and raw does not hold it any more (${batchManifestKeyOf(dataset, batch.batch)}); keep raw for longer (retentionDays.raw in environments.ts).`);
    return { batch: { ...batch, keys: manifest.parts.filter(({ rows }) => rows > 0).map(({ key }) => key) }, content: `${batch.batch} ${contentOf(manifest.parts)}` };
  }));
  return { batches: held.map(({ batch }) => batch), content: held.map(({ content }) => content) };
};

/** Lists what a source of a training set consists of, and the statements by which Spark reads it. */
export const listedSource = async (place: TrainingPlace, source: SourceReference, range: SourceRange, view: string): Promise<ListedSource> => {
  const name = versionedName(source);
  const [event, dataset] = [place.manifest.events[name], place.manifest.datasets[name]];
  if (source.kind === 'event' && event) {
    const [first, last] = [dayText(range.earliest), dayText(range.to - 1)];
    const raw = (await listRaw(place, event)).map(({ writer, keys }) => ({ writer, keys: keys.filter((key) => dayOfKey(key) >= first && dayOfKey(key) <= last) }));
    return { name, view, isEvent: true, content: raw.flatMap(({ keys }) => keys), ...sparkRecords(event, { raw, knownFrom: range.earliest, knownTo: range.to }, view) };
  }
  if (source.kind === 'dataset' && dataset) {
    const { batches, content } = await batchKeys(place, source, range);
    return { name, view, isEvent: false, content, ...sparkRows(dataset, batches, view) };
  }
  throw new TrainingRefused(`A model reads the ${source.kind} ${name}, which the manifest does not have.`, { next: 'npx headrace compile' });
};
