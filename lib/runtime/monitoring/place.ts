import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { batchRecordsIn, committedBatches } from '../batch-records';
import { s3Objects } from '../object-store';
import type { RawPlace } from '../raw-files';
import type { MonitoringPlace } from './consistency';

/** The names of an environment's places, and how long its stream keeps records. */
export interface MonitoringSettings extends RawPlace {
  readonly batchTable: string;
  /** Milliseconds. */
  readonly streamRetention: number;
  readonly onProgress?: MonitoringPlace['onProgress'];
}

/** The place in an environment. */
export const monitoringPlace = ({ batchTable, streamRetention, onProgress, ...raw }: MonitoringSettings): MonitoringPlace => {
  const records = batchRecordsIn(new DynamoDBClient({ region: raw.region }), batchTable);
  return { ...raw, raw: s3Objects(new S3Client({ region: raw.region }), raw.rawBucket), committed: (dataset) => committedBatches(records, dataset), fold: { streamRetention }, now: Date.now, onProgress: onProgress ?? (() => undefined) };
};
