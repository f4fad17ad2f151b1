import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { batchRecordsIn, type BatchRecords } from '../../../lib/runtime/batch-records';
import { startLocalCloud, type LocalCloud } from '../../../local/cloud';
import { describeBatchRecords } from './batch-records.suite';

jest.setTimeout(60_000);

const freePort = (): Promise<number> => new Promise((resolve, reject) => {
  const server = createServer();
  server.once('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    server.close(() => { if (address !== null && typeof address === 'object') resolve(address.port); else reject(new Error('no port')); });
  });
});

const home = mkdtempSync(join(tmpdir(), 'headrace-batches-'));
let cloud: LocalCloud | undefined;
let records: BatchRecords | undefined;

beforeAll(async () => {
  cloud = await startLocalCloud({ port: await freePort(), home });
  const client = new DynamoDBClient({ endpoint: cloud.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  await client.send(new CreateTableCommand({
    TableName: 'batches',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'dataset', AttributeType: 'S' }, { AttributeName: 'batch', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'dataset', KeyType: 'HASH' }, { AttributeName: 'batch', KeyType: 'RANGE' }],
  }));
  records = batchRecordsIn(client, 'batches');
});

afterAll(async () => {
  await cloud?.stop();
  rmSync(home, { recursive: true, force: true });
});

describeBatchRecords('in DynamoDB', () => {
  if (records === undefined) throw new Error('the local cloud was not started');
  return records;
});
