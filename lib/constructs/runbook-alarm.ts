import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { alarmTopicArnOf } from './access';
import type { Deployment } from './deployment';

export interface RunbookAlarmProps {
  readonly deployment: Deployment;
  /** Last part of the alarm's name, and the section of docs/runbook.md that says what to do. */
  readonly name: string;
  /** What is wrong when it goes off, a sentence. */
  readonly what: string;
  readonly metric: IMetric;
  /** It goes off above this. */
  readonly above: number;
  /**
   * Periods of the metric that must be above.
   *
   * @default 1
   */
  readonly periods?: number;
}

/**
 * An alarm that tells the environment's alarm topic, and says where in the runbook its remedy stands.
 * No data is no alarm: an idle platform has none. The topic is found by its name and made by the last stack; CloudWatch does not ask for it before an alarm goes off.
 */
export const runbookAlarm = (scope: Construct, { deployment, name, what, metric, above, periods = 1 }: RunbookAlarmProps): Alarm => {
  const alarm = new Alarm(scope, `Alarm-${name}`, {
    alarmName: `${deployment.names.prefix}-${name}`,
    alarmDescription: `${what} Runbook: docs/runbook.md#${name}`,
    metric,
    threshold: above,
    evaluationPeriods: periods,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
  const topic = alarmTopicArnOf(scope, deployment);
  alarm.addAlarmAction({ bind: () => ({ alarmActionArn: topic }) });
  alarm.addOkAction({ bind: () => ({ alarmActionArn: topic }) });
  return alarm;
};
