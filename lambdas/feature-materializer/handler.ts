import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import manifest from '@generated/manifest';
import type { Context } from 'aws-lambda';
import { awsService } from '../../lib/runtime/aws-request';
import { logFault, logger } from '../../lib/runtime/logging';
import { materializeView } from '../../lib/runtime/materialize/materialize';
import { currentPlace, currentViews } from '../../lib/runtime/materialize/place';
import { parametersBelow } from '../../lib/runtime/parameters-below';
import { publishedTombstones } from '../../lib/runtime/published-tombstones';
import { readVariables } from '../../lib/runtime/variables';

const { AWS_REGION, STATE_TABLE, RAW_BUCKET, BATCH_TABLE, TOMBSTONES_PATH } = readVariables('AWS_REGION', 'STATE_TABLE', 'RAW_BUCKET', 'BATCH_TABLE', 'TOMBSTONES_PATH');

const tombstones = publishedTombstones({ read: async () => (await parametersBelow(awsService('ssm'), TOMBSTONES_PATH)).map(([, text]) => text), now: Date.now, complain: logFault });

/** Left for what is under way when the time is up: a read, its writes and a note, each with their retries. */
const reserve = 60_000;

/** Whether everything is online, or the time was up and the same call goes on. */
export interface MaterializeResult { readonly outcome: 'done' | 'more' }

/** A task of the state machine `land-dataset`: brings the views over a dataset to what its committed batches say. */
export const handler = async ({ dataset }: { readonly dataset: string }, { getRemainingTimeInMillis }: Pick<Context, 'getRemainingTimeInMillis'>): Promise<MaterializeResult> => {
  const deadline = Date.now() + getRemainingTimeInMillis() - reserve;
  const directory = mkdtempSync(join(tmpdir(), 'materialize-'));
  try {
    const place = { ...currentPlace({ manifest, directory, region: AWS_REGION, rawBucket: RAW_BUCKET, stateTable: STATE_TABLE, batchTable: BATCH_TABLE }), tombstones };
    for (const current of currentViews(manifest, dataset)) {
      const done = await materializeView(place, current, { deadline });
      logger.info('a view was brought online', { ...done });
      if (done.outcome === 'more') return { outcome: 'more' };
    }
    return { outcome: 'done' };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};
