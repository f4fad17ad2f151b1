import { callJson, ServiceFault } from './aws-json';
import type { AwsService } from './aws-request';
import type { RetryEffects, RetryPolicy } from './retry';
import { realEffects, waitBeforeRetry } from './retry';

/** Key of a state item, encoded by core/feature: `airport|ORD` and `airport_departures@v1#1`. */
export interface StateKey {
  readonly entity: string;
  readonly view: string;
}

/** What an item holds beside its key. */
export interface StateContent {
  /** Packed by core/window; its meaning is not known here. */
  readonly state: Uint8Array;
  /** Epoch seconds after which DynamoDB may remove the item. */
  readonly expiresAt: number;
  /** Newest arrival that was folded, epoch milliseconds. */
  readonly arrival: number;
}

/** A state item as it was read; `version` changes with each write. */
export interface StateItem extends StateContent { readonly version: number }

/** A write either took effect, or another one came first: then `current` is what is there now, if anything is. */
export type WriteOutcome =
  | { readonly kind: 'written'; readonly version: number }
  | { readonly kind: 'conflict'; readonly current: StateItem | undefined };

/** State items with optimistic locking. */
export interface StateStore {
  /**
   * Reads items; a key may be there several times and is read once.
   *
   * @returns an item for each key, in the order of the keys; `undefined` where there is none
   */
  readonly read: (keys: readonly StateKey[], options?: { readonly consistent?: boolean; readonly deadline?: number }) => Promise<readonly (StateItem | undefined)[]>;
  /**
   * Writes an item on condition that it is as it was read. A write whose acknowledgement is lost is tried again and then
   * gives a conflict with its own content: folding into that finds the records there already.
   *
   * @param expected version that was read; `undefined` when there was no item
   * @throws Error when it is not known to have been written by the deadline
   */
  readonly write: (key: StateKey, content: StateContent, expected: number | undefined, options?: { readonly deadline?: number }) => Promise<WriteOutcome>;
}

export interface DynamoStateStoreOptions {
  readonly table: string;
  readonly service: AwsService;
  readonly policy?: Partial<RetryPolicy>;
  /** Longest that one call may take. */
  readonly timeoutMilliseconds?: number;
  readonly effects?: RetryEffects;
}

interface WireItem {
  readonly entity: { readonly S: string };
  readonly view: { readonly S: string };
  readonly version: { readonly N: string };
  readonly state: { readonly B: string };
  /** Absent from an item that never expires. */
  readonly expires_at?: { readonly N: string };
  readonly arrival: { readonly N: string };
}
type WireKey = Pick<WireItem, 'entity' | 'view'>;
interface WireKeys { readonly Keys?: readonly WireKey[] }
interface BatchGetAnswer { readonly Responses?: Readonly<Record<string, readonly WireItem[]>>; readonly UnprocessedKeys?: Readonly<Record<string, WireKeys>> }

/** DynamoDB's limit for BatchGetItem (API reference). */
const keysPerCall = 100;
const defaultPolicy: RetryPolicy = { attempts: 5, baseMilliseconds: 25, longestMilliseconds: 1000 };

const keyText = (key: StateKey): string => `${key.entity}\n${key.view}`;

const itemOf = (wire: WireItem): StateItem => ({
  version: Number(wire.version.N),
  state: Buffer.from(wire.state.B, 'base64'),
  expiresAt: Number(wire.expires_at?.N ?? 0),
  arrival: Number(wire.arrival.N),
});

/** Items in the state table of DynamoDB. */
export const dynamoStateStore = ({ table, service, policy, timeoutMilliseconds = 2000, effects = realEffects }: DynamoStateStoreOptions): StateStore => {
  const limitsUntil = (deadline: number | undefined) => ({ ...defaultPolicy, ...policy, timeoutMilliseconds: deadline === undefined ? timeoutMilliseconds : Math.max(1, Math.min(timeoutMilliseconds, deadline - effects.now())), ...(deadline === undefined ? {} : { deadline }) });

  /** Reads at most 100 keys, asking again for those that DynamoDB left over. */
  const readChunk = async (keys: readonly WireKey[], consistent: boolean, deadline: number | undefined, found: Map<string, StateItem>): Promise<void> => {
    const limits = limitsUntil(deadline);
    let left = keys;
    for (let retry = 0; ; retry += 1) {
      const answer: BatchGetAnswer = await callJson(service, { target: 'DynamoDB_20120810.BatchGetItem', jsonVersion: '1.0' },
        { RequestItems: { [table]: { Keys: left, ...(consistent ? { ConsistentRead: true } : {}) } } }, limits, effects);
      for (const wire of answer.Responses?.[table] ?? []) found.set(keyText({ entity: wire.entity.S, view: wire.view.S }), itemOf(wire));
      const before = left.length;
      left = answer.UnprocessedKeys?.[table]?.Keys ?? [];
      if (left.length === 0) return;
      // As long as items come, it goes on: what is over 16 MB is left over too.
      if (left.length < before) retry = 0;
      if (!(await waitBeforeRetry(retry, limits, effects))) throw new Error(`DynamoDB left ${left.length} of ${keys.length} keys of ${table} unread after ${retry + 1} attempts; it is throttled: try again later.`);
    }
  };

  const read: StateStore['read'] = async (keys, { consistent = false, deadline } = {}) => {
    const distinct = [...new Map(keys.map((key) => [keyText(key), key])).values()].map(({ entity, view }): WireKey => ({ entity: { S: entity }, view: { S: view } }));
    const found = new Map<string, StateItem>();
    const chunks = Array.from({ length: Math.ceil(distinct.length / keysPerCall) }, (_, index) => distinct.slice(index * keysPerCall, (index + 1) * keysPerCall));
    await Promise.all(chunks.map((chunk) => readChunk(chunk, consistent, deadline, found)));
    return keys.map((key) => found.get(keyText(key)));
  };

  const write: StateStore['write'] = async (key, content, expected, { deadline } = {}) => {
    // A new item begins at its arrival and not at 1: were it removed and made again, an old version could match by accident.
    const version = (expected ?? content.arrival) + 1;
    const item: WireItem = {
      entity: { S: key.entity }, view: { S: key.view }, version: { N: String(version) },
      state: { B: Buffer.from(content.state.buffer, content.state.byteOffset, content.state.byteLength).toString('base64') },
      ...(content.expiresAt > 0 ? { expires_at: { N: String(content.expiresAt) } } : {}), arrival: { N: String(content.arrival) },
    };
    try {
      await callJson(service, { target: 'DynamoDB_20120810.PutItem', jsonVersion: '1.0' }, {
        TableName: table, Item: item, ReturnValuesOnConditionCheckFailure: 'ALL_OLD', ExpressionAttributeNames: { '#version': 'version' },
        ...(expected === undefined
          ? { ConditionExpression: 'attribute_not_exists(#version)' }
          : { ConditionExpression: '#version = :expected', ExpressionAttributeValues: { ':expected': { N: String(expected) } } }),
      }, limitsUntil(deadline), effects);
      return { kind: 'written', version };
    } catch (error) {
      if (!(error instanceof ServiceFault) || error.code !== 'ConditionalCheckFailedException') throw error;
      const current = error.answer['Item'] as WireItem | undefined;
      return { kind: 'conflict', current: current ? itemOf(current) : undefined };
    }
  };

  return { read, write };
};
