import { rmSync } from 'node:fs';
import manifest from '@generated/manifest';
import type { Context } from 'aws-lambda';
import type { BegunScoring } from '../../core/scoring/request';
import { logger } from '../../lib/runtime/logging';
import { beginScoring } from '../../lib/runtime/scoring/begin';
import { Refused } from '../../lib/runtime/model/model-file';
import { scoringPlace } from '../../lib/runtime/scoring/place';
import { scoreRows } from '../../lib/runtime/scoring/score';
import { TrainingRefused } from '../../lib/runtime/training/refused';
import { readVariables } from '../../lib/runtime/variables';
import { workingDirectory } from '../../lib/runtime/working-directory';

const { AWS_REGION, HEADRACE_ENVIRONMENT, RAW_BUCKET, FEATURES_BUCKET, LANDING_BUCKET, MODELS_BUCKET, BATCH_TABLE } = readVariables('AWS_REGION', 'HEADRACE_ENVIRONMENT', 'RAW_BUCKET', 'FEATURES_BUCKET', 'LANDING_BUCKET', 'MODELS_BUCKET', 'BATCH_TABLE');

/** What the state machine asks for: to take a request in, or to score its rows. */
export type ScorerEvent = { readonly step: 'begin'; readonly given: unknown } | ({ readonly step: 'score' } & BegunScoring);

/** Left for the part that is under way when the time is up. */
const reserve = 240_000;

/** How a step ended: `more` when the time was up and the same call goes on, `refused` when a retry does not mend it. */
export type ScorerResult = (BegunScoring & { readonly outcome: 'done' | 'more' }) | { readonly outcome: 'refused'; readonly refusal: string };

/** A task of the state machine `batch-scoring`. */
export const handler = async (event: ScorerEvent, { getRemainingTimeInMillis }: Pick<Context, 'getRemainingTimeInMillis'>): Promise<ScorerResult> => {
  const deadline = Date.now() + getRemainingTimeInMillis() - reserve;
  const directory = workingDirectory('score');
  try {
    const place = scoringPlace({ manifest, region: AWS_REGION, environment: HEADRACE_ENVIRONMENT, directory, rawBucket: RAW_BUCKET, featuresBucket: FEATURES_BUCKET, landingBucket: LANDING_BUCKET, modelsBucket: MODELS_BUCKET, batchTable: BATCH_TABLE });
    if (event.step === 'begin') return { ...await beginScoring(place, event.given, Date.now()), outcome: 'done' };
    const { step: _step, ...begun } = event;
    const outcome = await scoreRows(place, begun, { deadline, now: Date.now });
    logger.info('scored', { batch: begun.batch, model: begun.model, modelVersion: begun.modelVersion, outcome });
    return { ...begun, outcome };
  } catch (error) {
    if (!(error instanceof TrainingRefused || error instanceof Refused)) throw error;
    logger.warn('refused', { step: event.step, refusal: error.message });
    return { ...(event.step === 'score' ? { batch: event.batch, model: event.model } : {}), outcome: 'refused', refusal: error.message };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};
