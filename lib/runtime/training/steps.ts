import { PutObjectCommand } from '@aws-sdk/client-s3';
import { isoText } from '../../../core/event/time';
import { sha256 } from '../../../core/manifest/hash';
import type { Manifest, ModelDefinition } from '../../../core/manifest/manifest';
import { versionedName } from '../../../core/manifest/manifest';
import type { ModelMetadata } from '../../../core/model/artefact';
import { metadataFault, metadataKey, modelFileKey, signatureOf } from '../../../core/model/artefact';
import { metricsOf, parseReport, reportFault, type EvaluationReport } from '../../../core/model/evaluation';
import { gate } from '../../../core/model/gate';
import { keepingFault, type KeptVerdicts } from '../../../core/model/kept-evaluation';
import { hasEndpoint } from '../../../core/model/endpoint';
import { wasChampion, type ServingRecord } from '../../../core/model/roles';
import { evaluationPrefix, modelVersionOf, trainerOf, workPrefix, type TrainingOrder, type TrainingRequest } from '../../../core/model/training-request';
import { keepVersion, readZoneJson, zoneClient, type ModelZone } from '../model/registry';
import { promoteVersion, rolesOf } from '../model/roles';
import { s3Objects } from '../object-store';
import type { TrainingSetMetadata } from './build';

/** What the steps after the training set work with. */
export interface TrainingWorld {
  readonly manifest: Pick<Manifest, 'hash'>;
  readonly zone: ModelZone;
  /** SHA-256 (hex) of Headrace's own trainer. */
  readonly platformTrainer: string;
  /** Names what the training works with, and no other training. */
  readonly execution: string;
  /** ARN of the execution, or of who trains by hand. */
  readonly by: string;
}

/** A training set as the steps pass it on. */
export interface TrainingSetReference extends Pick<TrainingSetMetadata, 'trainingSetHash' | 'rows' | 'rawHash' | 'rawObjects'> {
  /** Key of its rows in the features bucket. */
  readonly key: string;
  /** URI of its rows, for who reads them. */
  readonly uri: string;
}

/** A training that is prepared. `already`: its version is kept, and nothing is to be done. */
export interface PreparedTraining { readonly outcome: 'done' | 'already'; readonly modelVersion: string; readonly request: string; readonly requestKey: string }

const uriOf = ({ bucket }: ModelZone, key: string): string => `s3://${bucket}/${key}`;

const putJson = async (zone: ModelZone, key: string, content: object): Promise<void> => {
  await zoneClient(zone).send(new PutObjectCommand({ Bucket: zone.bucket, Key: key, Body: JSON.stringify(content, null, 1), ContentType: 'application/json' }));
};

/** The champion's file; none when nobody was promoted, or when it was trained for other inputs: it cannot be asked with these rows. */
const championOf = async (zone: ModelZone, model: ModelDefinition, record: ServingRecord | undefined): Promise<TrainingRequest['champion']> => {
  if (record === undefined) return null;
  const { modelVersion } = record;
  const metadata = await readZoneJson(zone, metadataKey(model, modelVersion));
  if (metadataFault(metadata, model, modelVersion) !== undefined) return null;
  return { modelVersion, uri: uriOf(zone, modelFileKey(model, modelVersion)), checksum: (metadata as ModelMetadata).checksum };
};

/** Writes down what the jobs are asked for, with the champion of this moment to compare with. */
export const prepareTraining = async ({ zone, execution, platformTrainer }: TrainingWorld, model: ModelDefinition, order: Pick<TrainingOrder, 'learn' | 'judge'>, set: TrainingSetReference): Promise<PreparedTraining> => {
  const trainer = trainerOf(model, platformTrainer);
  const modelVersion = modelVersionOf(model, set.trainingSetHash, order, trainer.contentHash);
  const requestKey = `${workPrefix(execution)}/request.json`;
  const prepared = { modelVersion, request: uriOf(zone, requestKey), requestKey };
  if (await readZoneJson(zone, metadataKey(model, modelVersion)) !== undefined) return { outcome: 'already', ...prepared };
  const request: TrainingRequest = {
    model: versionedName(model), modelVersion, inputs: model.inputs.map(({ name }) => name), examples: set.uri, trainingSetHash: set.trainingSetHash, learn: order.learn, judge: order.judge, trainer,
    slices: Object.entries(model.evaluation?.slices ?? {}).map(([slice, cut]) => ({ slice, ...cut })), champion: await championOf(zone, model, await rolesOf(zone, model)),
    out: uriOf(zone, workPrefix(execution)), report: uriOf(zone, `${evaluationPrefix(model, modelVersion, execution)}report.json`),
  };
  await putJson(zone, requestKey, request);
  return { outcome: 'done', ...prepared };
};

/** @throws Error when there is no report of this release, which the step before has just written */
const reportOf = async (zone: ModelZone, key: string): Promise<EvaluationReport> => {
  const report = parseReport(await readZoneJson(zone, key));
  if (!report) throw new Error(`${uriOf(zone, key)} is no report that this release can read; deploy again, then train again.`);
  return report;
};

