import { S3Client } from '@aws-sdk/client-s3';
import { awsService } from '../aws-request';
import { s3Objects } from '../object-store';
import { rememberedKey } from '../pseudonym-key';
import type { TrainingPlace } from '../training/place';
import type { MonitoringPlace } from './consistency';
import type { DriftPlace } from './drift';

export interface MonitoringSettings {
  readonly modelsBucket: string;
  /** Name of the parameter with the key of pseudonyms. */
  readonly pseudonymParameter: string;
  /** How long the stream keeps records, milliseconds. */
  readonly streamRetention: number;
  readonly onProgress?: MonitoringPlace['onProgress'];
}

/** The place in an environment. */
export const monitoringPlace = (training: TrainingPlace, { modelsBucket, pseudonymParameter, streamRetention, onProgress }: MonitoringSettings): MonitoringPlace & DriftPlace => {
  const client = new S3Client({ region: training.region });
  return {
    ...training, raw: s3Objects(client, training.rawBucket), models: s3Objects(client, modelsBucket), features: s3Objects(client, training.featuresBucket),
    pseudonymKey: rememberedKey(awsService('ssm'), pseudonymParameter), fold: { streamRetention }, now: Date.now, onProgress: onProgress ?? (() => undefined),
  };
};
