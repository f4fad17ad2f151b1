import manifest from '@generated/manifest';
import * as validators from '@generated/validators';
import type { Context, KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { contractsOf } from '../../core/contract/contracts';
import { activeContractsFor } from '../../lib/runtime/active-contracts';
import { awsService } from '../../lib/runtime/aws-request';
import { receivedFromKinesis } from '../../lib/runtime/kinesis-record';
import { lakeWriter } from '../../lib/runtime/lake-writer';
import { logFault, logger } from '../../lib/runtime/logging';
import { emitMetrics } from '../../lib/runtime/metrics';
import { objectWriter } from '../../lib/runtime/object-writer';
import { readVariables } from '../../lib/runtime/variables';
import { keepBatch } from './keep-batch';
import { report } from './report';

const { RAW_BUCKET, QUARANTINE_BUCKET } = readVariables('RAW_BUCKET', 'QUARANTINE_BUCKET');

/** A write that begins now may take this long with its retries; the answer must still get out. */
const reserveMilliseconds = 50_000;

const contracts = contractsOf(manifest, validators);
const activeContracts = activeContractsFor();
const s3 = awsService('s3');
const lake = lakeWriter({ raw: objectWriter(RAW_BUCKET, s3), quarantine: objectWriter(QUARANTINE_BUCKET, s3) });

/** Keeps a batch of one shard of the stream in the lake; answers with the record from which it must be delivered again, if any. */
export const handler = async (event: KinesisStreamEvent, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<KinesisStreamBatchResponse> => {
  const records = event.Records.map(receivedFromKinesis);
  const outcome = await keepBatch(records, await activeContracts(contracts, records), {
    write: lake.write,
    complain: logFault,
    hasTime: () => context.getRemainingTimeInMillis() > reserveMilliseconds,
  });
  report(records, outcome, { now: Date.now(), emit: emitMetrics, log: (message, counts) => { logger.info(message, counts); } });
  return { batchItemFailures: outcome.failedFrom === undefined ? [] : [{ itemIdentifier: outcome.failedFrom }] };
};
