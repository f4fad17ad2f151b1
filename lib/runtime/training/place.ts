import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { CommittedBatch } from '../../../core/dataset/materialization';
import type { DatasetDefinition } from '../../../core/manifest/manifest';
import { batchRecordsIn, committedBatches } from '../batch-records';
import type { RawPlace } from '../raw-files';

/** Where training sets are made from, worked on and kept: the zones of an environment, and a directory of this machine or Lambda. */
export interface TrainingPlace extends RawPlace {
  /** The environment's name, for people. */
  readonly environment: string;
  readonly featuresBucket: string;
  readonly committed: (dataset: DatasetDefinition) => Promise<readonly CommittedBatch[]>;
}

/** The names of an environment's places. */
export interface TrainingPlaceSettings extends RawPlace {
  readonly environment: string;
  readonly featuresBucket: string;
  readonly batchTable: string;
}

/** The place in an environment. */
export const trainingPlace = ({ batchTable, ...settings }: TrainingPlaceSettings): TrainingPlace => {
  const records = batchRecordsIn(new DynamoDBClient({ region: settings.region }), batchTable);
  return { ...settings, committed: (dataset) => committedBatches(records, dataset) };
};
