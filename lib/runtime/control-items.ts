import { callJson, ServiceFault } from './aws-json';
import type { AwsService } from './aws-request';
import type { RetryEffects, RetryPolicy } from './retry';
import { realEffects } from './retry';

/** Key of an item of the state table. */
export interface ControlKey { readonly entity: string; readonly view: string }

interface WireKey { readonly entity: { readonly S: string }; readonly view: { readonly S: string } }

/** An item as DynamoDB writes it: attributes beside its key are numbers and text. */
export type ControlItem = WireKey & Readonly<Record<string, { readonly S?: string; readonly N?: string }>>;

interface BatchGetAnswer { readonly Responses?: Readonly<Record<string, readonly ControlItem[]>>; readonly UnprocessedKeys?: Readonly<Record<string, { readonly Keys?: readonly WireKey[] }>> }

export interface ControlItemsOptions {
  readonly table: string;
  readonly service: AwsService;
  readonly policy?: Partial<RetryPolicy>;
  readonly effects?: RetryEffects;
}

/** Items of the state table that hold no features, and say what is known of those that do. */
export interface ControlItems {
  /** Items that are there, read consistently, in any order. */
  readonly read: (keys: readonly ControlKey[], deadline?: number) => Promise<readonly ControlItem[]>;
  /** Writes an item, on a condition in DynamoDB's terms; gives what is there instead where it does not hold. */
  readonly put: (key: ControlKey, attributes: Readonly<Record<string, unknown>>, condition?: Readonly<Record<string, unknown>>, deadline?: number) => Promise<ControlItem | undefined | 'written'>;
  /**
   * Writes an item whose attribute `version` counts its writes, on condition that it is as it was read.
   *
   * @param expected version that was read; 0 when there was none
   * @returns false when somebody else has written it
   */
  readonly putVersion: (key: ControlKey, attribute: string, content: string, expected: number, deadline?: number) => Promise<boolean>;
}

const timeoutMilliseconds = 2000;
const keysPerCall = 100;
const defaultPolicy: RetryPolicy = { attempts: 10, baseMilliseconds: 25, longestMilliseconds: 1000 };

const wireKey = ({ entity, view }: ControlKey): WireKey => ({ entity: { S: entity }, view: { S: view } });

/** Control items of a table of DynamoDB. */
export const dynamoControlItems = ({ table, service, policy, effects = realEffects }: ControlItemsOptions): ControlItems => {
  const limitsUntil = (deadline: number | undefined) => ({ ...defaultPolicy, ...policy, timeoutMilliseconds: deadline === undefined ? timeoutMilliseconds : Math.max(1, Math.min(timeoutMilliseconds, deadline - effects.now())), ...(deadline === undefined ? {} : { deadline }) });

  const put: ControlItems['put'] = async (key, attributes, condition = {}, deadline) => {
    try {
      await callJson(service, { target: 'DynamoDB_20120810.PutItem', jsonVersion: '1.0' }, { TableName: table, Item: { ...wireKey(key), ...attributes }, ...condition }, limitsUntil(deadline), effects);
      return 'written';
    } catch (error) {
      if (!(error instanceof ServiceFault) || error.code !== 'ConditionalCheckFailedException') throw error;
      return error.answer['Item'] as ControlItem | undefined;
    }
  };

  return {
    read: async (keys, deadline) => {
      const found: ControlItem[] = [];
      for (let left = keys.map(wireKey); left.length > 0;) {
        const answer: BatchGetAnswer = await callJson(service, { target: 'DynamoDB_20120810.BatchGetItem', jsonVersion: '1.0' },
          { RequestItems: { [table]: { Keys: left.slice(0, keysPerCall), ConsistentRead: true } } }, limitsUntil(deadline), effects);
        found.push(...answer.Responses?.[table] ?? []);
        left = [...answer.UnprocessedKeys?.[table]?.Keys ?? [], ...left.slice(keysPerCall)];
      }
      return found;
    },
    put,
    putVersion: async (key, attribute, content, expected, deadline) => {
      const before = await put(key, { version: { N: String(expected + 1) }, [attribute]: { S: content } }, {
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD', ExpressionAttributeNames: { '#version': 'version' },
        ...(expected === 0 ? { ConditionExpression: 'attribute_not_exists(#version)' } : { ConditionExpression: '#version = :expected', ExpressionAttributeValues: { ':expected': { N: String(expected) } } }),
      }, deadline);
      // Our own write, whose acknowledgement was lost, loses against itself when it is tried again.
      return before === 'written' || (before?.['version']?.N === String(expected + 1) && before[attribute]?.S === content);
    },
  };
};
