import { assert, asyncProperty, constantFrom, infiniteStream, integer } from 'fast-check';
import { destinationDocument } from '../../../local/event-source/destination';
import type { StreamRecord } from '../../../local/event-source/record';
import type { MappingSettings } from '../../../local/event-source/settings';
import type { FailedRecord } from '../../../cli/redrive/failed-batch';
import { functionIn, rangesOf, readFailedBatch, sequenceOf } from '../../../cli/redrive/failed-batch';
import type { InvocationAnswer } from '../../../cli/redrive/redrive';
import { redrive } from '../../../cli/redrive/redrive';
import { writeRequest } from '../../../lib/runtime/write-request';
import { kafkaEvent, topic } from '../../fixtures/kafka';

const records = (count: number): readonly FailedRecord[] => Array.from({ length: count }, (_, index) => ({ kinesis: { sequenceNumber: String(100 + index) } }));
const done: InvocationAnswer = { functionError: undefined, answer: { batchItemFailures: [] } };
const failedAt = (...sequences: readonly unknown[]): InvocationAnswer => ({ functionError: undefined, answer: { batchItemFailures: sequences.map((itemIdentifier) => ({ itemIdentifier })) } });
const sequencesOf = (batch: readonly FailedRecord[]): readonly string[] => batch.map(sequenceOf);

const run = async (count: number, answers: readonly InvocationAnswer[]) => {
  const invoked: (readonly string[])[] = [];
  const outcome = await redrive({ records: records(count) }, async (batch) => {
    invoked.push(sequencesOf(batch));
    return await Promise.resolve(answers[invoked.length - 1] ?? done);
  });
  return { outcome, invoked };
};

describe('redriving a batch', () => {
  it('hands over all records at once, in their order', async () => {
    expect(await run(3, [done])).toEqual({ outcome: { processed: 3, left: 0 }, invoked: [['100', '101', '102']] });
  });

  it('goes on from the lowest record that was reported as failed', async () => {
    expect(await run(5, [failedAt('103', '102'), failedAt('104'), done])).toEqual({ outcome: { processed: 5, left: 0 }, invoked: [['100', '101', '102', '103', '104'], ['102', '103', '104'], ['104']] });
  });

  it('stops when no record was processed', async () => {
    expect(await run(3, [failedAt('101'), failedAt('101')])).toMatchObject({ outcome: { processed: 1, left: 2, reason: 'the function could not process record 101; its log says why' }, invoked: [['100', '101', '102'], ['101', '102']] });
  });

  it('stops when the function failed', async () => {
    expect(await run(2, [{ functionError: 'Unhandled', answer: { errorMessage: 'no' } }])).toMatchObject({ outcome: { processed: 0, left: 2 } });
  });

  it.each([['an answer that is no list', { batchItemFailures: 'all' }], ['a record that is not of the batch', { batchItemFailures: [{ itemIdentifier: '7' }] }], ['a failure without an identifier', { batchItemFailures: [null] }]])('takes %s for a failure of the whole', async (_what, answer) => {
    expect((await run(2, [{ functionError: undefined, answer }])).outcome).toMatchObject({ processed: 0, left: 2 });
  });

  it.each([[undefined], [null], [{}], [{ batchItemFailures: null }]])('takes the answer %j for success, as Lambda does', async (answer) => {
    expect((await run(2, [{ functionError: undefined, answer }])).outcome).toEqual({ processed: 2, left: 0 });
  });

  it('leaves out no record, wherever it is stopped', async () => {
    await assert(asyncProperty(integer({ min: 1, max: 12 }), infiniteStream(constantFrom(0, 1, 2, 5)), async (count, progress) => {
      const processed: string[] = [];
      const outcome = await redrive({ records: records(count) }, async (batch) => {
        const steps = progress.next().value ?? 1;
        processed.push(...sequencesOf(batch.slice(0, steps)));
        return await Promise.resolve(steps >= batch.length ? done : failedAt(...batch.slice(steps, steps + 1).map(sequenceOf)));
      });
      expect(processed).toEqual(sequencesOf(records(count)).slice(0, outcome.processed));
      expect(outcome.processed + outcome.left).toBe(count);
    }));
  });
});

