import { isKafkaMapping, kafkaSettingsOf, type DescribedKafkaMapping } from '../../../../local/event-source/kafka/settings';

const described = (given: Partial<DescribedKafkaMapping> = {}): DescribedKafkaMapping => ({
  UUID: 'mapping-1', EventSourceArn: 'arn:aws:kafka:eu-west-1:000000000000:cluster/events/0d34d5b2-1', FunctionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:consumer', State: 'Enabled',
  StartingPosition: 'TRIM_HORIZON', Topics: ['events'], ...given,
});

describe('a mapping of a topic of MSK', () => {
  it('is told from one of a stream', () => {
    expect(isKafkaMapping(described())).toBe(true);
    expect(isKafkaMapping({ ...described(), EventSourceArn: 'arn:aws:kinesis:eu-west-1:000000000000:stream/events' })).toBe(false);
  });

  it("has AWS's defaults: 100 records, half a second, a group of its own and one poller", () => {
    expect(kafkaSettingsOf(described())).toMatchObject({ settings: { batchSize: 100, batchingWindow: 500, consumerGroup: 'mapping-1', pollers: 1, topic: 'events', maximumRetries: undefined } });
  });

  it('is not driven with controls of errors outside of provisioned mode, nor with two topics', () => {
    for (const control of [{ FunctionResponseTypes: ['ReportBatchItemFailures'] }, { BisectBatchOnFunctionError: true }, { MaximumRetryAttempts: 3 }, { MaximumRecordAgeInSeconds: 60 }]) {
      expect(kafkaSettingsOf(described(control))).toEqual({ refused: `${Object.keys(control)[0]} of a mapping of MSK needs provisioned mode. Give it a ProvisionedPollerConfig.` });
      expect(kafkaSettingsOf(described({ ...control, ProvisionedPollerConfig: { MinimumPollers: '2' } }))).toMatchObject({ settings: { pollers: 2 } });
    }
    expect(kafkaSettingsOf(described({ Topics: ['one', 'other'] }))).toHaveProperty('refused');
  });

  it('retries ten times where it has a destination and says nothing of retries', () => {
    const destination = { DestinationConfig: { OnFailure: { Destination: 'arn:aws:s3:::failures' } } };
    expect(kafkaSettingsOf(described(destination))).toMatchObject({ settings: { maximumRetries: 10 } });
    expect(kafkaSettingsOf(described({ ...destination, MaximumRetryAttempts: 3, ProvisionedPollerConfig: {} }))).toMatchObject({ settings: { maximumRetries: 3 } });
  });
});
