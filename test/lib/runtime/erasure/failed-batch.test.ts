import { readFailedBatch } from '../../../../cli/redrive/failed-batch';
import { failedBatchWithout } from '../../../../lib/runtime/erasure/failed-batch';
import { aggregate, deaggregate } from '../../../../lib/runtime/wire/kpl';
import { writeRequest } from '../../../../lib/runtime/write-request';
import { order } from '../../../fixtures/contracts';
import { kafkaEvent } from '../../../fixtures/kafka';

const ada = { identifiers: ['ada@example.org'] };
const bytesOf = (customer: string): Buffer => Buffer.from(JSON.stringify(order({ customer: `${customer}@example.org` })));
const record = (data: Uint8Array, sequence: number, partitionKey = 'AB-1') => ({ kinesis: { kinesisSchemaVersion: '1.0', partitionKey, sequenceNumber: String(sequence), data: Buffer.from(data).toString('base64'), approximateArrivalTimestamp: 1 }, eventID: `shardId-0:${sequence}`, awsRegion: 'us-east-1' });
const documentOf = (records: readonly unknown[], payloadIsText: boolean): Buffer => Buffer.from(JSON.stringify({
  requestContext: { functionArn: 'arn:aws:lambda:us-east-1:1:function:f', condition: 'RetryAttemptsExhausted', approximateInvokeCount: 11 }, version: '1.0', KinesisBatchInfo: { shardId: 'shardId-0', approximateArrivalOfFirstRecord: 'now' },
  payload: payloadIsText ? JSON.stringify({ Records: records }) : { Records: records },
}));

describe.each([['text', true], ['a member', false]])('a batch that no retry could process, its payload as %s', (_, payloadIsText) => {
  it('keeps the records of others, whole and at their places', async () => {
    const [first, second, third] = [record(bytesOf('ada'), 1), record(bytesOf('bob'), 2), record(Buffer.from('é;eve'), 3)];
    const judged = await failedBatchWithout(ada)(documentOf([first, second, third], payloadIsText));
    expect(judged).toMatchObject({ records: 1, keptRecords: 2, mentions: 0 });
    expect(judged.kept.equals(documentOf([second, third], payloadIsText))).toBe(true);
    expect(readFailedBatch(judged.kept.toString('utf8')).records).toEqual([second, third]);
  });

  it('keeps the places of records that were packed with those of the subject', async () => {
    const packed = aggregate(['bob', 'ada', 'eve'].map((customer) => ({ partitionKey: `${customer}@example.org`, data: bytesOf(customer) })));
    const judged = await failedBatchWithout(ada)(documentOf([record(packed, 1)], payloadIsText));
    expect(judged).toMatchObject({ records: 1, keptRecords: 1 });
    const [left] = readFailedBatch(judged.kept.toString('utf8')).records as unknown as readonly ReturnType<typeof record>[];
    expect(deaggregate(Buffer.from(left?.kinesis.data ?? '', 'base64'))?.map(({ data }) => Buffer.from(data).toString('utf8'))).toEqual([bytesOf('bob').toString('utf8'), '', bytesOf('eve').toString('utf8')]);
    expect(Buffer.from(left?.kinesis.data ?? '', 'base64').includes('ada@')).toBe(false);
  });

  it('goes when all its records do', async () => {
    expect(await failedBatchWithout(ada)(documentOf([record(bytesOf('ada'), 1), record(Buffer.from([0xff]), 2, 'ada@example.org')], payloadIsText))).toMatchObject({ records: 2, keptRecords: 0 });
  });

  it('stays letter by letter when the subject is not in it', async () => {
    const content = Buffer.from(documentOf([record(bytesOf('bob'), 1), record(bytesOf('ada@example.org.uk, not'), 2)], payloadIsText).toString('utf8').replace('{', '{ '));
    const judged = await failedBatchWithout(ada)(content);
    expect(judged).toMatchObject({ records: 0, mentions: 1 });
    expect(judged.kept).toBe(content);
  });
});