describe('a failed batch in the failures bucket', () => {
  const settings: MappingSettings = {
    id: 'm-1', streamArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/headrace-local-events', functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:headrace-local-ingest-validator:live', enabled: true, batchSize: 10, batchingWindow: 0,
    parallelization: 1, reportsItemFailures: true, bisects: true, maximumRetries: 10, maximumAge: undefined, destination: undefined, startingPosition: 'TRIM_HORIZON', startingTimestamp: undefined,
  };
  const sent: readonly StreamRecord[] = [{ sequence: '7', partitionKey: 'a', data: 'e30=', arrival: 1_772_000_000_123 }, { sequence: '8', partitionKey: 'b', data: 'e30=', arrival: 1_772_000_000_456 }];
  const document = destinationDocument(settings, { shard: 'shardId-000000000001', records: sent, reason: 'RetryAttemptsExhausted', invocations: 11, functionError: 'Unhandled' }, 1_772_000_001_000, 'r-1', true);

  it('is read as Lambda writes it, the invocation as text', () => {
    const batch = readFailedBatch(JSON.stringify(document));
    expect(batch).toMatchObject({ functionArn: settings.functionArn, condition: 'RetryAttemptsExhausted', attempts: 11, shard: 'shardId-000000000001', firstArrival: new Date(1_772_000_000_123).toISOString() });
    expect(sequencesOf(batch.records)).toEqual(['7', '8']);
    expect(batch.records[0]).toMatchObject({ eventID: 'shardId-000000000001:7', kinesis: { data: 'e30=', approximateArrivalTimestamp: 1_772_000_000.123 } });
  });

  it('is read with the invocation as an object too', () => {
    const { payload } = document as { payload?: string };
    const [object, asText] = [{ ...document, payload: JSON.parse(payload ?? '') as unknown }, document].map((each) => readFailedBatch(JSON.stringify(each)));
    expect({ ...object, eventOf: undefined }).toEqual({ ...asText, eventOf: undefined });
    expect(asText?.eventOf(asText.records)).toEqual(JSON.parse(payload ?? ''));
  });

  it('is refused when it is something else, or holds no records', () => {
    expect(() => readFailedBatch('[]')).toThrow('not what Lambda writes');
    expect(() => readFailedBatch(JSON.stringify({ ...document, payload: undefined }))).toThrow('no records of a stream');
    expect(() => readFailedBatch(JSON.stringify({ ...document, payload: '{"Records":[{}]}' }))).toThrow('no records of a stream');
  });

  it('names its function and, if it has one, the alias', () => {
    expect(functionIn(settings.functionArn)).toEqual({ name: 'headrace-local-ingest-validator', qualifier: 'live' });
    expect(functionIn('arn:aws:lambda:us-east-1:000000000000:function:f')).toEqual({ name: 'f', qualifier: undefined });
  });
});

