import type { Authorization } from '../../../../core/environment/api';
import { stateViewText } from '../../../../core/feature/entity-key';
import type { Manifest } from '../../../../core/manifest/manifest';
import { versionedName } from '../../../../core/manifest/manifest';
import { aggregate } from '../../../../lambdas/feature-aggregator/aggregate';
import { foldingOf } from '../../../../lambdas/feature-aggregator/prepare';
import type { ApiCounts, ApiEffects } from '../../../../lambdas/prediction-api/api';
import { predictionApi } from '../../../../lambdas/prediction-api/api';
import { openOnnx } from '../../../../lib/runtime/model/onnx-session';
import type { PredictionEvent } from '../../../../lambdas/prediction-api/prediction-log';
import { servingGenerations } from '../../../../lambdas/prediction-api/serving-generations';
import type { ServingVersions } from '../../../../lambdas/prediction-api/serving-versions';
import { stateReader } from '../../../../lambdas/prediction-api/state-reader';
import { stateOfRow } from '../../../../core/dataset/current-row';
import { encodeState } from '../../../../core/window';
import { contracts, given, lateArrival as model, manifest, profilePlan } from '../../../fixtures/flights';
import { tinyModel } from '../../../fixtures/tiny-model';
import type { Landing } from '../../flights';
import { landed, noon } from '../../flights';
import { simulatedStore } from '../../simulated-store';

export const minute = 60_000;
export const iso = (minutes: number, milliseconds = 0): string => new Date(noon + minutes * minute + milliseconds).toISOString();

/** A model that reads but one input: its weight is 1, the others' 0. */
export const reads = (input: string): Uint8Array => tinyModel(model.inputs.map(({ name }) => (name === input ? 1 : 0)), 0);
export const probability = (score: number): number => 1 / (1 + Math.exp(-score));

/** The row of ORD, as a batch of the airports brought it online. */
const ordRow = (columns: Readonly<Record<string, number | null>> = { latitude: 41.97, longitude: -87.9 }) => {
  const state = stateOfRow(profilePlan, { batch: 'airports-v1-0123456789abcdef', arrival: noon }, { position: { source: 'dataset/airports-v1-0123456789abcdef', shard: 'file', sequence: '7', subSequence: 0 }, knownAt: 0, row: { iata: 'ORD', ...columns } });
  return { state: encodeState(profilePlan, state), arrival: noon, expiresAt: 0 };
};

export interface Answer { readonly status: number; readonly type: unknown; readonly body: { readonly [member: string]: unknown } }

export const setUp = async (flights: readonly Landing[] = [], options: { readonly now?: number; readonly file?: Uint8Array; readonly versions?: Partial<ServingVersions>; readonly effects?: Partial<ApiEffects>; readonly definitions?: Manifest; readonly authorization?: Authorization } = {}) => {
  const { store, items, calls } = simulatedStore();
  const complaints: unknown[] = [];
  if (flights.length > 0) {
    await aggregate(flights.map(landed), { ...foldingOf(manifest, contracts), generationsOf: () => [1] }, { store, setAside: async () => undefined, isUnmendable: () => false, waitAfterConflict: async () => false, complain: (message) => { complaints.push(message); } },
      { streamRetention: 86_400_000, deadline: Number.POSITIVE_INFINITY, concurrency: 8 });
  }
  await store.write({ entity: given(profilePlan.entityKey({ iata: 'ORD' })), view: stateViewText(profilePlan.view, 1) }, ordRow(), undefined);
  calls.length = 0;
  const events: PredictionEvent[] = [];
  const counts: ApiCounts[] = [];
  let runs = 0;
  const session = await openOnnx(options.file ?? reads('origin__flights_1h'), model);
  const now = () => noon + (options.now ?? 30) * minute;
  let id = 0;
  const objects = new Map<string, unknown>();
  const api = predictionApi(options.definitions ?? manifest, { source: 'headrace/test/prediction-api', authorization: options.authorization ?? { kind: 'iam' } }, {
    now, readStates: stateReader({ store, generations: servingGenerations({ read: async (views) => new Map(views.map((view) => [versionedName(view), { version: 1, generations: { serving: 1 } }])) }, now), now, complain: (_message, error) => { complaints.push(error); } }),
    versionsOf: async () => ({ ok: true, value: { champion: { modelVersion: 'a', predict: async (inputs, width) => { runs += 1; return await session.predict(inputs, width); } }, shadows: [], ...options.versions } }),
    files: { read: async (key) => (objects.has(key) ? Buffer.from(JSON.stringify(objects.get(key))) : undefined) },
    complainOfVersion: (_model, role, modelVersion, error) => { complaints.push(`${role} ${modelVersion}: ${String(error)}`); },
    newId: () => `prediction-${id += 1}`, log: { put: async (put) => { events.push(...put); return 0; } }, pseudonymKey: async () => Buffer.alloc(32, 7), count: (each) => { counts.push(each); }, complain: (_message, error) => { complaints.push(error); },
    ...options.effects,
  });
  const ask = async (method: 'GET' | 'POST', path: string, body?: string, claims?: Readonly<Record<string, unknown>>): Promise<Answer> => {
    const answer = await api({ rawPath: path, requestContext: { http: { method }, ...(claims ? { authorizer: { jwt: { claims } } } : {}) } as never, ...(body === undefined ? {} : { body }), isBase64Encoded: false });
    return { status: answer.statusCode ?? 0, type: answer.headers?.['content-type'], body: JSON.parse(answer.body ?? '') as Answer['body'] };
  };
  const post = (path: string, body: unknown): Promise<Answer> => ask('POST', path, typeof body === 'string' ? body : JSON.stringify(body));
  const get = (path: string): Promise<Answer> => ask('GET', path);
  const predict = (body: unknown): Promise<Answer> => post('/v1/models/late_arrival/predictions', body);
  const predictAs = (claims: Readonly<Record<string, unknown>> | undefined, body: unknown, name = 'late_arrival'): Promise<Answer> => ask('POST', `/v1/models/${name}/predictions`, JSON.stringify(body), claims);
  const query = (body: unknown): Promise<Answer> => post('/v1/features/airport_departures/query', body);
  return { api, post, get, objects, predict, predictAs, query, store, items, calls, events, counts, complaints, runs: () => runs };
};

export const request = { distance: 606, departureHour: 7, departureWeekday: 5 };
export const flight = (origin: string, destination: string) => ({ entities: { origin, destination }, request });

/** A version that says the same of every instance. */
export const saying = (modelVersion: string, prediction: number) => ({ modelVersion, predict: async (inputs: Float32Array, width: number) => new Float32Array(inputs.length / width).fill(prediction) });
export const failing = (modelVersion: string) => ({ modelVersion, predict: async (): Promise<Float32Array> => { throw new Error('out of memory'); } });

interface Answered { readonly predictionId: string; readonly prediction: number; readonly modelVersion: string; readonly role: string }
export const answeredIn = (answer: Answer): readonly Answered[] => answer.body['predictions'] as readonly Answered[];
export const dataOf = ({ text }: PredictionEvent): Readonly<Record<string, unknown>> => (JSON.parse(text) as { readonly data: Readonly<Record<string, unknown>> }).data;
export const airports = (count: number): readonly ReturnType<typeof flight>[] => Array.from({ length: count }, (_, index) => flight(`A${String.fromCharCode(65 + index % 26, 65 + Math.floor(index / 26))}`, 'JFK'));
