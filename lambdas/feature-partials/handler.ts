import manifest from '@generated/manifest';
import type { Context } from 'aws-lambda';
import { isPassing, ServiceFault } from '../../lib/runtime/aws-json';
import { awsService } from '../../lib/runtime/aws-request';
import { lakeWriter } from '../../lib/runtime/lake-writer';
import { logFault, logger } from '../../lib/runtime/logging';
import { emitMetrics } from '../../lib/runtime/metrics';
import { objectWriter } from '../../lib/runtime/object-writer';
import { parametersBelow } from '../../lib/runtime/parameters-below';
import { publishedTombstones } from '../../lib/runtime/published-tombstones';
import { realEffects, waitBeforeRetry } from '../../lib/runtime/retry';
import { dynamoStateStore } from '../../lib/runtime/state-store';
import { batchResponse, streamBatches, type FailedFrom, type StreamBatch, type StreamBatchResponse, type StreamEvent } from '../../lib/runtime/stream-batch';
import { readVariables } from '../../lib/runtime/variables';
import { applyPartials, type ApplyOutcome } from './apply';
import { flinkPlans, preparePartials, type UnreadablePartial } from './prepare';
import { unreadablePartials } from './quarantine';

const variables = readVariables('STATE_TABLE', 'QUARANTINE_BUCKET', 'STREAM_RETENTION_HOURS', 'TOMBSTONES_PATH');
const streamRetention = Number(variables.STREAM_RETENTION_HOURS) * 3_600_000;

/** Kept for what comes after the writes: a last call that hangs, the answer itself. */
const reserveMilliseconds = 5000;
const concurrency = 32;
const conflictPolicy = { attempts: 50, baseMilliseconds: 10, longestMilliseconds: 500 };

const plans = flinkPlans(manifest);
const store = dynamoStateStore({ table: variables.STATE_TABLE, service: awsService('dynamodb'), policy: { attempts: 50 } });
const quarantine = objectWriter(variables.QUARANTINE_BUCKET, awsService('s3'));
const writer = lakeWriter({ raw: quarantine, quarantine });
const ssm = awsService('ssm');
const tombstones = publishedTombstones({ read: async () => (await parametersBelow(ssm, variables.TOMBSTONES_PATH)).map(([, text]) => text), now: Date.now, complain: logFault });

const setAside = async (records: readonly UnreadablePartial[]): Promise<void> => {
  for (const object of unreadablePartials(records, manifest.hash)) await writer.write(object);
};

const report = ({ late, conflicts, unreadable, lateByView }: ApplyOutcome, { records }: StreamBatch): void => {
  const taken = records.at(-1)?.arrival;
  emitMetrics({ Late: late, FoldConflicts: conflicts, FoldFailed: unreadable, ...(taken === undefined ? {} : { PartialsLag: Date.now() - taken }) });
  for (const [view, count] of lateByView) emitMetrics({ Late: count }, { view });
};

const applyBatch = async (batch: StreamBatch, deadline: number): Promise<readonly FailedFrom[]> => {
  const prepared = preparePartials(batch.records, plans, manifest, await tombstones());
  const outcome = await applyPartials(prepared, {
    store, setAside,
    // Too large an item, say: refused alike each time. What an operator can mend (a permission, a table) is waited for.
    isUnmendable: (error) => error instanceof ServiceFault && !isPassing(error) && error.code === 'ValidationException',
    waitAfterConflict: (conflicts) => waitBeforeRetry(conflicts, { ...conflictPolicy, deadline }, realEffects),
    complain: logFault,
  }, { streamRetention, deadline, concurrency });
  const { lateByView: _views, failedFrom, ...counts } = outcome;
  logger.info(failedFrom === undefined ? 'partials taken' : 'partials partly taken', { records: batch.records.length, items: prepared.items.length, ...counts, ...(prepared.erased === 0 ? {} : { erased: prepared.erased }), ...(failedFrom === undefined ? {} : { failedFrom }) });
  report(outcome, batch);
  return failedFrom === undefined ? [] : [{ source: batch.source, shard: batch.shard, sequence: failedFrom }];
};

/** Puts what Flink has worked out into the state items, a partition after the other; answers with the records from which they must be delivered again. */
export const handler = async (event: StreamEvent, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<StreamBatchResponse> => {
  const deadline = Date.now() + context.getRemainingTimeInMillis() - reserveMilliseconds;
  const failed: FailedFrom[] = [];
  for (const batch of streamBatches(event)) failed.push(...await applyBatch(batch, deadline));
  return batchResponse(event, failed);
};