describe('a failed batch of a topic', () => {
  const put = { key: 'a', value: '{}', arrival: 1_772_000_000_123 };
  const event = kafkaEvent({ 0: [put, put, put], 4: [put, put] }, { from: 7 });
  const document = {
    requestContext: { functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:headrace-local-ingest-validator', condition: 'RetryAttemptsExhausted', approximateInvokeCount: 11 }, version: '1.0',
    KafkaBatchInfo: { batchSize: 5, eventSourceArn: event.eventSourceArn, recordsInfo: { [`${topic}-0`]: { firstRecordTimestamp: '2026-11-14T00:38:04.835Z' }, [`${topic}-4`]: { firstRecordTimestamp: '2026-11-14T00:38:03.835Z' } } },
    payload: JSON.stringify(event),
  };
  const batch = readFailedBatch(JSON.stringify(document));

  it('is read as Lambda writes it, and handed over as it was', () => {
    expect(batch).toMatchObject({ condition: 'RetryAttemptsExhausted', attempts: 11, shard: `${topic}-0, ${topic}-4`, firstArrival: '2026-11-14T00:38:03.835Z' });
    expect(sequencesOf(batch.records)).toEqual(['7', '8', '9', '7', '8']);
    expect(batch.eventOf(batch.records)).toEqual(event);
  });

  it('is told by the ranges of its partitions, each with its own offsets', () => {
    expect(rangesOf(batch.records)).toEqual([{ shard: `${topic}-0`, records: 3, firstSequence: '7', lastSequence: '9' }, { shard: `${topic}-4`, records: 2, firstSequence: '7', lastSequence: '8' }]);
    expect(rangesOf(records(2))).toEqual([{ shard: '', records: 2, firstSequence: '100', lastSequence: '101' }]);
  });

  it('goes on in each partition from the first record that was reported as failed, and no more in one of which none was', async () => {
    const invoked: (readonly string[])[] = [];
    const outcome = await redrive(batch, async (records) => {
      invoked.push(records.map((record) => `${'partition' in record ? record.partition : ''}:${sequenceOf(record)}`));
      return await Promise.resolve(invoked.length === 1 ? failedAt({ partition: `${topic}-0`, offset: 8 }, { partition: `${topic}-4`, offset: 7 }) : invoked.length === 2 ? failedAt({ partition: `${topic}-4`, offset: 7 }) : done);
    });
    expect(invoked).toEqual([['0:7', '0:8', '0:9', '4:7', '4:8'], ['0:8', '0:9', '4:7', '4:8'], ['4:7', '4:8']]);
    expect(outcome).toEqual({ processed: 5, left: 0 });
  });

  it('is not done when the answer names a partition that it is not of', async () => {
    expect(await redrive(batch, async () => await Promise.resolve(failedAt({ partition: 'other-0', offset: 7 })))).toMatchObject({ processed: 0, left: 5 });
  });
});

describe('a call of the event writer that no retry could do', () => {
  const request = writeRequest([{ partitionKey: 'p-1', data: Buffer.from('{"a":1}') }, { partitionKey: 'p-2', data: Buffer.from('{}') }]);
  const document = {
    version: '1.0', timestamp: '2026-11-14T00:38:07.280Z', requestContext: { requestId: 'e4b46cbf', functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:headrace-local-event-writer:$LATEST', condition: 'RetriesExhausted', approximateInvokeCount: 3 },
    requestPayload: request, responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' }, responsePayload: { errorMessage: 'no broker' },
  };
  const batch = readFailedBatch(JSON.stringify(document));

  it('is read as Lambda writes it, and the writer is asked the same again', async () => {
    expect(batch).toMatchObject({ condition: 'RetriesExhausted', attempts: 3, shard: '', firstArrival: '2026-11-14T00:38:07.280Z' });
    expect(functionIn(batch.functionArn)).toEqual({ name: 'headrace-local-event-writer', qualifier: '$LATEST' });
    const asked: unknown[] = [];
    const answer = { places: [{ partition: 0, offset: 7 }, { partition: 1, offset: 0 }] };
    expect(await redrive(batch, async (records) => { asked.push(batch.eventOf(records)); return await Promise.resolve({ functionError: undefined, answer }); })).toEqual({ processed: 2, left: 0 });
    expect(asked).toEqual([request]);
  });

  it('stays when the writer fails again', async () => {
    expect(await redrive(batch, async () => await Promise.resolve({ functionError: 'Unhandled', answer: {} }))).toMatchObject({ processed: 0, left: 2 });
  });

  it('is refused when it is a call of another kind', () => {
    expect(() => readFailedBatch(JSON.stringify({ ...document, requestPayload: { behind: { group: 'g' } } }))).toThrow('no records');
  });
});
