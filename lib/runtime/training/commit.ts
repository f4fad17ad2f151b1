import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { trainingSetTable } from '../../../core/lake/feature-table';
import type { ModelDefinition } from '../../../core/manifest/manifest';

/** Where a training set stands in the lake. */
export interface CommittedSet {
  readonly table: string;
  /** Name of the snapshot: the set's hash. */
  readonly tag: string;
  /** Digits; more than a number holds. */
  readonly snapshot: string;
  readonly rows: number;
  /** Whether it stood there before. */
  readonly already: boolean;
}

/**
 * Has a training set of the features zone taken into its Iceberg table. Safe to do twice.
 *
 * @param writer name of the function `training-set-writer`
 */
export const commitTrainingSet = async (client: LambdaClient, writer: string, { name, version }: Pick<ModelDefinition, 'name' | 'version'>, hash: string): Promise<CommittedSet> => {
  const reply = await client.send(new InvokeCommand({ FunctionName: writer, Payload: JSON.stringify({ model: name, version, table: trainingSetTable({ name, version }), hash }) }));
  const payload = Buffer.from(reply.Payload ?? []).toString('utf8');
  if (reply.FunctionError !== undefined) throw new Error(`The training set ${hash.slice(0, 12)} was not taken into ${trainingSetTable({ name, version })}: ${payload}. Its Parquet file is there; the log group of ${writer} says more. Build it again when that is mended.`);
  return JSON.parse(payload) as CommittedSet;
};
