import { randomUUID } from 'node:crypto';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import type { ModelReport } from '../../../core/monitoring/report';
import { predictionApi } from '../../../lambdas/prediction-api/api';
import { kinesisPredictionLog } from '../../../lambdas/prediction-api/prediction-log';
import { servingGenerations } from '../../../lambdas/prediction-api/serving-generations';
import { stateReader } from '../../../lambdas/prediction-api/state-reader';
import type { ReadStates } from '../../../lambdas/prediction-api/state-reader';
import { awsService } from '../../../lib/runtime/aws-request';
import { putRecords } from '../../../lib/runtime/event-producer';
import { dynamoGenerationStore } from '../../../lib/runtime/generation-store';
import { signedFetch } from '../../../lib/runtime/signed-request';
import { dynamoStateStore } from '../../../lib/runtime/state-store';
import type { Serving } from './serving';

/** A flight of the model's examples. */
export interface Landing { readonly id: string; readonly origin: string; readonly delay: number }

/** Puts landings on the stream, as of now, and waits until they are folded and kept. */
export const land = async ({ context, cloud }: Serving, landings: readonly Landing[]): Promise<void> => {
  const time = new Date().toISOString();
  const records = landings.map(({ id, origin, delay }) => ({ partitionKey: origin, data: Buffer.from(JSON.stringify({ specversion: '1.0', id, source: '/test/watched', type: 'flight.landed', time, data: { origin, distance: 600, delayMinutes: delay } })) }));
  await putRecords(new KinesisClient({ region: context.environment.region }), context.names.stream, records);
  await cloud.drained({ endWindows: true });
};

/** Asks for a prediction for each flight, by whose id its outcome will be known. */
export const askFor = async ({ context }: Serving, flights: readonly Pick<Landing, 'id' | 'origin'>[]): Promise<void> => {
  const { status, body } = await signedFetch(context, '/v1/models/late/predictions', { instances: flights.map(({ id, origin }) => ({ entities: { origin }, request: { distance: 600 }, reference: id })) });
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
};

/** Serving whose windows are broken: of each item the newest tile is lost on the way. */
const losingTiles = (read: ReadStates): ReadStates => async (wanted) => {
  const states = await read(wanted);
  return states.ok ? { ok: true, value: states.value.map((state) => state && { ...state, tiers: state.tiers.map((tiles) => new Map([...tiles].slice(0, -1))) }) } : states;
};

/** Asks the prediction API's own code, over the real state and the real stream, but with a window that is broken. */
export const askBroken = async ({ context, cloud }: Serving, airports: readonly string[]): Promise<void> => {
  const state = { table: context.names.stateTable, service: awsService('dynamodb') };
  const complain = (message: string, error: unknown): void => { throw new Error(message, { cause: error }); };
  const api = predictionApi(context.manifest, { source: 'headrace/test/broken', authorization: { kind: 'iam' } }, {
    now: Date.now, newId: randomUUID, complain, pseudonymKey: async () => await Promise.reject(new Error('airports are no persons')), complainOfVersion: () => undefined, files: { read: async () => await Promise.resolve(undefined) },
    count: ({ lost }) => { if (lost > 0) throw new Error(`${lost} prediction events were lost`); },
    readStates: losingTiles(stateReader({ store: dynamoStateStore(state), generations: servingGenerations(dynamoGenerationStore(state), Date.now), now: Date.now, complain })),
    versionsOf: async () => await Promise.resolve({ ok: true, value: { champion: { modelVersion: 'broken', predict: async (inputs, width) => await Promise.resolve(new Float32Array(inputs.length / width).fill(0.5)) }, shadows: [] } }),
    log: kinesisPredictionLog({ stream: context.names.stream, service: awsService('kinesis'), limitMilliseconds: 5000 }),
  });
  const answer = await api({ rawPath: '/v1/models/late/predictions', requestContext: { http: { method: 'POST' } } as never, isBase64Encoded: false,
    body: JSON.stringify({ instances: airports.map((origin) => ({ entities: { origin }, request: { distance: 600 } })) }) });
  if (answer.statusCode !== 200) throw new Error(`${answer.statusCode ?? ''} ${answer.body ?? ''}`);
  await cloud.drained({ endWindows: true });
};

/** Runs the function that watches models over a range, as the night does. */
export const watch = async ({ context }: Serving, from: number, to: number): Promise<readonly ModelReport['consistency'][]> => {
  const { FunctionError, Payload } = await new LambdaClient({ region: context.environment.region }).send(new InvokeCommand({
    FunctionName: context.names.function('model-monitor'), Payload: JSON.stringify({ from: new Date(from).toISOString(), to: new Date(to).toISOString() }),
  }));
  const text = Buffer.from(Payload ?? []).toString('utf8');
  if (FunctionError !== undefined) throw new Error(text);
  return JSON.parse(text) as readonly ModelReport['consistency'][];
};