/**
 * Judges a version by its report, and keeps what was said of it beside the report.
 *
 * @throws Error when the report is on other rows or another version than those of this training
 */
export const judgeVersion = async ({ zone, execution, by }: TrainingWorld, model: ModelDefinition, modelVersion: string, { judge }: Pick<TrainingOrder, 'judge'>, { trainingSetHash }: Pick<TrainingSetReference, 'trainingSetHash'>): Promise<KeptVerdicts> => {
  const prefix = evaluationPrefix(model, modelVersion, execution);
  const report = await reportOf(zone, `${prefix}report.json`);
  const fault = reportFault(report, { model: versionedName(model), modelVersion, trainingSetHash, judged: judge });
  if (fault !== undefined) throw new Error(`${uriOf(zone, `${prefix}report.json`)} says nothing of version ${modelVersion} of ${versionedName(model)}: ${fault}. Train again.`);
  const verdicts: KeptVerdicts = { ...gate(report, model.evaluation?.gate), modelVersion, report: `${prefix}report.json`, at: isoText(Date.now()), by, checksum: report.checksum, metrics: metricsOf(report) };
  await putJson(zone, `${prefix}gate.json`, verdicts);
  return verdicts;
};

/**
 * Keeps the version that the gate has let pass, with what it was made from.
 *
 * @throws Error when the gate has not, or the file is not the one that was judged
 */
export const registerVersion = async ({ zone, execution, by, manifest, platformTrainer }: TrainingWorld, model: ModelDefinition, modelVersion: string, { learn, judge }: Pick<TrainingOrder, 'learn' | 'judge'>, set: TrainingSetReference): Promise<ModelMetadata> => {
  const prefix = evaluationPrefix(model, modelVersion, execution);
  const verdicts = await readZoneJson(zone, `${prefix}gate.json`) as KeptVerdicts | undefined;
  const content = await s3Objects(zoneClient(zone), zone.bucket).get(`${workPrefix(execution)}/model.onnx`);
  const fault = keepingFault(verdicts, modelVersion, content === undefined ? undefined : sha256(content));
  if (fault !== undefined || verdicts === undefined || content === undefined) throw new Error(`Version ${modelVersion} of ${versionedName(model)} is not kept, by ${uriOf(zone, `${prefix}gate.json`)}: ${fault}. Train again.`);
  const { key, trainingSetHash, rows, rawHash, rawObjects } = set;
  const kept = await keepVersion(zone, model, content, {
    modelVersion, model: model.name, version: model.version, inputsHash: model.inputsHash, inputs: model.inputs.map((input) => input.name), signature: signatureOf(model),
    trainingSetHash, manifestHash: manifest.hash, codeHash: trainerOf(model, platformTrainer).contentHash, trainedBy: by, trainingSet: { key, rows, rawHash, rawObjects, learned: learn, judged: judge },
    metrics: verdicts.metrics, evaluation: { report: verdicts.report, champion: verdicts.champion, verdicts: verdicts.verdicts }, checksum: verdicts.checksum, createdAt: isoText(Date.now()),
  });
  if (!kept.ok) throw new Error(`${kept.problem}; ${kept.next}`);
  return kept.metadata;
};

/** Whether a version was promoted by the definition's rule, and why not. */
export interface PromotedByRule { readonly outcome: 'promoted' | 'by hand' | 'not promoted'; readonly says?: string }

/** Promotes a version where its definition says so, over the champion that it was compared with and over no other. */
export const promoteByRule = async ({ zone, by }: TrainingWorld, model: ModelDefinition, modelVersion: string): Promise<PromotedByRule> => {
  if (model.training?.promotion !== 'when the gate passes') return { outcome: 'by hand' };
  const metadata = await readZoneJson(zone, metadataKey(model, modelVersion)) as ModelMetadata | undefined;
  // A version that was kept by hand, without a gate, is promoted by hand.
  if (metadata?.evaluation === undefined) return { outcome: 'by hand' };
  // An endpoint comes up in minutes, costs money, and can fail: a person sees to it.
  if (hasEndpoint(model)) return { outcome: 'not promoted', says: `Versions of ${versionedName(model)} are served by endpoints, which come up when a version is promoted by hand.` };
  // A training that was done before ends here again: what somebody has taken back since does not return by a rule.
  const record = await rolesOf(zone, model);
  if (record !== undefined && wasChampion(record, modelVersion)) return { outcome: 'not promoted', says: `Version ${modelVersion} of ${versionedName(model)} was the champion before; whoever wants it back promotes it by hand: npx headrace model promote ${model.name} ${modelVersion}` };
  const outcome = await promoteVersion(zone, model, modelVersion, { at: isoText(Date.now()), by }, { over: metadata.evaluation.champion });
  return outcome.ok ? { outcome: 'promoted' } : { outcome: 'not promoted', says: outcome.problem };
};
