import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { behindTopicOf } from '../../lib/runtime/event-writer';
import { CommandError } from '../command-error';
import type { Context } from '../context';

const minute = 60_000;
const lookedBack = 15 * minute;

/** How far the validator was behind the stream within the last quarter of an hour, milliseconds; a local cloud has no such metric, and says nothing. */
const behindStream = async ({ environment, names }: Context): Promise<number> => {
  const now = Date.now();
  const { Datapoints = [] } = await new CloudWatchClient({ region: environment.region }).send(new GetMetricStatisticsCommand({
    Namespace: 'AWS/Lambda', MetricName: 'IteratorAge', Dimensions: [{ Name: 'FunctionName', Value: names.function('ingest-validator') }],
    StartTime: new Date(now - lookedBack), EndTime: new Date(now), Period: 60, Statistics: ['Maximum'],
  }));
  return Math.max(0, ...Datapoints.map(({ Maximum = 0 }) => Maximum));
};

/** How far the validator is behind the topic, by what its consumer group has committed; milliseconds. */
const behindTopic = async ({ environment, names }: Context): Promise<number> => {
  const partitions = await behindTopicOf(new LambdaClient({ region: environment.region }), names.eventWriter, { behind: { group: names.function('ingest-validator') } });
  return Math.max(0, ...partitions.map(({ behind }) => behind));
};

/**
 * Refuses a seam up to which raw is not complete: the validator must not be further behind the stream than that.
 *
 * @param seamBack milliseconds
 * @throws CommandError naming the delay
 */
export const requireCompleteRaw = async (context: Context, seamBack: number): Promise<void> => {
  const behind = context.environment.ingestion === 'msk' ? await behindTopic(context) : await behindStream(context);
  if (behind > seamBack) throw new CommandError(`The ingest validator was ${Math.ceil(behind / minute)} minutes behind the stream within the last quarter of an hour: raw is not complete up to the seam, ${Math.round(seamBack / minute)} minutes back, and the new generation would lack what is missing.`,
    { next: 'see docs/runbook.md#ingest-validator-behind, and run the command again when it has caught up' });
};
