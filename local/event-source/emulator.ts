import { Agent, request } from 'node:http';
import type { ListedShard } from './mapping';
import type { Checkpoint, StreamRecord } from './record';
import type { DescribedMapping } from './settings';

/** The emulator is not there, or is another one than before: what was in memory about it is worth nothing. */
export class EmulatorLost extends Error {}

interface Answer {
  readonly status: number;
  readonly functionError: string | undefined;
  readonly body: string;
}

/** How an invocation of a function came back. */
export type Invoked =
  | { readonly kind: 'answered'; readonly answer: unknown }
  | { readonly kind: 'function-error'; readonly functionError: string; readonly message: string }
  | { readonly kind: 'not-run'; readonly reason: string };

/** What is described of a Glue job, as far as it is looked at. */
export interface DescribedJob {
  readonly Name: string;
  readonly Command: { readonly Name?: string };
  readonly DefaultArguments?: Readonly<Record<string, string | undefined>>;
}

/** The calls that the driver makes. `actingFor`: ARN of the function with whose role Lambda makes the call on AWS; recordings of calls say so. */
export interface Emulator {
  readonly mappings: () => Promise<readonly DescribedMapping[]>;
  readonly listShards: (actingFor: string, streamArn: string) => Promise<readonly ListedShard[]>;
  readonly read: (actingFor: string, streamArn: string, shard: string, position: Checkpoint, limit: number) => Promise<readonly StreamRecord[]>;
  /** `host:port` of the brokers of an MSK cluster, separated by commas. */
  readonly bootstrapServers: (actingFor: string, clusterArn: string) => Promise<string>;
  readonly invoke: (functionArn: string, payload: string) => Promise<Invoked>;
  readonly putObject: (actingFor: string, bucket: string, key: string, body: string) => Promise<void>;
  readonly sendMessage: (actingFor: string, queueArn: string, body: string) => Promise<void>;
  readonly publish: (actingFor: string, topicArn: string, body: string) => Promise<void>;
  readonly checkpoints: (mapping: string) => Promise<Readonly<Record<string, Checkpoint>>>;
  readonly saveCheckpoint: (mapping: string, shard: string, checkpoint: Checkpoint) => Promise<void>;
  /** Glue jobs, of whatever kind. */
  readonly jobs: () => Promise<readonly DescribedJob[]>;
  /** Takes a snapshot of the emulator: what was written before survives a kill. */
  readonly save: () => Promise<void>;
}

/** The table, in the emulator itself, so that a restored state and its checkpoints belong to one moment. */
const checkpointTable = 'headrace-local-event-source';

// No SDK here: a record's data stays the base64 text that it is on both sides, and batches of 6 MB pass unparsed.
const agent = new Agent({ keepAlive: true });

const send = (endpoint: string, region: string, instance: string, service: string, method: string, path: string, headers: Readonly<Record<string, string>>, body: string): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const payload = Buffer.from(body);
    const lost = (error: Error): void => reject(new EmulatorLost(`the emulator at ${endpoint} does not answer: ${error.message}`, { cause: error }));
    const call = request(`${endpoint}${path}`, {
      method, agent,
      headers: {
        ...headers,
        'content-length': String(payload.length),
        'x-headrace-instance': instance,
        // Test keys; the emulator takes account and region from the scope and checks no signature.
        authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
      },
    }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', lost);
      response.on('end', () => {
        if (response.statusCode === 412 && response.headers['x-headrace-instance']) return lost(new Error('it was restarted'));
        const functionError = response.headers['x-amz-function-error'];
        resolve({ status: response.statusCode ?? 0, functionError: typeof functionError === 'string' ? functionError : undefined, body: Buffer.concat(parts).toString() });
      });
    });
    call.on('error', lost);
    call.end(payload);
  });

/** The id of the emulator that runs at an endpoint. */
export const instanceAt = async (endpoint: string): Promise<string> => {
  const { status, body } = await send(endpoint, 'us-east-1', '', 'sts', 'GET', '/_headrace/status', {}, '');
  const answer: unknown = status === 200 ? JSON.parse(body) : undefined;
  if (typeof answer === 'object' && answer !== null && 'instance' in answer && typeof answer.instance === 'string') return answer.instance;
  throw new EmulatorLost(`what answers at ${endpoint} is not Headrace's local cloud`);
};

