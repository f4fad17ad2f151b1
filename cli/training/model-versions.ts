import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { S3Client } from '@aws-sdk/client-s3';
import { isoText } from '../../core/event/time';
import { canonicalJson, sha256 } from '../../core/manifest/hash';
import type { ModelDefinition } from '../../core/manifest/manifest';
import { versionedName } from '../../core/manifest/manifest';
import type { ModelMetadata, TrainingSnapshot } from '../../core/model/artefact';
import { metadataKey, signatureOf } from '../../core/model/artefact';
import { s3Objects } from '../../lib/runtime/object-store';
import type { TrainingSet } from '../../lib/runtime/training/build';
import { trainingSetKey } from '../../lib/runtime/training/build';
import { pythonFor } from '../../local/programs';
import { callerArn } from '../caller';
import { CommandError } from '../command-error';
import type { Context } from '../context';
import { keepVersion } from './keep-version';
import { buildTrainingSet, modelNamed } from './training-set';

const trainer = join(__dirname, '..', '..', __filename.endsWith('.ts') ? '.' : '..', 'glue-jobs', 'train.py');

/** Ranges of moments, epoch milliseconds: from inclusive, to exclusive. */
export interface TrainingRanges { readonly from: number; readonly to: number; readonly evaluateFrom: number; readonly evaluateTo: number }

const readJson = async (context: Context, key: string): Promise<unknown> => {
  const content = await s3Objects(new S3Client({ region: context.environment.region }), context.names.bucket('models')).get(key);
  return content === undefined ? undefined : JSON.parse(content.toString('utf8'));
};

/** Runs the trainer; gives its metrics. Its last words are the error's when it fails. */
const runTrainer = async (set: TrainingSet, model: ModelDefinition, ranges: TrainingRanges, out: string, onProgress: (share: number) => void): Promise<Readonly<Record<string, number>>> => {
  const child = spawn(pythonFor(undefined), [trainer, '--examples', set.file, '--inputs', JSON.stringify(model.inputs.map(({ name }) => name)), '--train-to', isoText(ranges.to),
    '--evaluate-from', isoText(ranges.evaluateFrom), '--evaluate-to', isoText(ranges.evaluateTo), '--out', out], { stdio: ['ignore', 'pipe', 'pipe'] });
  const words: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => { words.push(line); });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { tree, trees } = JSON.parse(line) as { tree: number; trees: number };
    onProgress(tree / trees);
  });
  const code = await new Promise<number | null>((resolve, reject) => { child.on('error', reject); child.on('close', resolve); });
  if (code !== 0) throw new CommandError(`The trainer of ${versionedName(model)} failed:\n${words.slice(-15).join('\n')}`, { next: 'mend what it says, then train again' });
  return JSON.parse(readFileSync(join(out, 'metrics.json'), 'utf8')) as Readonly<Record<string, number>>;
};

/** What a version learned from, so that it can be found and made again. */
const snapshotOf = (model: ModelDefinition, { metadata }: TrainingSet, { from, to, evaluateFrom, evaluateTo }: TrainingRanges): TrainingSnapshot => ({
  key: trainingSetKey(model, metadata.trainingSetHash), rows: metadata.rows, rawHash: metadata.rawHash, rawObjects: metadata.rawObjects,
  learned: { from: isoText(from), to: isoText(to) }, judged: { from: isoText(evaluateFrom), to: isoText(evaluateTo) },
});

/**
 * Trains a version of a model and puts it, with its metrics and what it was made from, into the models zone. A version's
 * name is made from its training set, its ranges and the trainer: the same training is the same version, and is not done again.
 *
 * @param onProgress takes the share that is done, 0 to 1, and what is being done
 */
export const trainModel = async (context: Context, name: string, ranges: TrainingRanges, onProgress: (share: number, step: string) => void = () => undefined): Promise<{ readonly metadata: ModelMetadata; readonly set: TrainingSet; readonly already: boolean }> => {
  const model = modelNamed(context.manifest, name);
  if (model.predicts !== 'probability') throw new CommandError(`The trainer makes models that predict a probability; ${versionedName(model)} predicts ${JSON.stringify(model.predicts)}.`);
  const set = await buildTrainingSet(context, name, ranges.from, Math.max(ranges.to, ranges.evaluateTo), (share, step) => { onProgress(share * 0.5, step); });
  const trainerHash = sha256(readFileSync(trainer));
  const modelVersion = sha256(canonicalJson({ trainingSet: set.metadata.trainingSetHash, inputs: model.inputsHash, ranges, trainer: trainerHash })).slice(0, 12);
  const known = await readJson(context, metadataKey(model, modelVersion));
  if (known !== undefined) return { metadata: known as ModelMetadata, set, already: true };

  const out = mkdtempSync(join(tmpdir(), 'headrace-model-'));
  try {
    const metrics = await runTrainer(set, model, ranges, out, (share) => { onProgress(0.5 + share * 0.45, 'training'); });
    const content = readFileSync(join(out, 'model.onnx'));
    const metadata = await keepVersion(context, model, content, {
      modelVersion, model: model.name, version: model.version, inputsHash: model.inputsHash, inputs: model.inputs.map((input) => input.name), signature: signatureOf(model),
      trainingSetHash: set.metadata.trainingSetHash, manifestHash: context.manifest.hash, codeHash: trainerHash, trainedBy: await callerArn(context), trainingSet: snapshotOf(model, set, ranges),
      metrics, checksum: sha256(content), createdAt: isoText(Date.now()),
    });
    return { metadata, set, already: false };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
};

/** The versions of a model, newest last. */
export const modelVersions = async (context: Context, name: string): Promise<readonly ModelMetadata[]> => {
  const model = modelNamed(context.manifest, name);
  const store = s3Objects(new S3Client({ region: context.environment.region }), context.names.bucket('models'));
  const found: ModelMetadata[] = [];
  for await (const { key } of store.list(`models/${model.name}/v${model.version}/`)) if (key.endsWith('/metadata.json')) found.push(await readJson(context, key) as ModelMetadata);
  return found.sort((left, right) => (left.createdAt < right.createdAt ? -1 : 1));
};
