import { receivedFromKinesis } from '../../../lib/runtime/kinesis-record';

describe('a record of the stream', () => {
  it('has its stream, shard and sequence as position, and its arrival in milliseconds', () => {
    const record = receivedFromKinesis({
      awsRegion: 'us-east-1', eventID: 'shardId-000000000006:49590338271490256608559692538361571095921575989136588898', eventName: 'aws:kinesis:record', eventSource: 'aws:kinesis', eventVersion: '1.0',
      eventSourceARN: 'arn:aws:kinesis:us-east-1:000000000000:stream/headrace-local-events', invokeIdentityArn: 'arn:aws:iam::000000000000:role/x',
      kinesis: { kinesisSchemaVersion: '1.0', partitionKey: 'ORD', sequenceNumber: '49590338271490256608559692538361571095921575989136588898', data: Buffer.from('{"ü":1}').toString('base64'), approximateArrivalTimestamp: 1_545_084_650.987 },
    });
    expect(record).toEqual({
      position: { source: 'headrace-local-events', shard: 'shardId-000000000006', sequence: '49590338271490256608559692538361571095921575989136588898', subSequence: 0 },
      partitionKey: 'ORD', arrival: 1_545_084_650_987, batchId: null, data: Buffer.from('{"ü":1}'),
    });
  });
});
