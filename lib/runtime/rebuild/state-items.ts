import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { textLiteral } from '../../../core/training/sql';
import type { Database } from '../duckdb';

/** The items of one generation of a view, as they were when they were read, on disk. */
export interface StateItems {
  readonly count: number;
  /** The packed state of an entity; undefined when it has none. */
  readonly stateOf: (entity: string) => Promise<Uint8Array | undefined>;
  /** Every item, some thousand at a time. */
  readonly all: () => AsyncIterable<{ readonly entity: string; readonly state: Uint8Array }>;
}

/**
 * Reads the items of a view's generation from the table. Each is read whole, so that each is right at its own watermarks.
 *
 * @param view sort key of the items, `airport_departures@v1#1`
 */
export const readStateItems = async (database: Database, region: string, table: string, view: string): Promise<StateItems> => {
  await database.run({ step: 'making the table of items', sql: 'CREATE OR REPLACE TABLE items (entity VARCHAR, state VARCHAR)' });
  const appender = await database.connection.createAppender('items');
  let count = 0;
  const pages = paginateScan({ client: new DynamoDBClient({ region }) }, { TableName: table, FilterExpression: '#view = :view', ProjectionExpression: '#entity, #state', ExpressionAttributeNames: { '#view': 'view', '#entity': 'entity', '#state': 'state' }, ExpressionAttributeValues: { ':view': { S: view } } });
  for await (const page of pages) for (const { entity, state } of page.Items ?? []) {
    if (entity?.S === undefined || !state?.B) continue;
    appender.appendVarchar(entity.S);
    appender.appendVarchar(Buffer.from(state.B).toString('base64'));
    appender.endRow();
    count += 1;
  }
  appender.closeSync();
  await database.run({ step: 'indexing the items', sql: 'CREATE INDEX items_by_entity ON items (entity)' });
  return {
    count,
    stateOf: async (entity) => {
      const [row] = await database.rows(`SELECT state FROM items WHERE entity = ${textLiteral(entity)}`);
      return row ? Buffer.from(String(row['state']), 'base64') : undefined;
    },
    all: async function* all() {
      for await (const rows of database.stream('SELECT entity, state FROM items')) for (const [entity, state] of rows) yield { entity: String(entity), state: Buffer.from(String(state), 'base64') };
    },
  };
};
