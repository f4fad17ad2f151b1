import { Dashboard, GraphWidget, Metric, Stats, type IMetric, type IWidget } from 'aws-cdk-lib/aws-cloudwatch';
import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { waysIn } from '../../core/environment/environment';
import type { Deployment } from './deployment';
import { keepingFailures } from './failed-batches';
import { hasFlink } from './flink-application';
import { executionsMetric, functionDuration, functionErrors, incomingRecords, iteratorAge, landDataset, platformLag, platformMetric, rejectedByReason, rejectedShare, undeliveredFailures, waitingRecords } from './metrics';

const graph = (title: string, left: IMetric[], leftUnit: string, right: IMetric[] = []): IWidget =>
  new GraphWidget({ title, left, right, width: 8, height: 6, leftYAxis: { label: leftUnit, showUnits: false, min: 0 } });

/** One page that follows an event from left to right: in, judged, folded, landed, answered. */
export const platformDashboard = (scope: Construct, deployment: Deployment): Dashboard => {
  const { names } = deployment;
  const ways = waysIn(deployment.environment);
  const [isStream, isTopic] = [ways.includes('kinesis'), ways.includes('msk')];
  const hasPartials = hasFlink(deployment);
  const consumers = ['ingest-validator', 'feature-aggregator', ...(hasPartials ? ['feature-partials' as const] : [])] as const;
  const stateWrites = new Metric({ namespace: 'AWS/DynamoDB', metricName: 'ConsumedWriteCapacityUnits', dimensionsMap: { TableName: names.stateTable }, statistic: Stats.SUM, period: Duration.minutes(5) });
  return new Dashboard(scope, 'Dashboard', {
    dashboardName: names.dashboard,
    defaultInterval: Duration.hours(3),
    widgets: [
      [
        graph('Events', [...(isStream ? [incomingRecords(deployment)] : []), platformMetric(deployment, 'Accepted'), platformMetric(deployment, 'Rejected')], 'events'),
        graph('Rejected', [rejectedShare(deployment)], 'percent'),
        graph('Behind the stream', consumers.map((name) => (isTopic ? waitingRecords(deployment, name) : iteratorAge(deployment, name))), isTopic ? 'records' : 'milliseconds', [...(['IngestLag', 'FoldLag', ...(hasPartials ? ['PartialsLag' as const] : [])] as const).map((name) => platformLag(deployment, name)), ...(isStream && isTopic ? consumers.map((name) => iteratorAge(deployment, name)) : [])]),
      ],
      [
        graph('Folds', [platformMetric(deployment, 'FoldConflicts'), platformMetric(deployment, 'FoldFailed'), platformMetric(deployment, 'Late')], 'count', [stateWrites]),
        graph('Pipeline', (['ExecutionsSucceeded', 'ExecutionsFailed'] as const).map((name) => executionsMetric(scope, deployment, landDataset, name)), 'executions'),
        graph('Predictions', [platformMetric(deployment, 'Predictions'), platformMetric(deployment, 'PredictionEventsLost'), platformMetric(deployment, 'ModelFaults')], 'predictions', [functionDuration(deployment, 'prediction-api')]),
      ],
      [graph('Rejected by reason', [rejectedByReason(deployment)], 'events'), graph('Curated tables', [platformMetric(deployment, 'CuratedRows'), platformMetric(deployment, 'IdentityConflicts')], 'rows'), graph('Errors of Lambdas', ['ingest-validator', 'feature-aggregator', 'dataset-lander', 'lake-compactor', 'prediction-api', ...(isTopic ? ['event-writer'] : [])].map((name) => functionErrors(deployment, name)), 'errors', keepingFailures(deployment).map((name) => undeliveredFailures(deployment, name)))],
      [graph('Skew and drift', [platformMetric(deployment, 'FeatureValuesDiffer'), platformMetric(deployment, 'ColumnsDrifted')], 'count')],
    ],
  });
};
