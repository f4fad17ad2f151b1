import manifest from '@generated/manifest';
import * as validators from '@generated/validators';
import type { Context } from 'aws-lambda';
import { contractsOf } from '../../core/contract/contracts';
import { activeContractsFor } from '../../lib/runtime/active-contracts';
import { awsService } from '../../lib/runtime/aws-request';
import { environmentSchemaRegistry } from '../../lib/runtime/environment-registry';
import { forwardingOf } from '../../lib/runtime/ingest/forward';
import { keepReceived, type Keeping } from '../../lib/runtime/ingest/keep-received';
import { invokeBy } from '../../lib/runtime/invoke';
import { writeEventsBy } from '../../lib/runtime/invoked-writer';
import { lakeWriter } from '../../lib/runtime/lake-writer';
import { logFault, logger } from '../../lib/runtime/logging';
import { emitMetrics } from '../../lib/runtime/metrics';
import { objectWriter } from '../../lib/runtime/object-writer';
import { batchResponse, streamBatches, type FailedFrom, type StreamBatch, type StreamBatchResponse, type StreamEvent } from '../../lib/runtime/stream-batch';
import { readVariables } from '../../lib/runtime/variables';

const { RAW_BUCKET, QUARANTINE_BUCKET } = readVariables('RAW_BUCKET', 'QUARANTINE_BUCKET');

/** A write that begins now may take this long with its retries; the answer must still get out. */
const reserveMilliseconds = 50_000;

const s3 = awsService('s3');
const invoke = invokeBy(awsService('lambda'));
const forward = forwardingOf(manifest, async (records) => {
  const { ACCEPTED_WRITER } = readVariables('ACCEPTED_WRITER');
  return await writeEventsBy(invoke, ACCEPTED_WRITER, records);
});
const keeping: Keeping = {
  contracts: contractsOf(manifest, validators),
  activeContracts: activeContractsFor(),
  registry: environmentSchemaRegistry(),
  lake: lakeWriter({ raw: objectWriter(RAW_BUCKET, s3), quarantine: objectWriter(QUARANTINE_BUCKET, s3) }),
  ...(forward === undefined ? {} : { forward }),
};

type Remaining = Pick<Context, 'getRemainingTimeInMillis'>;

/** Keeps a batch of one shard; gives the record from which it must be delivered again, if any. */
const keep = async ({ source, shard, records }: StreamBatch, context: Remaining): Promise<readonly FailedFrom[]> => {
  const sequence = await keepReceived(records, keeping, {
    now: Date.now(), keepsPart: true, emit: emitMetrics, complain: logFault,
    log: (message, counts) => { logger.info(message, counts); },
    hasTime: () => context.getRemainingTimeInMillis() > reserveMilliseconds,
  });
  return sequence === undefined ? [] : [{ source, shard, sequence }];
};

/** Keeps the batches of an invocation in the lake, a shard after the other; answers with the records from which they must be delivered again. */
export const handler = async (event: StreamEvent, context: Remaining): Promise<StreamBatchResponse> => {
  const failed: FailedFrom[] = [];
  for (const batch of streamBatches(event)) failed.push(...await keep(batch, context));
  return batchResponse(event, failed);
};
