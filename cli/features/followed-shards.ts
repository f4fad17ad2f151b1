import { GetRecordsCommand, GetShardIteratorCommand, KinesisClient, ListShardsCommand } from '@aws-sdk/client-kinesis';
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { FollowedShard, NextGeneration } from '../../core/feature/generation';
import type { ViewDefinition } from '../../core/manifest/manifest';
import { behindTopicOf } from '../../lib/runtime/event-writer';
import type { Context } from '../context';
import { generationStoreOf } from './rebuild-place';

/** A shard with how far the stream is ahead of the follower, milliseconds; 0 when it holds nothing more. */
export interface FollowedShardLag extends FollowedShard { readonly behind: number }

/** The next record of a shard after a place: how long ago it arrived. An iterator may give several empty answers first. */
const behindOf = async (client: KinesisClient, stream: string, shard: string, followed: string | undefined, from: number): Promise<number> => {
  let { ShardIterator: iterator } = await client.send(new GetShardIteratorCommand({ StreamName: stream, ShardId: shard,
    ...(followed === undefined ? { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(from) } : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: followed }) }));
  while (iterator !== undefined) {
    const { Records, NextShardIterator, MillisBehindLatest } = await client.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: 1 }));
    const [record] = Records ?? [];
    if (record) return Math.max(1, Date.now() - (record.ApproximateArrivalTimestamp?.getTime() ?? 0));
    if ((MillisBehindLatest ?? 0) === 0) return 0;
    iterator = NextShardIterator;
  }
  return 0;
};

/** The same of a topic, whose event writer says how old what comes next is. */
const followedPartitions = async (context: Context, view: ViewDefinition, { generation }: NextGeneration, from: number): Promise<readonly FollowedShardLag[]> => {
  const { environment, names } = context;
  const client = new LambdaClient({ region: environment.region });
  const behindBy = (next: Readonly<Record<string, number>>) => behindTopicOf(client, names.eventWriter, { behind: { next, from } });
  // The topic's own, not those of environments.ts: whoever may administer it can have given it more.
  const shards = (await behindBy({})).map(({ partition }) => String(partition));
  const followed = await generationStoreOf(context).followed(view, generation, shards);
  const partitions = await behindBy(Object.fromEntries([...followed].map(([shard, sequence]) => [shard, Number(sequence) + 1])));
  return partitions.map(({ partition, behind }) => ({ shard: String(partition), followed: followed.get(String(partition)), behind, isAtEnd: behind === 0 }));
};

/**
 * Where the follower stands in every shard that the stream still has, or every partition of the topic.
 *
 * @param from epoch milliseconds at which the follower began
 */
export const followedShards = async (context: Context, view: ViewDefinition, next: NextGeneration, from: number): Promise<readonly FollowedShardLag[]> => {
  if (context.environment.ingestion === 'msk') return await followedPartitions(context, view, next, from);
  const client = new KinesisClient({ region: context.environment.region });
  const shards: string[] = [];
  let token: string | undefined;
  do {
    const page = await client.send(new ListShardsCommand(token === undefined ? { StreamName: context.names.stream } : { NextToken: token }));
    shards.push(...(page.Shards ?? []).flatMap(({ ShardId }) => ShardId ?? []));
    token = page.NextToken;
  } while (token !== undefined);
  const followed = await generationStoreOf(context).followed(view, next.generation, shards);
  const found: FollowedShardLag[] = [];
  for (const shard of shards) {
    const behind = await behindOf(client, context.names.stream, shard, followed.get(shard), from);
    found.push({ shard, followed: followed.get(shard), behind, isAtEnd: behind === 0 });
  }
  return found;
};
