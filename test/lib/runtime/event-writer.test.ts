import type { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { behindTopicOf, writeEvents } from '../../../lib/runtime/event-writer';
import type { WriteRequest } from '../../../lib/runtime/write-request';

/** Lambda with a writer that puts records into one partition, one after the other; fails where it is told to. */
const writer = (failsAt = Number.POSITIVE_INFINITY) => {
  const calls: WriteRequest['records'][] = [];
  let offset = 0;
  const client = {
    send: ({ input }: InvokeCommand) => {
      const request = JSON.parse(Buffer.from(input.Payload as string).toString('utf8')) as Partial<WriteRequest>;
      if (calls.length === failsAt) return Promise.resolve({ FunctionError: 'Unhandled', Payload: Buffer.from('{"errorMessage":"no broker"}') });
      if (request.records === undefined) return Promise.resolve({ Payload: Buffer.from(JSON.stringify({ partitions: [{ partition: 0, behind: 7 }] })) });
      calls.push(request.records);
      return Promise.resolve({ Payload: Buffer.from(JSON.stringify({ places: request.records.map(() => ({ partition: 0, offset: offset++ })) })) });
    },
  } as unknown as LambdaClient;
  return { client, calls };
};
const records = (count: number, bytes: number) => Array.from({ length: count }, (_, index) => ({ partitionKey: String(index), data: Buffer.alloc(bytes, String(index % 10)) }));

describe('events for a topic that only its writer can reach', () => {
  it('go in calls that Lambda takes, in their order, and it says where each was put', async () => {
    const { client, calls } = writer();
    const given = [...records(4500, 10), ...records(8, 1_000_000)];
    expect(await writeEvents(client, 'writer', given)).toEqual(given.map((_record, offset) => ({ partition: 0, offset })));
    expect(calls.flat().map(({ key, value }) => [key, Buffer.from(value, 'base64').length])).toEqual(given.map(({ partitionKey, data }) => [partitionKey, data.length]));
    // 6 MB is what Lambda takes of a call.
    expect(Math.max(...calls.map((call) => JSON.stringify({ records: call }).length))).toBeLessThan(6_000_000);
    expect(Math.max(...calls.map(({ length }) => length))).toBe(2000);
  });

  it('are none: then nobody is asked', async () => {
    const { client, calls } = writer();
    expect(await writeEvents(client, 'writer', [])).toEqual([]);
    expect(calls).toEqual([]);
  });

  it('are not taken for put when the writer failed', async () => {
    await expect(writeEvents(writer(1).client, 'writer', records(3000, 10))).rejects.toThrow('The event writer writer could not put 1000 records on the topic (Unhandled): {"errorMessage":"no broker"}');
  });

  it('lie before somebody as far as the writer says', async () => {
    expect(await behindTopicOf(writer().client, 'writer', { behind: { group: 'g' } })).toEqual([{ partition: 0, behind: 7 }]);
    await expect(behindTopicOf(writer(0).client, 'writer', { behind: { group: 'g' } })).rejects.toThrow('could not tell how far behind the topic somebody is');
  });
});
