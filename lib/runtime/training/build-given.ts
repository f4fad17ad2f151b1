import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isoText } from '../../../core/event/time';
import { trainingSetTable } from '../../../core/lake/feature-table';
import { canonicalJson, sha256 } from '../../../core/manifest/hash';
import type { ModelDefinition } from '../../../core/manifest/manifest';
import { versionedName } from '../../../core/manifest/manifest';
import { writeRefused } from '../../../core/training/given-rows';
import type { TrainingProfile } from '../../../core/training/profile';
import type { DatabaseLimits } from '../duckdb';
import { withDatabase } from '../duckdb';
import type { TrainingSet, TrainingSetMetadata } from './build';
import { publishTrainingSet } from './build';
import { fileHash } from '../file-hash';
import { takeGiven } from './given';
import { sourcesFor } from './given-features';
import type { TrainingPlace } from './place';
import { TrainingRefused } from './refused';
import type { RowsOptions } from './rows';
import { makeRows } from './rows';
import { loadSources } from './sources';

/** Rows of a person's own, to be made a training set of. */
export interface OwnExamples {
  readonly file: string;
  /** Inclusive and exclusive; all, where they are left out. */
  readonly from?: number;
  readonly to?: number;
  readonly now: number;
}

/** A training set, and where the rows are that are none, with the reasons. */
export interface OwnTrainingSet extends TrainingSet { readonly refusedFile?: string }

/**
 * Builds a training set of a person's own rows: each with the features as they were known before its moment. The same file,
 * raw objects and definitions give the same bytes.
 *
 * @throws TrainingRefused when the file cannot be read as rows of the model, or none of them is one
 */
export const buildOwnTrainingSet = async (place: TrainingPlace, model: ModelDefinition, { file: given, from, to, now }: OwnExamples, onProgress: (share: number, step: string) => void = () => undefined, options: RowsOptions & DatabaseLimits = {}): Promise<OwnTrainingSet> => {
  const { manifest } = place;
  if (!existsSync(given)) throw new TrainingRefused(`There is no file ${given}.`, { isWrongUse: true });
  const hash = await fileHash(given);
  const sets = join(place.directory, 'training-sets');
  mkdirSync(sets, { recursive: true });
  return await withDatabase(sets, async (database) => {
    const taken = await takeGiven(database, manifest, model, { file: given, name: given, now, source: `examples/${hash.slice(0, 16)}`, hasLabel: true, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) });
    const { range, rows, isLabelled, refused } = taken;
    if (range === undefined) {
      const refusedFile = join(sets, `${hash.slice(0, 16)}.refused.ndjson`);
      await database.run(writeRefused(refusedFile));
      throw new TrainingRefused(`None of the ${rows} rows of ${given} is one of the model ${versionedName(model)}: ${Object.entries(refused).map(([reason, count]) => `${reason} ${count}`).join(', ') || 'it is empty'}. ${refusedFile} says which and why.`);
    }
    const brought = await sourcesFor(place, model, range, (share) => { onProgress(share * 0.2, 'reading raw'); });
    const keys = brought.flatMap(({ content }) => content);
    const rawHash = sha256(keys.join('\n'));
    const identity = sha256(canonicalJson({ builder: 'own 4', comparesAll: options.comparesAll === true, given: hash, range, refused, rawHash, model: model.hash, inputs: model.inputsHash, manifest: manifest.hash }));
    const directory = join(sets, identity.slice(0, 16));
    const [file, profileFile, metadataFile, refusedFile] = ['examples.parquet', 'profile.json', 'metadata.json', 'refused.ndjson'].map((each) => join(directory, each)) as [string, string, string, string];
    const found = (metadata: TrainingSetMetadata, profile: TrainingProfile): OwnTrainingSet => ({ file, metadata, profile, ...(Object.keys(refused).length === 0 ? {} : { refusedFile }) });
    if (existsSync(metadataFile)) return found(JSON.parse(readFileSync(metadataFile, 'utf8')) as TrainingSetMetadata, JSON.parse(readFileSync(profileFile, 'utf8')) as TrainingProfile);
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    const { records, lateness } = await loadSources(database, brought, (name) => { onProgress(0.2, `reading ${name}`); });
    const { statistics, profile, trainingSetHash } = await makeRows(database, { manifest, model, records, isLabelled }, { from: range.first, to: range.last + 1 }, `${file}.part`, options, (share, step) => { onProgress(0.3 + share * 0.7, step); });
    if (Object.keys(refused).length > 0) await database.run(writeRefused(refusedFile));
    renameSync(`${file}.part`, file);
    const metadata: TrainingSetMetadata = {
      model: versionedName(model), from: isoText(range.first), to: isoText(range.last + 1), ...statistics, dropped: refused, given: { hash, rows, isLabelled }, lateness,
      manifestHash: manifest.hash, inputsHash: model.inputsHash, rawHash, rawObjects: keys.length, trainingSetHash, table: trainingSetTable(model),
    };
    await publishTrainingSet(place, model, { file, metadata, profile });
    writeFileSync(profileFile, `${JSON.stringify(profile, null, 1)}\n`);
    writeFileSync(metadataFile, `${JSON.stringify(metadata, null, 1)}\n`);
    return found(metadata, profile);
  }, options);
};
