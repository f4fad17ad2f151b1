import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { GetRecordsCommand, GetShardIteratorCommand, KinesisClient, ListShardsCommand } from '@aws-sdk/client-kinesis';
import { LambdaClient, ListEventSourceMappingsCommand, type EventSourceMappingConfiguration } from '@aws-sdk/client-lambda';
import { waysIn } from '../../core/environment/environment';
import { behindTopicOf } from '../../lib/runtime/event-writer';
import { CommandError } from '../command-error';
import type { Context } from '../context';
import { wayOf } from './way-of-mapping';

const consumers = ['ingest-validator', 'feature-aggregator'] as const;
const minute = 60_000;
/** A producer that has not moved is taken to put something within so long. */
const quietFor = 15 * minute;
/** A consumer of a stream that has anything left is invoked, and says so, within so long. */
const idleFor = 5 * minute;

/** What the aggregator's mappings read in the environment as it is deployed. */
const deployedMappings = async ({ environment, names }: Context): Promise<readonly EventSourceMappingConfiguration[]> => {
  try {
    const { EventSourceMappings = [] } = await new LambdaClient({ region: environment.region }).send(new ListEventSourceMappingsCommand({ FunctionName: names.function('feature-aggregator') }));
    return EventSourceMappings;
  } catch (error) {
    // It was never deployed.
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return [];
    throw error;
  }
};

/** Refuses another cluster in the place of the one that is read: of the former's topic nobody would read what is left, and its records stand at other places. */
const refuseAnotherCluster = ({ environment: { name, msk }, names }: Context, mappings: readonly EventSourceMappingConfiguration[]): void => {
  const read = mappings.filter((mapping) => wayOf(mapping) === 'msk').flatMap(({ EventSourceArn }) => EventSourceArn ?? []);
  const other = read.find((arn) => (msk.cluster.kind === 'existing' ? arn !== msk.cluster.arn : arn.split('/')[1] !== names.cluster));
  if (other === undefined) return;
  const wanted = msk.cluster.kind === 'existing' ? msk.cluster.arn : 'one of its own';
  throw new CommandError(`Events come into ${name} by a topic on the cluster ${other}, and this deploy would take them from ${wanted}: what is not read yet, and what producers put before they move, would be lost.`, { next: "leave msk.cluster as it was, or move in two steps: to a stream, with ingestion: 'kinesis' and ingestionBefore: 'msk', and from there to the other cluster (docs/engines.md)" });
};

/** Whether a shard took a record at that moment or later. */
const tookSince = async (client: KinesisClient, stream: string, shard: string, moment: number): Promise<boolean> => {
  let { ShardIterator: iterator } = await client.send(new GetShardIteratorCommand({ StreamName: stream, ShardId: shard, ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(moment) }));
  while (iterator !== undefined) {
    const { Records = [], NextShardIterator, MillisBehindLatest = 0 } = await client.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: 1 }));
    if (Records.length > 0) return true;
    if (MillisBehindLatest === 0) return false;
    iterator = NextShardIterator;
  }
  return false;
};

/** The first mapping of the stream that does not read: what waits for it is in no metric. */
const stoppedReader = async ({ environment, names }: Pick<Context, 'environment' | 'names'>): Promise<string | undefined> => {
  const lambda = new LambdaClient({ region: environment.region });
  for (const consumer of consumers) {
    const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand({ FunctionName: names.function(consumer) }));
    const stopped = EventSourceMappings.find((mapping) => wayOf(mapping) === 'kinesis' && mapping.State !== 'Enabled' && mapping.State !== 'Deleting');
    if (stopped !== undefined) return `the mapping by which ${names.function(consumer)} reads its stream is ${stopped.State ?? 'in no state'}, so that nobody knows what waits for it`;
  }
  return undefined;
};

const leftInStream = async ({ environment, names }: Context, now: number): Promise<string | undefined> => {
  const kinesis = new KinesisClient({ region: environment.region });
  const { Shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName: names.stream }));
  for (const { ShardId = '' } of Shards) if (await tookSince(kinesis, names.stream, ShardId, now - quietFor)) return `its stream took records within the last ${quietFor / minute} minutes`;
  const stopped = await stoppedReader({ environment, names });
  if (stopped !== undefined) return stopped;
  const metrics = new CloudWatchClient({ region: environment.region });
  for (const consumer of consumers) {
    const { Datapoints = [] } = await metrics.send(new GetMetricStatisticsCommand({
      Namespace: 'AWS/Lambda', MetricName: 'IteratorAge', Dimensions: [{ Name: 'FunctionName', Value: names.function(consumer) }],
      StartTime: new Date(now - idleFor), EndTime: new Date(now), Period: 60, Statistics: ['Maximum'],
    }));
    if (Datapoints.length > 0) return `${names.function(consumer)} still reads its stream`;
  }
  return undefined;
};

const leftOnTopic = async ({ environment, names }: Context, now: number): Promise<string | undefined> => {
  const lambda = new LambdaClient({ region: environment.region });
  const since = await behindTopicOf(lambda, names.eventWriter, { behind: { next: {}, from: now - quietFor } });
  if (since.some(({ behind }) => behind > 0)) return `its topic took records within the last ${quietFor / minute} minutes`;
  for (const consumer of consumers) {
    const partitions = await behindTopicOf(lambda, names.eventWriter, { behind: { group: names.function(consumer) } });
    if (partitions.some(({ behind }) => behind > 0)) return `${names.function(consumer)} has not read all of its topic`;
  }
  return undefined;
};

/**
 * Refuses a deploy that would take away a way by which events come in, before all that came by it is kept and folded. What
 * an ephemeral environment holds may be lost.
 *
 * @throws CommandError when the environment changes from one way, or one cluster, to another at once, or what came by the former is not done
 */
export const refuseLeftBehind = async (context: Context, now: number = Date.now()): Promise<void> => {
  const { environment } = context;
  if (environment.ephemeral) return;
  const mappings = await deployedMappings(context);
  const [deployed, ways] = [mappings.map(wayOf), waysIn(environment)];
  if (ways.includes('msk')) refuseAnotherCluster(context, mappings);
  const taken = deployed.filter((way) => !ways.includes(way));
  if (taken.length === 0) return;
  const before = taken[0] ?? 'kinesis';
  if (!deployed.some((way) => ways.includes(way)))
    throw new CommandError(`Events come into ${environment.name} by ${before}, and this deploy would take them by ${environment.ingestion} alone: what is not read yet, and what producers put before they move, would be lost.`, { next: `set ingestionBefore: '${before}' in environments.ts, deploy, and move the producers (docs/engines.md)` });
  const left = before === 'kinesis' ? await leftInStream(context, now) : await leftOnTopic(context, now);
  if (left !== undefined) throw new CommandError(`This deploy would take ${before} away from ${environment.name}, and ${left}.`, { next: 'see that every producer has moved, wait, and run the same command again' });
};
