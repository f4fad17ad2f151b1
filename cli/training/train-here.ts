import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { sha256 } from '../../core/manifest/hash';
import type { ModelDefinition } from '../../core/manifest/manifest';
import { versionedName } from '../../core/manifest/manifest';
import type { ModelMetadata } from '../../core/model/artefact';
import { metadataKey } from '../../core/model/artefact';
import { verdictText } from '../../core/model/gate';
import type { Sample } from '../../core/training/sample';
import type { TrainingRanges } from '../../core/model/training-request';
import { trainingOrder } from '../../core/model/training-request';
import { readZoneJson } from '../../lib/runtime/model/registry';
import { trainingSetKey } from '../../lib/runtime/training/build';
import type { TrainingWorld } from '../../lib/runtime/training/steps';
import { judgeVersion, prepareTraining, registerVersion } from '../../lib/runtime/training/steps';
import { pythonFor } from '../../local/programs';
import { callerArn } from '../caller';
import { CommandError } from '../command-error';
import type { Context } from '../context';
import { modelZoneOf } from './model-zone';
import { gateRefusal, trainableModel } from './train-model';
import { buildByEngine } from './training-set';

const jobs = join(__dirname, '..', '..', __filename.endsWith('.ts') ? '.' : '..', 'glue-jobs');

/** Runs a job's script on this machine; its last words are the error's when it fails. */
const runJob = async (script: string, words: readonly string[], model: ModelDefinition): Promise<void> => {
  const child = spawn(pythonFor(undefined), [join(jobs, script), ...words], { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' } });
  const said: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => { said.push(line); });
  const code = await new Promise<number | null>((done, fail) => { child.on('error', fail); child.on('close', done); });
  if (code !== 0) throw new CommandError(`${versionedName(model)} was not trained, ${script} failed:\n${said.slice(-15).join('\n')}`, { next: 'mend what it says, then train again' });
};

/** Puts the model's trainer, under the hash of its content, into a directory. */
const placeTrainer = ({ project }: Context, { training }: ModelDefinition, platformTrainer: string, directory: string): void => {
  const own = training?.trainer;
  if (own === undefined) return copyFileSync(join(jobs, 'train.py'), join(directory, `${platformTrainer}.py`));
  copyFileSync(resolve(project.directory, own.file), join(directory, `${own.contentHash}.py`));
};

/**
 * Trains a version on this machine, by the steps and the programs of the pipeline: the same training is the same version,
 * and is not done again. It promotes nothing.
 *
 * @param onProgress takes the share that is done, 0 to 1, and what is being done
 * @param sample the part of the rows that is taken; all, unless said otherwise
 * @throws CommandError when it cannot be trained, or the gate refuses it
 */
export const trainHere = async (context: Context, name: string, ranges: TrainingRanges, onProgress: (share: number, step: string) => void = () => undefined, sample?: Sample): Promise<{ readonly metadata: ModelMetadata; readonly already: boolean }> => {
  const { manifest, names } = context;
  const model = trainableModel(manifest, name);
  const { file, metadata: { trainingSetHash, rows, rawHash, rawObjects } } = await buildByEngine(model.training?.engine)(context, name, ranges.from, Math.max(ranges.to, ranges.evaluateTo), (share, step) => { onProgress(share * 0.5, step); }, sample === undefined ? {} : { sample });
  const platformTrainer = sha256(readFileSync(join(jobs, 'train.py')));
  const [order, zone] = [trainingOrder(model, ranges, manifest.hash, sample), modelZoneOf(context)];
  const world: TrainingWorld = { manifest, zone, platformTrainer, execution: `${order.training}.${randomUUID().slice(0, 8)}`, by: await callerArn(context) };
  const set = { key: trainingSetKey(model, trainingSetHash), uri: file, trainingSetHash, rows, rawHash, rawObjects };
  const { outcome, modelVersion, request } = await prepareTraining(world, model, order, set);
  if (outcome === 'already') return { metadata: await readZoneJson(zone, metadataKey(model, modelVersion)) as ModelMetadata, already: true };
  const trainers = mkdtempSync(join(tmpdir(), 'headrace-trainers-'));
  try {
    placeTrainer(context, model, platformTrainer, trainers);
    onProgress(0.5, 'train');
    await runJob('training_job.py', ['--request', request, '--trainers', trainers], model);
    onProgress(0.9, 'evaluate');
    await runJob('evaluation_job.py', ['--request', request], model);
  } finally {
    rmSync(trainers, { recursive: true, force: true });
  }
  const { passed, verdicts } = await judgeVersion(world, model, modelVersion, order, set);
  if (!passed) throw gateRefusal(model, modelVersion, verdicts.filter((each) => !each.passed).map(verdictText));
  return { metadata: await registerVersion(world, model, modelVersion, order, { ...set, uri: `s3://${names.bucket('features')}/${set.key}` }), already: false };
};
