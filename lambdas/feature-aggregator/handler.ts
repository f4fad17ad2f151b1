import manifest from '@generated/manifest';
import * as validators from '@generated/validators';
import type { Context } from 'aws-lambda';
import { contractsOf } from '../../core/contract/contracts';
import { activeContractsFor } from '../../lib/runtime/active-contracts';
import { isPassing, ServiceFault } from '../../lib/runtime/aws-json';
import { awsService } from '../../lib/runtime/aws-request';
import { environmentSchemaRegistry } from '../../lib/runtime/environment-registry';
import { dynamoGenerationStore } from '../../lib/runtime/generation-store';
import { lakeWriter } from '../../lib/runtime/lake-writer';
import { logFault, logger } from '../../lib/runtime/logging';
import { emitMetrics } from '../../lib/runtime/metrics';
import { objectWriter } from '../../lib/runtime/object-writer';
import { realEffects, waitBeforeRetry } from '../../lib/runtime/retry';
import { dynamoStateStore } from '../../lib/runtime/state-store';
import { responseInOrder, streamBatches, type FailedFrom, type StreamBatch, type StreamBatchResponse, type StreamEvent } from '../../lib/runtime/stream-batch';
import { readVariables } from '../../lib/runtime/variables';
import { receiveBatch } from '../../lib/runtime/wire/receive';
import { aggregate } from './aggregate';
import type { AggregateOutcome } from './aggregate';
import { chooseGenerations, noteFollowed, spanOf } from './generations';
import type { Unfoldable } from './prepare';
import { foldingOf } from './prepare';
import { foldFailures } from './quarantine';

const variables = readVariables('STATE_TABLE', 'QUARANTINE_BUCKET', 'STREAM_RETENTION_HOURS', 'FOLDER');
/** The same code twice: the aggregator, and the follower, which folds into generations that are being made. */
const folder = variables.FOLDER === 'follower' ? 'follower' : 'aggregator';
const streamRetention = Number(variables.STREAM_RETENTION_HOURS) * 3_600_000;

/** Kept for what comes after the writes: a last call that hangs, the answer itself. */
const reserveMilliseconds = 5000;
/** Writes in flight: enough to hide DynamoDB's latency, few enough not to queue in this process. */
const concurrency = 32;
const conflictPolicy = { attempts: 50, baseMilliseconds: 10, longestMilliseconds: 500 };

const contracts = contractsOf(manifest, validators);
const activeContracts = activeContractsFor();
const registry = environmentSchemaRegistry();
const folding = foldingOf(manifest, contracts);
const views = [...new Map([...folding.plans.values()].flat().map(({ name, view }) => [name, view])).values()];
const table = { table: variables.STATE_TABLE, service: awsService('dynamodb'), policy: { attempts: 50 } };
const store = dynamoStateStore(table);
const generations = dynamoGenerationStore(table);

const quarantine = objectWriter(variables.QUARANTINE_BUCKET, awsService('s3'));
const writer = lakeWriter({ raw: quarantine, quarantine });

const setAside = async (records: readonly Unfoldable[]): Promise<void> => {
  for (const object of foldFailures(records, contracts)) await writer.write(object);
};

/** What the follower folds was counted by the aggregator, or is of a view that nobody reads yet. */
const report = ({ folded, late, duplicates, conflicts, unfoldable, newestArrival, droppedByView }: AggregateOutcome): void => {
  if (folder === 'follower') { emitMetrics({ FoldFailed: unfoldable }); return; }
  emitMetrics({
    Folded: folded, Late: late, Duplicates: duplicates, FoldConflicts: conflicts, FoldFailed: unfoldable,
    ...(newestArrival === undefined ? {} : { FoldLag: Date.now() - newestArrival }),
  });
  // A metric of a view is paid for in the hours in which it has data: there is one when something was dropped.
  for (const [view, dropped] of droppedByView) emitMetrics({ Late: dropped.late, Duplicates: dropped.duplicates }, { view });
};

/** Folds a batch of one shard; gives the record from which it must be delivered again, if any. */
const foldBatch = async (batch: StreamBatch, deadline: number): Promise<readonly FailedFrom[]> => {
  const { source, shard, records: received } = batch;
  const span = spanOf(batch);
  const [{ records, blocked }, chosen] = await Promise.all([receiveBatch(received, registry), chooseGenerations(folder, views, span, generations, { deadline })]);
  if (blocked !== undefined) logFault('the schema registry did not answer; the batch is tried again from there', blocked.error);
  const outcome = await aggregate(records, { ...folding, generationsOf: chosen.generationsOf, contracts: await activeContracts(folding.contracts, records) }, {
    store, setAside,
    // Too large an item, say: refused alike each time. What an operator can mend (a permission, a table) is waited for.
    isUnmendable: (error) => error instanceof ServiceFault && !isPassing(error) && error.code === 'ValidationException',
    waitAfterConflict: (conflicts) => waitBeforeRetry(conflicts, { ...conflictPolicy, deadline }, realEffects),
    complain: (message, error) => { logger.error(message, error instanceof Error ? error : new Error(String(error))); },
  }, { streamRetention, deadline, concurrency });
  report(outcome);
  const failedFrom = outcome.failedFrom ?? blocked?.sequence;
  if (failedFrom === undefined) await noteFollowed(chosen, span, generations, { deadline });
  return failedFrom === undefined ? [] : [{ source, shard, sequence: failedFrom }];
};

/** Folds the batches of an invocation, a shard after the other, as they may be of the same items; answers with the records from which they must be delivered again, or fails where that would lose their order. */
export const handler = async (event: StreamEvent, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<StreamBatchResponse> => {
  const deadline = Date.now() + context.getRemainingTimeInMillis() - reserveMilliseconds;
  const failed: FailedFrom[] = [];
  for (const batch of streamBatches(event)) failed.push(...await foldBatch(batch, deadline));
  return responseInOrder(event, failed);
};
