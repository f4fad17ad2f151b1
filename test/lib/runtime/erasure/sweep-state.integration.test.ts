import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchWriteItemCommand, CreateTableCommand, DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { entity, personal, string } from '../../../../core/definition';
import { sweepState, type StateItemKey } from '../../../../lib/runtime/erasure/sweep-state';
import { startLocalCloud, type LocalCloud } from '../../../../local/cloud';
import { manifestOf } from '../../../fixtures/contracts';

jest.setTimeout(120_000);

const home = mkdtempSync(join(tmpdir(), 'headrace-state-erasure-'));
const table = 'state';
const { entities } = manifestOf({ user: entity('user', { id: personal(string()) }), shop: entity('shop', { id: string() }) });
const subject = { identifiers: ['u-17'] };
let cloud: LocalCloud | undefined;
let client: DynamoDBClient;

beforeAll(async () => {
  cloud = await startLocalCloud({ home, port: 4689 });
  client = new DynamoDBClient({ endpoint: cloud.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  await client.send(new CreateTableCommand({
    TableName: table, BillingMode: 'PAY_PER_REQUEST', KeySchema: [{ AttributeName: 'entity', KeyType: 'HASH' }, { AttributeName: 'view', KeyType: 'RANGE' }],
    AttributeDefinitions: [{ AttributeName: 'entity', AttributeType: 'S' }, { AttributeName: 'view', AttributeType: 'S' }],
  }));
});
afterAll(async () => {
  await cloud?.stop();
  rmSync(home, { recursive: true, force: true });
});

const put = async (items: readonly (StateItemKey & { readonly state: Buffer })[]): Promise<void> => {
  for (let start = 0; start < items.length; start += 25)
    await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: items.slice(start, start + 25).map((item) => ({ PutRequest: { Item: { entity: { S: item.entity }, view: { S: item.view }, state: { B: item.state } } } })) } }));
};
const all = async (): Promise<readonly string[]> => {
  const found: string[] = [];
  for await (const page of paginateScan({ client }, { TableName: table, ConsistentRead: true })) for (const { entity: of, view, state } of page.Items ?? []) found.push(JSON.stringify([of?.S, view?.S, Buffer.from(state?.B ?? []).toString('base64')]));
  return found.toSorted((left, right) => (left < right ? -1 : 1));
};

describe('erasing a subject from the state of feature views', () => {
  it('deletes its items of all views and generations, and leaves the others as they were', async () => {
    const large = Buffer.alloc(30_000, 1);
    const ofOthers = Array.from({ length: 60 }, (_, index) => ({ entity: `user|u-${index + 170}`, view: 'payments@v1#1', state: large }));
    const ofShops = [{ entity: 'shop|u-17', view: 'sales@v1#1', state: large }, { entity: 'generation|payments@v1', view: 'control', state: Buffer.alloc(1) }];
    await put([...ofOthers, ...ofShops]);
    const before = await all();
    await put(['payments@v1#1', 'payments@v1#2', 'logins@v2#1'].map((view) => ({ entity: 'user|u-17', view, state: large })));
    let [records, mentions, sweeps, after] = [0, 0, 0, undefined as StateItemKey | undefined];
    do {
      const swept = await sweepState({ client, table, subject, entities, erases: true, hasTime: () => false, ...(after === undefined ? {} : { after }) });
      [records, mentions, sweeps, after] = [records + swept.records, mentions + swept.mentions, sweeps + 1, swept.next];
    } while (after !== undefined);
    expect({ records, mentions }).toEqual({ records: 3, mentions: 11 });
    expect(sweeps).toBeGreaterThan(1);
    expect(await all()).toEqual(before);
    expect(await sweepState({ client, table, subject, entities, erases: false, hasTime: () => true })).toMatchObject({ records: 0 });
  });
});
