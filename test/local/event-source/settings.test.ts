import type { DescribedMapping } from '../../../local/event-source/settings';
import { settingsOf } from '../../../local/event-source/settings';

const mapping: DescribedMapping = {
  UUID: 'mapping-1',
  EventSourceArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/events',
  FunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:consumer',
  State: 'Enabled',
  StartingPosition: 'TRIM_HORIZON',
};

describe('a mapping that is read', () => {
  it("has AWS's defaults where it says nothing", () => {
    expect(settingsOf(mapping)).toEqual({
      settings: {
        id: 'mapping-1', streamArn: mapping.EventSourceArn, functionArn: mapping.FunctionArn, enabled: true, batchSize: 100, batchingWindow: 0, parallelization: 1,
        reportsItemFailures: false, bisects: false, maximumRetries: undefined, maximumAge: undefined, destination: undefined, startingPosition: 'TRIM_HORIZON', startingTimestamp: undefined,
      },
    });
  });

  it('understands numbers and booleans that a template gave as text', () => {
    expect(settingsOf({ ...mapping, BatchSize: '500', BisectBatchOnFunctionError: 'true', MaximumRetryAttempts: '0', MaximumRecordAgeInSeconds: '60' })).toMatchObject({
      settings: { batchSize: 500, bisects: true, maximumRetries: 0, maximumAge: 60_000 },
    });
  });

  it.each<[string, Partial<DescribedMapping>]>([
    ['filters', { FilterCriteria: { Filters: [{}] } }],
    ['tumbling windows', { TumblingWindowInSeconds: 30 }],
    ['an unknown starting position', { StartingPosition: 'YESTERDAY' }],
    ['AT_TIMESTAMP without a timestamp', { StartingPosition: 'AT_TIMESTAMP' }],
    ['a destination of another service', { DestinationConfig: { OnFailure: { Destination: 'arn:aws:lambda:us-east-1:000000000000:function:other' } } }],
  ])('is refused with a reason when it asks for %s', (_, more) => {
    expect(settingsOf({ ...mapping, ...more })).toEqual({ refused: expect.stringMatching(/\.$/) });
  });
});
