import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeEndpointCommand, ListEndpointsCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { SSMClient } from '@aws-sdk/client-ssm';
import { modelNamed } from '../../../cli/training/training-set';
import { sha256 } from '../../../core/manifest/hash';
import type { ModelDefinition } from '../../../core/manifest/manifest';
import { endpointArchiveKey } from '../../../core/model/endpoint';
import { packArchive } from '../../../lib/runtime/endpoint/archive';
import { endpointProgram } from '../../../lib/runtime/endpoint/place';
import { s3Objects } from '../../../lib/runtime/object-store';
import { signedFetch } from '../../../lib/runtime/signed-request';
import type { Serving } from './serving';
import { keepFileAs } from './kept-version';

/** An answer to a prediction request: its status, and what it predicted. */
export interface Asked { readonly status: number; readonly type?: string; readonly detail?: string; readonly predictions: readonly { readonly prediction: number; readonly modelVersion: string }[] }

/** Asks a model for predictions of the distances given, a hundred at a time. */
const ask = async ({ context }: Serving, model: string, distances: readonly number[]): Promise<readonly Asked[]> => {
  const asked: Asked[] = [];
  for (let start = 0; start < distances.length; start += 100) {
    const { status, body } = await signedFetch(context, `/v1/models/${model}/predictions`, { instances: distances.slice(start, start + 100).map((distance) => ({ entities: { origin: `A${distance}` }, request: { distance } })) });
    const { type, detail, predictions = [] } = body as Partial<Asked>;
    asked.push({ status, predictions, ...(type === undefined ? {} : { type }), ...(detail === undefined ? {} : { detail }) });
  }
  return asked;
};

/** Asks for one prediction until it is as it should be, for a minute at most. A cloud that begins on a busy machine may not answer at all for a while. */
export const askUntil = async (serving: Serving, model: string, what: (asked: Asked) => boolean): Promise<Asked> => {
  for (const deadline = Date.now() + 60_000; ; await pause(100)) {
    const asked = await ask(serving, model, [1]).then(([each]) => each, (error: unknown) => String(error));
    if (typeof asked === 'object' && what(asked)) return asked;
    if (Date.now() > deadline) throw new Error(`It did not come to it within a minute; the newest answer: ${JSON.stringify(asked)}`);
  }
};

/** What a version predicts of distances: asked again as long as some process of the API has not heard of its promotion. */
export const predictionsOf = async (serving: Serving, model: string, modelVersion: string, distances: readonly number[]): Promise<readonly number[]> => {
  for (const deadline = Date.now() + 30_000; ; await pause(500)) {
    const made = (await ask(serving, model, distances)).flatMap(({ predictions }) => predictions);
    if (made.length === distances.length && made.every((each) => each.modelVersion === modelVersion)) return made.map(({ prediction }) => prediction);
    if (Date.now() > deadline) throw new Error(`Within 30 seconds ${model} was not answered by ${modelVersion} alone: ${made.length} answers, by ${[...new Set(made.map((each) => each.modelVersion))].join(', ')}`);
  }
};

/** Keeps the same file as a version of each of the models, as trainings do. */
export const keepFile = async ({ context }: Serving, models: readonly string[], modelVersion: string, content: Buffer): Promise<void> => {
  for (const model of models.map((name) => modelNamed(context.manifest, name))) await keepFileAs(context, model, modelVersion, content);
};

const clientsOf = ({ context: { names, environment: { region } } }: Serving) => ({ names, s3: new S3Client({ region }), ssm: new SSMClient({ region }), sageMaker: new SageMakerClient({ region }) });

/** Puts an archive in the place of a version's that holds another model file, as somebody would who may write to the bucket. */
export const plantArchive = async (serving: Serving, model: ModelDefinition, modelVersion: string, file: Buffer): Promise<string> => {
  const place = clientsOf(serving);
  const { bucket, key } = await endpointProgram(place, model);
  const content = await packArchive(await s3Objects(place.s3, bucket).get(key) ?? Buffer.alloc(0), file);
  const archive = endpointArchiveKey(model, modelVersion, key);
  await place.s3.send(new PutObjectCommand({ Bucket: serving.context.names.bucket('models'), Key: archive, Body: content, Metadata: { sha256: sha256(content) } }));
  return archive;
};

/** The endpoints that there are. */
export const endpoints = async (serving: Serving): Promise<readonly string[]> => ((await clientsOf(serving).sageMaker.send(new ListEndpointsCommand({}))).Endpoints ?? []).flatMap(({ EndpointName: name }) => name ?? []);

export const statusOf = async (serving: Serving, endpoint: string): Promise<string | undefined> => (await clientsOf(serving).sageMaker.send(new DescribeEndpointCommand({ EndpointName: endpoint }))).EndpointStatus;

/** Processes of this machine that serve models behind endpoints of a local cloud, by what they were started with. */
export const modelServers = (pid: number): readonly number[] => readdirSync('/proc').filter((name) => /^\d+$/u.test(name)).map(Number).filter((each) => {
  try {
    return readFileSync(`/proc/${each}/cmdline`, 'utf8').includes('model_server.py') && readFileSync(`/proc/${each}/stat`, 'utf8').split(') ')[1]?.split(' ')[1] === String(pid);
  } catch { return false; }
});
