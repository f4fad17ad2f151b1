import type { Duration } from 'aws-cdk-lib';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Consumer } from './metrics';

/** How a consumer is fed, whatever it is fed from. */
export interface StreamConsumerProps {
  readonly consumer: Consumer;
  readonly batchSize: number;
  readonly batchingWindow: Duration;
  /** -1: until the record expires. */
  readonly retryAttempts: number;
  /** Keep a whole batch that could not be processed in the failures bucket. */
  readonly keepFailures: boolean;
  /** Whether a record must not be delivered before those ahead of it in its shard are done. */
  readonly inOrder: boolean;
  readonly enabled: boolean;
  /** The alarm goes off when the oldest unread record is older than this. */
  readonly alarmBehind: Duration;
  /**
   * What the alarm is over, milliseconds.
   *
   * @default how far the consumer is behind
   */
  readonly behind?: IMetric;
}
