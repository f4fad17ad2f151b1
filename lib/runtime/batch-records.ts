import { ConditionalCheckFailedException, GetItemCommand, QueryCommand, UpdateItemCommand, type AttributeValue, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { BatchRecord, BatchReference, BatchStatus } from '../../core/dataset/batch';
import type { CommittedBatch } from '../../core/dataset/materialization';
import type { DatasetDefinition } from '../../core/manifest/manifest';
import { versionedName } from '../../core/manifest/manifest';

/** Batch records of one table. Every change is conditional: that is what makes a batch safe to run twice. */
export interface BatchRecords {
  readonly get: (dataset: string, batch: string) => Promise<BatchRecord | undefined>;
  /** A dataset's batches, in the order of their ids. */
  readonly list: (dataset: string) => Promise<readonly BatchRecord[]>;
  /** Starts an attempt, unless the batch is committed or a later attempt has it; gives the record as it then stands. */
  readonly begin: (reference: BatchReference, now: number) => Promise<BatchRecord>;
  /** Moves a batch on, when this attempt has it and it is in one of `from`; gives the record as it then stands, changed or not. */
  readonly move: (reference: BatchReference, from: readonly BatchStatus[], change: BatchChange) => Promise<BatchRecord>;
}

/** What a step writes into the record. */
type BatchChange = Pick<BatchRecord, 'status'> & Partial<Pick<BatchRecord, 'rows' | 'rejected' | 'contentHash' | 'contractHash' | 'manifestHash' | 'committedAt' | 'refusal' | 'key' | 'checksum' | 'arrival' | 'extracted' | 'watermark'>>;

type Item = Readonly<Record<string, AttributeValue>>;

/** Attribute of each property that is not the key. */
const attributes = {
  key: 'landing_key', checksum: 'checksum', attempt: 'attempt', status: 'status', arrival: 'arrival', rows: 'row_count', rejected: 'rejected_count',
  contentHash: 'content_hash', contractHash: 'contract_hash', manifestHash: 'manifest_hash', committedAt: 'committed_at', refusal: 'refusal', extracted: 'extracted', watermark: 'watermark',
} as const satisfies Record<Exclude<keyof BatchRecord, 'dataset' | 'batch'>, string>;

const valueOf = (value: string | number): AttributeValue => (typeof value === 'number' ? { N: String(value) } : { S: value });

const recordOf = (item: Item): BatchRecord => {
  const read = (name: string): string | number | undefined => {
    const value = item[name];
    return value?.N === undefined ? value?.S : Number(value.N);
  };
  const properties = Object.entries(attributes).flatMap(([property, attribute]) => {
    const value = read(attribute);
    return value === undefined ? [] : [[property, value]];
  });
  return { dataset: read('dataset'), batch: read('batch'), ...Object.fromEntries(properties) } as BatchRecord;
};

const keyOf = (dataset: string, batch: string): Record<string, AttributeValue> => ({ dataset: { S: dataset }, batch: { S: batch } });

/** An UpdateItem that gives the item as it stands afterwards, whether its condition held or not. */
const update = async (client: DynamoDBClient, input: ConstructorParameters<typeof UpdateItemCommand>[0]): Promise<BatchRecord> => {
  try {
    const { Attributes = {} } = await client.send(new UpdateItemCommand({ ...input, ReturnValues: 'ALL_NEW', ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }));
    return recordOf(Attributes);
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException && error.Item !== undefined) return recordOf(error.Item);
    throw error;
  }
};

/** Batch records in a DynamoDB table with the keys `dataset` and `batch`. */
export const batchRecordsIn = (client: DynamoDBClient, table: string): BatchRecords => ({
  get: async (dataset, batch) => {
    const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: keyOf(dataset, batch), ConsistentRead: true }));
    return Item === undefined ? undefined : recordOf(Item);
  },

  list: async (dataset) => {
    const found: BatchRecord[] = [];
    let start: Record<string, AttributeValue> | undefined;
    do {
      const page = await client.send(new QueryCommand({
        TableName: table, ConsistentRead: true, KeyConditionExpression: 'dataset = :dataset', ExpressionAttributeValues: { ':dataset': { S: dataset } }, ...(start ? { ExclusiveStartKey: start } : {}),
      }));
      found.push(...(page.Items ?? []).map(recordOf));
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
    return found;
  },

  begin: (reference, now) => update(client, {
    TableName: table,
    Key: keyOf(reference.dataset, reference.batch),
    UpdateExpression: 'SET #status = :landing, #attempt = :attempt, landing_key = :key, checksum = :checksum, arrival = if_not_exists(arrival, :now) REMOVE refusal',
    ConditionExpression: 'attribute_not_exists(#batch) OR (#status <> :committed AND #attempt <= :attempt)',
    // DynamoDB keeps words such as batch and status for itself.
    ExpressionAttributeNames: { '#batch': 'batch', '#status': 'status', '#attempt': 'attempt' },
    ExpressionAttributeValues: {
      ':landing': { S: 'landing' }, ':committed': { S: 'committed' }, ':attempt': valueOf(reference.attempt), ':key': valueOf(reference.key), ':checksum': valueOf(reference.checksum), ':now': valueOf(now),
    },
  }),

  move: (reference, from, change) => {
    const changed = Object.entries(change).filter(([, value]) => value !== undefined);
    return update(client, {
      TableName: table,
      Key: keyOf(reference.dataset, reference.batch),
      UpdateExpression: `SET ${changed.map((_, index) => `#n${index} = :v${index}`).join(', ')}`,
      ConditionExpression: `#attempt = :attempt AND #status IN (${from.map((_, index) => `:from${index}`).join(', ')})`,
      ExpressionAttributeNames: {
        '#attempt': 'attempt', '#status': 'status', ...Object.fromEntries(changed.map(([property], index) => [`#n${index}`, attributes[property as keyof BatchChange]])),
      },
      ExpressionAttributeValues: {
        ':attempt': valueOf(reference.attempt),
        ...Object.fromEntries(from.map((status, index) => [`:from${index}`, valueOf(status)])),
        ...Object.fromEntries(changed.map(([, value], index) => [`:v${index}`, valueOf(value)])),
      },
    });
  },
});

/** The batches of a dataset that are committed. */
export const committedBatches = async ({ list }: Pick<BatchRecords, 'list'>, dataset: DatasetDefinition): Promise<readonly CommittedBatch[]> =>
  (await list(versionedName(dataset))).flatMap(({ batch, arrival, status, committedAt }) => (status === 'committed' && committedAt !== undefined ? [{ batch, arrival, committedAt }] : []));
