import { randomUUID } from 'node:crypto';
import manifest from '@generated/manifest';
import type { Authorization } from '../../core/environment/api';
import { versionedName } from '../../core/manifest/manifest';
import { awsService } from '../../lib/runtime/aws-request';
import { dynamoGenerationStore } from '../../lib/runtime/generation-store';
import { logger } from '../../lib/runtime/logging';
import { openEndpoint } from '../../lib/runtime/model/endpoint-session';
import { openOnnx } from '../../lib/runtime/model/onnx-session';
import { emitMetrics } from '../../lib/runtime/metrics';
import { objectReader } from '../../lib/runtime/object-reader';
import { dynamoStateStore } from '../../lib/runtime/state-store';
import { rememberedKey } from '../../lib/runtime/pseudonym-key';
import { readVariables } from '../../lib/runtime/variables';
import { predictionApi } from './api';
import { kinesisPredictionLog, writerPredictionLog } from './prediction-log';
import { servingGenerations } from './serving-generations';
import { refreshTimes, servingVersions } from './serving-versions';
import { stateReader } from './state-reader';

const { HEADRACE_ENVIRONMENT: environment, STATE_TABLE, MODELS_BUCKET, STREAM_NAME, MODEL_REFRESH_SECONDS, AUTHORIZATION } = readVariables('HEADRACE_ENVIRONMENT', 'STATE_TABLE', 'MODELS_BUCKET', 'STREAM_NAME', 'MODEL_REFRESH_SECONDS', 'AUTHORIZATION');
const complain = (message: string, error: unknown): void => { logger.error(message, error instanceof Error ? error : new Error(String(error))); };

/** A version in a role that cannot serve, while others do: its metric has an alarm. */
const tellOfModel = (message: string, error: unknown): void => {
  complain(message, error);
  emitMetrics({ ModelFaults: 1 });
};

const files = objectReader(MODELS_BUCKET, awsService('s3'));

const { versionsOf } = servingVersions({
  files,
  open: openOnnx,
  openEndpoint,
  now: Date.now,
  complain: (model, error) => { tellOfModel(`a version that is to serve ${versionedName(model)} could not be loaded`, error); },
}, refreshTimes(Number(MODEL_REFRESH_SECONDS)));

const state = { table: STATE_TABLE, service: awsService('dynamodb') };

const { PSEUDONYM_KEY, EVENT_WRITER } = process.env;
const pseudonymKey = rememberedKey(awsService('ssm'), PSEUDONYM_KEY ?? '');
// Beside everything else that begins. One that fails is asked for again by the first prediction, which tells of it.
if (PSEUDONYM_KEY !== undefined) pseudonymKey().catch(() => undefined);

/** Loads the versions that serve each model, for a process that is kept started. What cannot be loaded is tried again by the first request. */
export const warm = async (): Promise<void> => { await Promise.all(Object.values(manifest.models).map(versionsOf)); };

/** The prediction API, behind an HTTP API (payload format 2.0). */
export const handler = predictionApi(manifest, { source: `headrace/${environment}/prediction-api`, authorization: JSON.parse(AUTHORIZATION) as Authorization }, {
  readStates: stateReader({ store: dynamoStateStore(state), generations: servingGenerations(dynamoGenerationStore(state), Date.now), now: Date.now, complain }),
  versionsOf,
  files,
  complainOfVersion: (model, role, modelVersion, error) => { tellOfModel(`the ${role} ${modelVersion} of ${versionedName(model)} could not predict`, error); },
  newId: randomUUID,
  pseudonymKey,
  log: EVENT_WRITER === undefined ? kinesisPredictionLog({ stream: STREAM_NAME, service: awsService('kinesis'), limitMilliseconds: 300 }) : writerPredictionLog({ writer: EVENT_WRITER, service: awsService('lambda'), limitMilliseconds: 300 }),
  now: Date.now,
  count: ({ predictions, lost, unread }) => { emitMetrics({ Predictions: predictions, PredictionEventsLost: lost, ...(unread > 0 ? { PredictionsUnread: unread } : {}) }); },
  complain,
});
