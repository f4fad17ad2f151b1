import { S3Client } from '@aws-sdk/client-s3';
import { GetExecutionHistoryCommand, SFNClient, StateMachineDoesNotExist } from '@aws-sdk/client-sfn';
import { versionedName } from '../../core/manifest/manifest';
import type { Manifest, ModelDefinition } from '../../core/manifest/manifest';
import type { ModelMetadata } from '../../core/model/artefact';
import { metadataKey } from '../../core/model/artefact';
import type { TrainingRanges } from '../../core/model/training-request';
import { trainingExecutionName, trainingOrder } from '../../core/model/training-request';
import type { Sample } from '../../core/training/sample';
import { untrainable } from '../../core/model/trainable';
import { readZoneJson } from '../../lib/runtime/model/registry';
import { s3Objects } from '../../lib/runtime/object-store';
import { executionArnOf, executionEndOf, startOrJoinExecution } from '../../lib/runtime/pipeline';
import { progressKey, progressOf } from '../../lib/runtime/training/progress';
import { CommandError } from '../command-error';
import type { Context } from '../context';
import { modelZoneOf } from './model-zone';
import { modelNamed } from './training-set';

/** How often a running training is looked at, milliseconds. */
const lookEvery = 500;

/** Steps of the state machine `train-model`, with the share of the time that is over when they begin. */
const shares: Readonly<Record<string, number>> = { 'training set': 0, 'ask Spark': 0, 'rows on Spark': 0.02, 'hear Spark': 0.35, 'write table': 0.4, prepare: 0.45, train: 0.5, evaluate: 0.85, gate: 0.95, register: 0.97, promote: 0.99 };

/** What of the time the set takes, of a model of DuckDB. */
const trainingSetShare = 0.4;

/** A training that has ended well. `already`: its version was there. `promoted`: what came of the definition's rule, where it has one. */
export interface Trained { readonly metadata: ModelMetadata; readonly already: boolean; readonly promoted: 'promoted' | 'by hand' | 'not promoted'; readonly says?: string }

/** What a function of the state machine has answered. */
interface Answered<Answer> { readonly answer: Answer }

/** What the state machine leaves in its output. */
interface TrainingOutput {
  readonly prepared?: Answered<{ readonly outcome: string; readonly modelVersion: string }>;
  readonly gate?: Answered<{ readonly outcome: string; readonly says: readonly string[] }>;
  readonly promoted?: Answered<{ readonly outcome: Trained['promoted']; readonly says?: string }>;
}

/** What is known of a failure: the state's last input. */
interface TrainingFailure { readonly failed?: { readonly step: string; readonly log: string }; readonly failure?: { readonly Cause?: string }; readonly set?: Answered<{ readonly refusal?: string }>; readonly asked?: Answered<{ readonly refusal?: string }> }

/** Text as JSON; undefined when it is none. What it holds was written by the state machine. */
const jsonOf = (text: string | undefined): unknown => {
  try { return JSON.parse(text ?? 'null'); } catch { return undefined; }
};

/** The fault that a step threw: of a function its message, of a job its error and the run that had it. */
const faultOf = ({ failure, set, asked }: TrainingFailure): { readonly says: string | undefined; readonly stream?: string } => {
  const refusal = set?.answer.refusal ?? asked?.answer.refusal;
  if (refusal !== undefined) return { says: refusal };
  const { errorMessage, ErrorMessage, Id } = (jsonOf(failure?.Cause) ?? {}) as { readonly errorMessage?: string; readonly ErrorMessage?: string; readonly Id?: string };
  return { says: errorMessage ?? ErrorMessage ?? failure?.Cause, ...(Id === undefined ? {} : { stream: Id }) };
};

/** A failure as a person reads it: the step, what it said, and where its log is. */
export const trainingFailure = (model: Pick<ModelDefinition, 'name' | 'version'>, status: string, error: string | undefined, cause: string | undefined): CommandError => {
  const found = jsonOf(cause) as TrainingFailure | null | undefined;
  if (!found?.failed) return new CommandError(`${versionedName(model)} was not trained (${status}): ${error ?? cause ?? 'its execution says why'}`, { next: 'docs/runbook.md#training-failed' });
  const { step, log } = found.failed;
  const { says, stream } = faultOf(found);
  return new CommandError(`${versionedName(model)} was not trained: the step '${step}' failed.\n${says ?? 'Its log says why.'}\nlog: ${log}${stream === undefined ? '' : `, stream ${stream}`}`, { next: `aws logs tail ${log}${stream === undefined ? '' : ` --log-stream-names ${stream}`} --since 1h` });
};

