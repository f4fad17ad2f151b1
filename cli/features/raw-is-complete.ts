import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { CommandError } from '../command-error';
import type { Context } from '../context';

const minute = 60_000;
const lookedBack = 15 * minute;

/**
 * Refuses a seam up to which raw is not complete: the validator must not be further behind the stream than that. A local
 * cloud has no such metric, and is not asked.
 *
 * @param seamBack milliseconds
 * @throws CommandError naming the delay
 */
export const requireCompleteRaw = async ({ environment, names }: Context, seamBack: number): Promise<void> => {
  const now = Date.now();
  const { Datapoints = [] } = await new CloudWatchClient({ region: environment.region }).send(new GetMetricStatisticsCommand({
    Namespace: 'AWS/Lambda', MetricName: 'IteratorAge', Dimensions: [{ Name: 'FunctionName', Value: names.function('ingest-validator') }],
    StartTime: new Date(now - lookedBack), EndTime: new Date(now), Period: 60, Statistics: ['Maximum'],
  }));
  const behind = Math.max(0, ...Datapoints.map(({ Maximum = 0 }) => Maximum));
  if (behind > seamBack) throw new CommandError(`The ingest validator was ${Math.ceil(behind / minute)} minutes behind the stream within the last quarter of an hour: raw is not complete up to the seam, ${Math.round(seamBack / minute)} minutes back, and the new generation would lack what is missing.`,
    { next: 'see docs/runbook.md#ingest-validator-behind, and run the command again when it has caught up' });
};
