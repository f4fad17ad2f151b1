import { Duration, Stack } from 'aws-cdk-lib';
import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import type { Construct } from 'constructs';
import { waysIn } from '../../core/environment/environment';
import { alarmTopicArnOf } from './access';
import type { Deployment } from './deployment';
import { undeliveredFailures } from './metrics';
import { runbookAlarm } from './runbook-alarm';

/** Functions whose failed batches are kept: those of the validator's mapping and, where events come in by a topic, what the event writer could not put there. */
export const keepingFailures = ({ environment }: Deployment): readonly string[] => ['ingest-validator', ...(waysIn(environment).includes('msk') ? ['event-writer'] : [])];

/**
 * Watches the failures bucket: a batch that no retry could process was put there, and waits for `headrace redrive`.
 * S3 counts objects once a day, so EventBridge sees them arrive, and an alarm counts what it sees.
 */
export const watchFailedBatches = (scope: Construct, deployment: Deployment): void => {
  const { names } = deployment;
  const name = `${names.prefix}-failed-batches`;
  new CfnRule(scope, 'FailedBatches', {
    name,
    description: 'A batch that could not be processed was put into the failures bucket',
    eventPattern: { source: ['aws.s3'], 'detail-type': ['Object Created'], account: [Stack.of(scope).account], detail: { bucket: { name: [names.bucket('failures')] } } },
    targets: [{
      id: 'alarms',
      arn: alarmTopicArnOf(scope, deployment),
      inputTransformer: {
        inputPathsMap: { bucket: '$.detail.bucket.name', key: '$.detail.object.key' },
        inputTemplate: '"A batch could not be processed and was kept: s3://<bucket>/<key>. Runbook: docs/runbook.md#failed-batches"',
      },
    }],
  });
  const period = Duration.minutes(5);
  const lost = keepingFailures(deployment).map((fn, index) => [`lost${index}`, undeliveredFailures(deployment, fn)] as const);
  runbookAlarm(scope, {
    deployment,
    name: 'failed-batches',
    what: 'A batch of events could not be processed and waits in the failures bucket, or could not even be kept there.',
    metric: new MathExpression({
      expression: ['FILL(kept, 0)', ...lost.map(([id]) => `FILL(${id}, 0)`)].join(' + '),
      usingMetrics: { kept: new Metric({ namespace: 'AWS/Events', metricName: 'TriggeredRules', dimensionsMap: { RuleName: name }, statistic: Stats.SUM, period }), ...Object.fromEntries(lost) },
      period,
      label: 'failed batches',
    }),
    above: 0,
  });
};
