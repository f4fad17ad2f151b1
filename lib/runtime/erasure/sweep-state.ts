import { DeleteItemCommand, ScanCommand, type AttributeValue, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { bearingOfItem } from '../../../core/erasure/state';
import type { Subject } from '../../../core/erasure/subject';
import type { EntityDefinition } from '../../../core/manifest/manifest';

/** State items among which a subject is looked for. */
export interface StateSweep {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly subject: Subject;
  readonly entities: Readonly<Record<string, EntityDefinition>>;
  readonly erases: boolean;
  /** Where it begins: the key at which a sweep that was broken off ended. */
  readonly after?: StateItemKey;
  readonly hasTime: () => boolean;
}

/** Key of a state item. */
export interface StateItemKey { readonly entity: string; readonly view: string }

/** What was found among state items. */
export interface SweptState {
  readonly items: number;
  /** Items of the subject, of all views and generations; and those of others that hold an identifier. */
  readonly records: number;
  readonly mentions: number;
  readonly next?: StateItemKey;
}

/** What the platform keeps of generations stands among the items, and is of nobody. */
const ofGenerations = 'generation|';

const wireKey = ({ entity, view }: StateItemKey): Record<string, AttributeValue> => ({ entity: { S: entity }, view: { S: view } });

/**
 * Reads every state item, and deletes those of a subject. A fold that comes meanwhile finds its item gone, and begins a new
 * one from its own events alone.
 */
export const sweepState = async ({ client, table, subject, entities, erases, after, hasTime }: StateSweep): Promise<SweptState> => {
  let [items, records, mentions] = [0, 0, 0];
  let start = after && wireKey(after);
  do {
    const page = await client.send(new ScanCommand({
      TableName: table, ConsistentRead: true, ProjectionExpression: '#entity, #view, #state', ExpressionAttributeNames: { '#entity': 'entity', '#view': 'view', '#state': 'state' },
      ...(start === undefined ? {} : { ExclusiveStartKey: start }),
    }));
    for (const { entity, view, state } of page.Items ?? []) {
      if (entity?.S === undefined || view?.S === undefined || entity.S.startsWith(ofGenerations)) continue;
      items += 1;
      const bearing = bearingOfItem(subject, entity.S, state?.B ?? new Uint8Array(), entities);
      if (bearing === 'mention') mentions += 1;
      if (bearing !== 'subject') continue;
      records += 1;
      if (erases) await client.send(new DeleteItemCommand({ TableName: table, Key: wireKey({ entity: entity.S, view: view.S }) }));
    }
    start = page.LastEvaluatedKey;
  } while (start !== undefined && hasTime());
  const next = start?.['entity']?.S !== undefined && start['view']?.S !== undefined ? { entity: start['entity'].S, view: start['view'].S } : undefined;
  return { items, records, mentions, ...(next === undefined ? {} : { next }) };
};