/** A refusal of the gate as a person reads it. */
export const gateRefusal = (model: Pick<ModelDefinition, 'name' | 'version'>, modelVersion: string, says: readonly string[]): CommandError =>
  new CommandError(`The gate refuses version ${modelVersion} of ${versionedName(model)}; it is not registered, and its report is kept:\n${says.map((each) => `  ${each}`).join('\n')}`, { next: `npx headrace model show ${model.name} --version ${modelVersion}` });

/** The state that an execution has entered last. */
const stepOf = async (client: SFNClient, executionArn: string): Promise<string | undefined> => {
  const { events = [] } = await client.send(new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 20, includeExecutionData: false }));
  return events.map(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name).find((name) => name !== undefined && name in shares);
};

/** A model of that name that can be trained. @throws CommandError when there is none, or it cannot */
export const trainableModel = (manifest: Manifest, name: string): ModelDefinition => {
  const model = modelNamed(manifest, name);
  const fault = untrainable(model);
  if (fault !== undefined) throw new CommandError(fault, { exitCode: 2 });
  return model;
};

/**
 * Trains a version of a model by the environment's pipeline, and follows it to its end. One that is running is joined.
 *
 * @param onProgress takes the share that is done, 0 to 1, and the step
 * @param sample the part of the rows that is taken, of those that are judged too; all, unless said otherwise
 * @param onStarted takes the name of the execution that is followed
 * @throws CommandError when a step failed, or the gate refuses the version
 */
export const trainModel = async (context: Context, name: string, ranges: TrainingRanges, onProgress: (share: number, step: string) => void = () => undefined, sample?: Sample, onStarted: (execution: string) => void = () => undefined): Promise<Trained> => {
  const { environment, manifest, names } = context;
  const model = trainableModel(manifest, name);
  const client = new SFNClient({ region: environment.region });
  const machine = `arn:aws:states:${environment.region}:${environment.account}:stateMachine:${names.stateMachine('train-model')}`;
  const { input } = await startOrJoinExecution(client, machine, trainingOrder(model, ranges, manifest.hash, sample), trainingExecutionName).catch((fault: unknown) => {
    if (fault instanceof StateMachineDoesNotExist) throw new CommandError(`${environment.name} has no training pipeline: no model was deployed there with this release.`, { next: `npx headrace deploy --env ${environment.name}`, cause: fault });
    throw fault;
  });
  const execution = executionArnOf(machine, trainingExecutionName(input));
  onStarted(trainingExecutionName(input));
  const features = s3Objects(new S3Client({ region: environment.region }), names.bucket('features'));
  const { status, error, cause, output } = await executionEndOf(client, execution, lookEvery, async () => {
    const step = await stepOf(client, execution);
    if (step === undefined) return;
    // Who may train need not be allowed to read there: then it is the step alone.
    const built = step === 'training set' ? progressOf((await features.get(progressKey(model)).catch(() => undefined))?.toString('utf8'), trainingExecutionName(input)) : undefined;
    onProgress((shares[step] ?? 0) + (built?.share ?? 0) * trainingSetShare, built === undefined ? step : `${step}: ${built.step}`);
  });
  if (status !== 'SUCCEEDED') throw trainingFailure(model, status, error, cause);
  const { prepared, gate, promoted } = (jsonOf(output) ?? {}) as TrainingOutput;
  if (prepared === undefined) throw new CommandError(`The training ${trainingExecutionName(input)} has ended and does not say what it made.`, { next: 'docs/runbook.md#training-failed' });
  const { modelVersion, outcome } = prepared.answer;
  if (gate?.answer.outcome === 'refused') throw gateRefusal(model, modelVersion, gate.answer.says);
  const metadata = await readZoneJson(modelZoneOf(context), metadataKey(model, modelVersion)) as ModelMetadata | undefined;
  if (metadata === undefined) throw new CommandError(`Version ${modelVersion} of ${versionedName(model)} was registered and is not there any more.`, { next: `npx headrace model ls ${model.name}` });
  const { outcome: promotion = 'by hand', says } = promoted?.answer ?? {};
  return { metadata, already: outcome === 'already', promoted: promotion, ...(says === undefined ? {} : { says }) };
};
