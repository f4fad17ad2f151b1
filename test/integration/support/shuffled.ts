import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { GetJobRunCommand, GlueClient, StartJobRunCommand } from '@aws-sdk/client-glue';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Context } from '../../../cli/context';
import { modelNamed } from '../../../cli/training/training-set';
import { sha256 } from '../../../core/manifest/hash';
import type { ModelMetadata } from '../../../core/model/artefact';
import { modelFileKey } from '../../../core/model/artefact';
import { evaluationPrefix, workPrefix, type MomentRange, type TrainingRequest } from '../../../core/model/training-request';
import { withDatabase } from '../../../lib/runtime/duckdb';
import { s3Objects } from '../../../lib/runtime/object-store';

const trainer = join(__dirname, '..', '..', '..', 'glue-jobs', 'train.py');
const [training, modelVersion] = ['shuffled', 'shuffled'];

/** Rows of a training set whose labels belong to other rows. */
const shuffledRows = async (content: Buffer, { from, to }: MomentRange): Promise<Buffer> => {
  const directory = mkdtempSync(join(tmpdir(), 'shuffled-'));
  try {
    const [source, target] = [join(directory, 'rows.parquet'), join(directory, 'shuffled.parquet')];
    writeFileSync(source, content);
    const rows = `(SELECT * FROM read_parquet('${source}') WHERE "example.moment" >= '${from}' AND "example.moment" < '${to}')`;
    await withDatabase(directory, (database) => database.run({ step: 'shuffle', sql: `COPY (
      SELECT a.* EXCLUDE (place, "example.label"), b."example.label"
      FROM (SELECT *, row_number() OVER (ORDER BY "example.moment", "example.id") AS place FROM ${rows}) a
      JOIN (SELECT "example.label", row_number() OVER (ORDER BY hash("example.id")) AS place FROM ${rows}) b USING (place)
    ) TO '${target}' (FORMAT parquet)` }));
    return readFileSync(target);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

/** Runs a Glue job to its end. @throws Error when it fails */
const runJob = async ({ environment, names }: Context, name: string, request: string): Promise<void> => {
  const [client, JobName] = [new GlueClient({ region: environment.region }), names.function(name)];
  const { JobRunId } = await client.send(new StartJobRunCommand({ JobName, Arguments: { '--request': request } }));
  for (;;) {
    const { JobRun } = await client.send(new GetJobRunCommand({ JobName, RunId: JobRunId }));
    if (JobRun?.JobRunState === 'SUCCEEDED') return;
    if (JobRun?.JobRunState === 'FAILED') throw new Error(JobRun.ErrorMessage);
    await pause(500);
  }
};

/** What a step of the registrar has answered, or the fault that it threw. */
export interface Asked { readonly outcome?: string; readonly says?: readonly string[]; readonly errorMessage?: string }

/**
 * Trains a version of the shuffled labels of a few days, and has it judged beside the champion, by the jobs and the function of
 * the pipeline.
 *
 * @returns asks the registrar for a step
 */
export const trainOfShuffled = async (context: Context, name: string, champion: ModelMetadata, learn: MomentRange, judge: MomentRange): Promise<(step: 'gate' | 'register') => Promise<Asked>> => {
  const { environment, names } = context;
  const [client, model, bucket] = [new S3Client({ region: environment.region }), modelNamed(context.manifest, name), names.bucket('models')];
  const features = names.bucket('features');
  const right = champion.trainingSet?.key ?? '';
  const shuffled = right.replace(champion.trainingSetHash, 'shuffled');
  const content = await s3Objects(client, features).get(right);
  if (!content) throw new Error(`There is no ${right}.`);
  await client.send(new PutObjectCommand({ Bucket: features, Key: shuffled, Body: await shuffledRows(content, learn) }));
  const execution = `${training}.1`;
  const request: TrainingRequest = {
    model: `${model.name}@v${model.version}`, modelVersion, inputs: model.inputs.map((input) => input.name), examples: `s3://${features}/${shuffled}`, trainingSetHash: champion.trainingSetHash, learn, judge,
    trainer: { file: 'glue-jobs/train.py', contentHash: sha256(readFileSync(trainer)) }, slices: Object.entries(model.evaluation?.slices ?? {}).map(([slice, cut]) => ({ slice, ...cut })),
    champion: { modelVersion: champion.modelVersion, uri: `s3://${bucket}/${modelFileKey(model, champion.modelVersion)}`, checksum: champion.checksum },
    out: `s3://${bucket}/${workPrefix(execution)}`, report: `s3://${bucket}/${evaluationPrefix(model, modelVersion, execution)}report.json`,
  };
  const put = async (file: string, body: TrainingRequest): Promise<string> => {
    const key = `${workPrefix(execution)}/${file}`;
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: JSON.stringify(body) }));
    return `s3://${bucket}/${key}`;
  };
  await runJob(context, 'train-model', await put('shuffled.json', request));
  await runJob(context, 'evaluate-model', await put('request.json', { ...request, examples: `s3://${features}/${right}` }));
  return async (step) => {
    const order = { step, training, attempt: 1, model: request.model, learn, judge, by: 'arn:aws:states:us-east-1:000000000000:execution:train-model:shuffled.1', modelVersion, set: { key: right, uri: request.examples, trainingSetHash: champion.trainingSetHash, rows: 0, rawHash: '', rawObjects: 0 } };
    const { Payload } = await new LambdaClient({ region: environment.region }).send(new InvokeCommand({ FunctionName: names.function('model-registrar'), Payload: JSON.stringify(order) }));
    return JSON.parse(Buffer.from(Payload ?? []).toString('utf8')) as Asked;
  };
};