it('a batch of partitions of a topic keeps the records of others in theirs', async () => {
  const put = (customer: string, key = 'AB-1') => ({ key, value: bytesOf(customer).toString('utf8'), arrival: 1 });
  const event = kafkaEvent({ 0: [put('ada'), put('bob')], 1: [put('eve', 'ada@example.org')] });
  const documentWith = (payload: unknown): Buffer => Buffer.from(JSON.stringify({ requestContext: {}, KafkaBatchInfo: {}, payload: JSON.stringify(payload) }));
  const judged = await failedBatchWithout(ada)(documentWith(event));
  expect(judged).toMatchObject({ records: 2, keptRecords: 1 });
  const [first = [], second = []] = Object.values(event.records);
  expect(judged.kept.equals(documentWith({ ...event, records: Object.fromEntries(Object.keys(event.records).map((name, index) => [name, index === 0 ? first.slice(1) : second.slice(1)])) }))).toBe(true);
  expect(readFailedBatch(judged.kept.toString('utf8')).records).toEqual(first.slice(1));
});

it('a batch of a topic loses the records of which the subject stands in a header, or in a key that is no text', async () => {
  const event = kafkaEvent({ 0: Array.from({ length: 3 }, () => ({ key: 'AB-1', value: bytesOf('bob').toString('utf8'), arrival: 1 })) });
  const [name = '', records = []] = Object.entries(event.records)[0] ?? [];
  const changes = [{ headers: [{ ce_subject: [...Int8Array.from(Buffer.from('ada@example.org'))] }] }, { key: Buffer.from([0xff, ...Buffer.from('ada@example.org')]).toString('base64') }, { headers: [{ none: null }] }];
  const payload = { ...event, records: { [name]: records.map((record, index) => ({ ...record, ...changes[index] })) } };
  expect(await failedBatchWithout(ada)(Buffer.from(JSON.stringify({ KafkaBatchInfo: {}, payload })))).toMatchObject({ records: 2, keptRecords: 1 });
});

it('a call of the event writer keeps the records of others, in their order', async () => {
  const request = writeRequest([['AB-1', 'ada'], ['AB-2', 'bob'], ['ada@example.org', 'eve']].map(([partitionKey = '', customer = '']) => ({ partitionKey, data: bytesOf(customer) })));
  const documentWith = (requestPayload: unknown): Buffer => Buffer.from(JSON.stringify({ version: '1.0', timestamp: 'now', requestContext: {}, requestPayload, responsePayload: { errorMessage: 'no broker' } }));
  const judged = await failedBatchWithout(ada)(documentWith(request));
  expect(judged).toMatchObject({ records: 2, keptRecords: 1 });
  expect(judged.kept.equals(documentWith({ records: request.records.slice(1, 2) }))).toBe(true);
  const untouched = documentWith(request);
  expect((await failedBatchWithout({ identifiers: ['none@example.org'] })(untouched)).kept).toBe(untouched);
});

it('an object that is no such batch goes when the subject stands in it', async () => {
  expect(await failedBatchWithout(ada)(Buffer.from('cut off: ada@example.org'))).toMatchObject({ records: 1, keptRecords: 0 });
  expect(await failedBatchWithout(ada)(Buffer.from('cut off'))).toMatchObject({ records: 0, keptRecords: 1 });
});

it.each([
  ['its payload was cut off', { requestContext: {}, payload: '{"Records":[{"kinesis":{"partitionKey":"ada@example.org"' }],
  ['it holds no records of a stream', { requestContext: {}, payload: { customer: 'order of ada@example.org' } }],
  ['its payload is of another form', { requestContext: {}, payload: 'ada@example.org has ordered' }],
])('a document of which nobody can take out a record goes whole: %s', async (_, document) => {
  expect(await failedBatchWithout(ada)(Buffer.from(JSON.stringify(document)))).toMatchObject({ records: 1, keptRecords: 0 });
  expect(await failedBatchWithout({ identifiers: ['bob@example.org'] })(Buffer.from(JSON.stringify(document)))).toMatchObject({ records: 0, keptRecords: 1 });
  expect(await failedBatchWithout({ ...ada, fields: ['customer'] })(Buffer.from(JSON.stringify(document)))).toMatchObject({ records: 0, mentions: 1 });
});
