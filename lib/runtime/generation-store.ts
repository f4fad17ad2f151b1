import type { Generations } from '../../core/feature/generation';
import { followedKey, generationKey } from '../../core/feature/entity-key';
import type { VersionedName } from '../../core/manifest/manifest';
import { versionedName } from '../../core/manifest/manifest';
import { callJson, ServiceFault } from './aws-json';
import type { AwsService } from './aws-request';
import type { RetryEffects, RetryPolicy } from './retry';
import { realEffects } from './retry';

interface View { readonly name: string; readonly version: number }

/** The generations of a view, with the version of the item that says so: 0 when there is none. */
export interface KeptGenerations { readonly generations: Generations; readonly version: number }

/** The items of the state table that say which generation of a view is served, and how far the next one is. */
export interface GenerationStore {
  /** What is known of each view, read consistently. A view that was never filled has no generations. */
  readonly read: (views: readonly View[], options?: { readonly deadline?: number }) => Promise<ReadonlyMap<VersionedName, KeptGenerations>>;
  /** Writes on condition that the item is as it was read; false when it is not. */
  readonly write: (view: View, generations: Generations, expected: number, options?: { readonly deadline?: number }) => Promise<boolean>;
  /** Sequence up to which the follower has folded a shard into a generation; undefined when it has not begun. */
  readonly followed: (view: View, generation: number, shards: readonly string[], options?: { readonly deadline?: number }) => Promise<ReadonlyMap<string, string>>;
  readonly setFollowed: (view: View, generation: number, shard: string, sequence: string, options?: { readonly deadline?: number }) => Promise<void>;
}

export interface GenerationStoreOptions {
  readonly table: string;
  readonly service: AwsService;
  readonly policy?: Partial<RetryPolicy>;
  readonly effects?: RetryEffects;
}

interface WireKey { readonly entity: { readonly S: string }; readonly view: { readonly S: string } }
interface WireControl extends WireKey { readonly version?: { readonly N: string }; readonly generations?: { readonly S: string }; readonly sequence?: { readonly S: string } }
interface BatchGetAnswer { readonly Responses?: Readonly<Record<string, readonly WireControl[]>>; readonly UnprocessedKeys?: Readonly<Record<string, { readonly Keys?: readonly WireKey[] }>> }

const timeoutMilliseconds = 2000;
const keysPerCall = 100;
const defaultPolicy: RetryPolicy = { attempts: 10, baseMilliseconds: 25, longestMilliseconds: 1000 };

const wireKey = ({ entity, view }: { readonly entity: string; readonly view: string }): WireKey => ({ entity: { S: entity }, view: { S: view } });

/** Generations in the state table of DynamoDB. */
export const dynamoGenerationStore = ({ table, service, policy, effects = realEffects }: GenerationStoreOptions): GenerationStore => {
  const limitsUntil = (deadline: number | undefined) => ({ ...defaultPolicy, ...policy, timeoutMilliseconds: deadline === undefined ? timeoutMilliseconds : Math.max(1, Math.min(timeoutMilliseconds, deadline - effects.now())), ...(deadline === undefined ? {} : { deadline }) });

  const readAll = async (keys: readonly WireKey[], deadline: number | undefined): Promise<readonly WireControl[]> => {
    const found: WireControl[] = [];
    for (let left = keys; left.length > 0;) {
      const answer: BatchGetAnswer = await callJson(service, { target: 'DynamoDB_20120810.BatchGetItem', jsonVersion: '1.0' },
        { RequestItems: { [table]: { Keys: left.slice(0, keysPerCall), ConsistentRead: true } } }, limitsUntil(deadline), effects);
      found.push(...answer.Responses?.[table] ?? []);
      left = [...answer.UnprocessedKeys?.[table]?.Keys ?? [], ...left.slice(keysPerCall)];
    }
    return found;
  };

  const put = async (item: Readonly<Record<string, unknown>>, condition: Readonly<Record<string, unknown>>, deadline: number | undefined): Promise<WireControl | undefined | 'written'> => {
    try {
      await callJson(service, { target: 'DynamoDB_20120810.PutItem', jsonVersion: '1.0' }, { TableName: table, Item: item, ...condition }, limitsUntil(deadline), effects);
      return 'written';
    } catch (error) {
      if (!(error instanceof ServiceFault) || error.code !== 'ConditionalCheckFailedException') throw error;
      return error.answer['Item'] as WireControl | undefined;
    }
  };

  return {
    read: async (views, { deadline } = {}) => {
      const items = await readAll(views.map((view) => wireKey(generationKey(view))), deadline);
      const byEntity = new Map(items.map((item) => [item.entity.S, item]));
      return new Map(views.map((view): readonly [VersionedName, KeptGenerations] => {
        const item = byEntity.get(generationKey(view).entity);
        return [versionedName(view), { version: Number(item?.version?.N ?? 0), generations: JSON.parse(item?.generations?.S ?? '{}') as Generations }];
      }));
    },
    write: async (view, generations, expected, { deadline } = {}) => {
      const content = JSON.stringify(generations);
      const before = await put({ ...wireKey(generationKey(view)), version: { N: String(expected + 1) }, generations: { S: content } }, {
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD', ExpressionAttributeNames: { '#version': 'version' },
        ...(expected === 0 ? { ConditionExpression: 'attribute_not_exists(#version)' } : { ConditionExpression: '#version = :expected', ExpressionAttributeValues: { ':expected': { N: String(expected) } } }),
      }, deadline);
      // Our own write, whose acknowledgement was lost, loses against itself when it is tried again.
      return before === 'written' || (before?.version?.N === String(expected + 1) && before.generations?.S === content);
    },
    followed: async (view, generation, shards, { deadline } = {}) => {
      const byView = new Map(shards.map((shard) => [followedKey(view, generation, shard).view, shard]));
      const items = await readAll(shards.map((shard) => wireKey(followedKey(view, generation, shard))), deadline);
      return new Map(items.flatMap((item) => {
        const shard = byView.get(item.view.S);
        return shard === undefined || item.sequence === undefined ? [] : [[shard, item.sequence.S] as const];
      }));
    },
    setFollowed: async (view, generation, shard, sequence, { deadline } = {}) => {
      await put({ ...wireKey(followedKey(view, generation, shard)), sequence: { S: sequence } }, {}, deadline);
    },
  };
};
