import { rmSync } from 'node:fs';
import manifest from '@generated/manifest';
import type { Context } from 'aws-lambda';
import { versionedName } from '../../core/manifest/manifest';
import { awsService } from '../../lib/runtime/aws-request';
import { logFault, logger } from '../../lib/runtime/logging';
import { materializeView } from '../../lib/runtime/materialize/materialize';
import { currentPlace, currentViews } from '../../lib/runtime/materialize/place';
import { parametersBelow } from '../../lib/runtime/parameters-below';
import { publishedTombstones } from '../../lib/runtime/published-tombstones';
import { readVariables } from '../../lib/runtime/variables';
import { workingDirectory } from '../../lib/runtime/working-directory';

const { AWS_REGION, STATE_TABLE, RAW_BUCKET, BATCH_TABLE, TOMBSTONES_PATH } = readVariables('AWS_REGION', 'STATE_TABLE', 'RAW_BUCKET', 'BATCH_TABLE', 'TOMBSTONES_PATH');

const tombstones = publishedTombstones({ read: async () => (await parametersBelow(awsService('ssm'), TOMBSTONES_PATH)).map(([, text]) => text), now: Date.now, complain: logFault });

/** Left for what is under way when the time is up: a read, its writes and a note, each with their retries. */
const reserve = 60_000;

/** Whether everything is online, or the time was up and the same call goes on. */
export interface MaterializeResult { readonly outcome: 'done' | 'more' }

/** A task of the state machine `land-dataset`: brings the views over a dataset to what its committed batches say. One that cannot be leaves the others as they should be. */
export const handler = async ({ dataset }: { readonly dataset: string }, { getRemainingTimeInMillis }: Pick<Context, 'getRemainingTimeInMillis'>): Promise<MaterializeResult> => {
  const deadline = Date.now() + getRemainingTimeInMillis() - reserve;
  const directory = workingDirectory('materialize');
  const faults: unknown[] = [];
  try {
    const place = { ...currentPlace({ manifest, directory, region: AWS_REGION, rawBucket: RAW_BUCKET, stateTable: STATE_TABLE, batchTable: BATCH_TABLE }), tombstones };
    for (const current of currentViews(manifest, dataset)) {
      if (Date.now() > deadline) return { outcome: 'more' };
      try {
        const done = await materializeView(place, current, { deadline });
        logger.info('a view was brought online', { ...done });
        if (done.tooLarge > 0 || done.unknown.length > 0) logger.warn('a view does not have all that it should: docs/runbook.md#state-differs', { ...done });
        if (done.outcome === 'more') return { outcome: 'more' };
      } catch (error) {
        logFault(`the view ${versionedName(current.view)} was not brought online`, error);
        faults.push(error);
      }
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  if (faults.length > 0) throw faults[0];
  return { outcome: 'done' };
};