interface KinesisRecord {
  readonly SequenceNumber: string;
  readonly PartitionKey: string;
  readonly Data: string;
  readonly ApproximateArrivalTimestamp: number;
}
interface KinesisShard {
  readonly ShardId: string;
  readonly ParentShardId?: string;
  readonly AdjacentParentShardId?: string;
  readonly SequenceNumberRange?: { readonly EndingSequenceNumber?: string };
}
interface CheckpointItem {
  readonly shard: { readonly S: string };
  readonly checkpoint: { readonly S: string };
}

const iteratorOf = (position: Checkpoint): Readonly<Record<string, unknown>> => {
  if (position.kind === 'after') return { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: position.sequence };
  if (position.kind === 'start' && position.position === 'AT_TIMESTAMP') return { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: position.timestamp / 1000 };
  return { ShardIteratorType: 'TRIM_HORIZON' };
};

const parsed = (text: string): unknown => {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
};

/**
 * The driver's calls on an emulator.
 *
 * @param instance from {@link instanceAt}; every call is refused with {@link EmulatorLost} when another one answers, so
 *   that nothing decided about one emulator is written into its successor
 */
export const emulatorAt = (endpoint: string, region: string, instance: string): Emulator => {
  const call = (service: string, method: string, path: string, headers: Readonly<Record<string, string>>, body: string): Promise<Answer> =>
    send(endpoint, region, instance, service, method, path, headers, body);

  const actsFor = (functionArn: string): Readonly<Record<string, string>> => ({ 'x-headrace-acts-for': functionArn });

  const json = async <Result>(service: string, target: string, version: string, body: Readonly<Record<string, unknown>>, headers: Readonly<Record<string, string>> = {}): Promise<Result> => {
    const answer = await call(service, 'POST', '/', { ...headers, 'content-type': `application/x-amz-json-${version}`, 'x-amz-target': target }, JSON.stringify(body));
    if (answer.status >= 300) throw new Error(`${target} answered ${answer.status}: ${answer.body.slice(0, 500)}`);
    return JSON.parse(answer.body || '{}') as Result;
  };
  const kinesis = <Result>(actingFor: string, action: string, body: Readonly<Record<string, unknown>>): Promise<Result> => json('kinesis', `Kinesis_20131202.${action}`, '1.1', body, actsFor(actingFor));
  const dynamodb = <Result>(action: string, body: Readonly<Record<string, unknown>>): Promise<Result> => json('dynamodb', `DynamoDB_20120810.${action}`, '1.0', body);

  const ensureTable = async (): Promise<void> => {
    const answer = await call('dynamodb', 'POST', '/', { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.CreateTable' }, JSON.stringify({
      TableName: checkpointTable, BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'mapping', AttributeType: 'S' }, { AttributeName: 'shard', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'mapping', KeyType: 'HASH' }, { AttributeName: 'shard', KeyType: 'RANGE' }],
    }));
    if (answer.status >= 300 && !answer.body.includes('ResourceInUseException')) throw new Error(`the checkpoint table could not be made: ${answer.body}`);
  };

  return {
    mappings: async () => {
      const all: DescribedMapping[] = [];
      for (let marker: string | undefined = ''; marker !== undefined;) {
        const answer: Answer = await call('lambda', 'GET', `/2015-03-31/event-source-mappings/${marker ? `?Marker=${encodeURIComponent(marker)}` : ''}`, {}, '');
        if (answer.status !== 200) throw new Error(`ListEventSourceMappings answered ${answer.status}: ${answer.body}`);
        const page = JSON.parse(answer.body) as { readonly EventSourceMappings: readonly DescribedMapping[]; readonly NextMarker?: string };
        all.push(...page.EventSourceMappings);
        marker = page.NextMarker || undefined;
      }
      return all.filter((mapping) => /:(kinesis|kafka):/u.test(mapping.EventSourceArn ?? ''));
    },
    listShards: async (actingFor, streamArn) => {
      const { Shards } = await kinesis<{ readonly Shards: readonly KinesisShard[] }>(actingFor, 'ListShards', { StreamName: streamArn.split('/')[1] });
      return Shards.map((shard) => ({
        shard: shard.ShardId,
        parents: [shard.ParentShardId, shard.AdjacentParentShardId].filter((parent) => parent !== undefined),
        closed: shard.SequenceNumberRange?.EndingSequenceNumber !== undefined,
      }));
    },
    read: async (actingFor, streamArn, shard, position, limit) => {
      const { ShardIterator } = await kinesis<{ readonly ShardIterator: string }>(actingFor, 'GetShardIterator', { StreamName: streamArn.split('/')[1], ShardId: shard, ...iteratorOf(position) });
      const { Records } = await kinesis<{ readonly Records: readonly KinesisRecord[] }>(actingFor, 'GetRecords', { ShardIterator, Limit: limit });
      return Records.map((record) => ({
        sequence: record.SequenceNumber, partitionKey: record.PartitionKey, data: record.Data, arrival: Math.round(record.ApproximateArrivalTimestamp * 1000),
      }));
    },
    bootstrapServers: async (actingFor, clusterArn) => {
      const answer = await call('kafka', 'GET', `/v1/clusters/${encodeURIComponent(clusterArn)}/bootstrap-brokers`, actsFor(actingFor), '');
      if (answer.status >= 300) throw new Error(`GetBootstrapBrokers of ${clusterArn} answered ${answer.status}: ${answer.body.slice(0, 300)}`);
      const { bootstrapBrokerString } = JSON.parse(answer.body) as { readonly bootstrapBrokerString?: string };
      if (!bootstrapBrokerString) throw new Error(`The cluster ${clusterArn} names no brokers.`);
      return bootstrapBrokerString;
    },
    invoke: async (functionArn, payload) => {
      const answer = await call('lambda', 'POST', `/2015-03-31/functions/${encodeURIComponent(functionArn)}/invocations`, { 'content-type': 'application/json', 'x-amz-invocation-type': 'RequestResponse' }, payload);
      if (answer.status >= 300) return { kind: 'not-run', reason: `Invoke answered ${answer.status}: ${answer.body.slice(0, 300)}` };
      if (answer.functionError !== undefined) return { kind: 'function-error', functionError: answer.functionError, message: answer.body.slice(0, 1_000) };
      return { kind: 'answered', answer: parsed(answer.body) };
    },
    putObject: async (actingFor, bucket, key, body) => {
      const answer = await call('s3', 'PUT', `/${bucket}/${key}`, { ...actsFor(actingFor), 'content-type': 'application/json' }, body);
      if (answer.status >= 300) throw new Error(`PutObject to ${bucket} answered ${answer.status}: ${answer.body.slice(0, 300)}`);
    },
    sendMessage: async (actingFor, queueArn, body) => {
      const [, , , , account, name] = queueArn.split(':');
      await json('sqs', 'AmazonSQS.SendMessage', '1.0', { QueueUrl: `${endpoint}/${account}/${name}`, MessageBody: body }, actsFor(actingFor));
    },
    publish: async (actingFor, topicArn, body) => {
      const answer = await call('sns', 'POST', '/', { ...actsFor(actingFor), 'content-type': 'application/x-www-form-urlencoded' }, new URLSearchParams({ Action: 'Publish', Version: '2010-03-31', TopicArn: topicArn, Message: body }).toString());
      if (answer.status >= 300) throw new Error(`Publish to ${topicArn} answered ${answer.status}: ${answer.body.slice(0, 300)}`);
    },
    checkpoints: async (mapping) => {
      await ensureTable();
      const { Items } = await dynamodb<{ readonly Items?: readonly CheckpointItem[] }>('Query', {
        TableName: checkpointTable, KeyConditionExpression: 'mapping = :mapping', ExpressionAttributeValues: { ':mapping': { S: mapping } }, ConsistentRead: true,
      });
      return Object.fromEntries((Items ?? []).map((item) => [item.shard.S, JSON.parse(item.checkpoint.S) as Checkpoint]));
    },
    saveCheckpoint: async (mapping, shard, checkpoint) => {
      await dynamodb('PutItem', { TableName: checkpointTable, Item: { mapping: { S: mapping }, shard: { S: shard }, checkpoint: { S: JSON.stringify(checkpoint) } } });
    },
    jobs: async () => {
      const all: DescribedJob[] = [];
      let next: string | undefined;
      do {
        const page: { readonly Jobs?: readonly DescribedJob[]; readonly NextToken?: string } = await json('glue', 'AWSGlue.GetJobs', '1.1', next === undefined ? {} : { NextToken: next });
        all.push(...page.Jobs ?? []);
        next = page.NextToken;
      } while (next);
      return all;
    },
    save: async () => {
      const answer = await call('sts', 'POST', '/_headrace/save', {}, '');
      if (answer.status >= 300 || !answer.body.includes('true')) throw new Error(`the emulator could not save its state: ${answer.body.slice(0, 300)}`);
    },
  };
};
