import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { event, float, string } from '../../../core/definition';
import { createProducer } from '../../../lib/producer';

const paid = event('payment.made', { version: 2, partitionBy: 'card', fields: { card: string(), amount: float() } });

interface Call { readonly Records: readonly { readonly Data: string; readonly PartitionKey: string }[] }

/** A stream that takes PutRecords as Kinesis does; `refuse` says which records of a call it throttles. */
const streamThat = async (refuse: (call: number, index: number) => boolean, work: (client: KinesisClient, taken: readonly { readonly id: string; readonly key: string }[], calls: () => number) => Promise<void>): Promise<void> => {
  const taken: { id: string; key: string }[] = [];
  let calls = 0;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { Records } = JSON.parse(Buffer.concat(parts).toString('utf8')) as Call;
      const call = calls++;
      const answers = Records.map(({ Data, PartitionKey }, index) => {
        if (refuse(call, index)) return { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: 'slow down' };
        taken.push({ id: (JSON.parse(Buffer.from(Data, 'base64').toString('utf8')) as { id: string }).id, key: PartitionKey });
        return { SequenceNumber: '1', ShardId: 'shardId-000000000000' };
      });
      response.setHeader('content-type', 'application/x-amz-json-1.1');
      response.end(JSON.stringify({ FailedRecordCount: answers.filter((each) => 'ErrorCode' in each).length, Records: answers }));
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const client = new KinesisClient({ region: 'us-east-1', endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  try { await work(client, taken, () => calls); } finally {
    client.destroy();
    await new Promise((resolve) => { server.close(resolve); });
  }
};

const settings = (client: KinesisClient) => ({ client, stream: 's', source: '/shop', lingerMilliseconds: 0 });

describe('a producer', () => {
  it('sends many events in a call, each with the key that its type asks for', async () => {
    await streamThat(() => false, async (client, taken, calls) => {
      const producer = createProducer({ ...settings(client), mostWaiting: 50 });
      for (let index = 0; index < 120; index += 1) await producer.put(paid, { time: index, data: { card: `card-${index % 3}`, amount: 1 } });
      await producer.close();
      expect([taken.length, calls()]).toEqual([120, 3]);
      expect(new Set(taken.map(({ key }) => key))).toEqual(new Set(['card-0', 'card-1', 'card-2']));
    });
  });

  it('sends what the stream refused again, under the same ids, and loses and doubles nothing', async () => {
    await streamThat((call, index) => call < 3 && index % 2 === call % 2, async (client, taken) => {
      const producer = createProducer(settings(client));
      const ids: string[] = [];
      for (let index = 0; index < 20; index += 1) ids.push(await producer.put(paid, { time: new Date(0), data: { card: 'a', amount: index } }));
      await producer.flush();
      expect(taken.map(({ id }) => id).sort()).toEqual([...ids].sort());
    });
  });

  it('takes ids of its user, for events that could be sent twice', async () => {
    await streamThat(() => false, async (client, taken) => {
      const producer = createProducer(settings(client));
      expect(await producer.put(paid, { id: 'p-1', time: '2026-03-01T12:00:00Z', data: { card: 'a', amount: 1 } })).toBe('p-1');
      await producer.close();
      expect(taken).toEqual([{ id: 'p-1', key: 'a' }]);
    });
  });

  it('refuses an event without the field that it is partitioned by, and one without a moment', async () => {
    await streamThat(() => false, async (client) => {
      const producer = createProducer(settings(client));
      await expect(producer.put(paid, { time: 0, data: { amount: 1 } })).rejects.toThrow(/payment\.made@v2 has no card/u);
      await expect(producer.put(paid, { time: 'yesterday', data: { card: 'a' } })).rejects.toThrow(/"yesterday"; it must be an RFC 3339/u);
    });
  });
});
