import { CfnOutput, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { CfnStage, HttpApi, HttpMethod, HttpStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Alias, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { parameterNames } from '../../core/environment/deployed';
import { grantPutRecords, grantRead, grantReadState } from './access';
import type { Deployment } from './deployment';
import { platformMetric } from './metrics';
import { grantInvokeEndpoints } from './model-endpoint';
import { PlatformFunction } from './platform-function';
import { runbookAlarm } from './runbook-alarm';

/** One line a request, without its body: who asked for what, and how it went. */
const accessLogFormat = JSON.stringify({
  requestId: '$context.requestId', time: '$context.requestTime', caller: '$context.identity.userArn', sourceIp: '$context.identity.sourceIp', method: '$context.httpMethod', path: '$context.path',
  route: '$context.routeKey', status: '$context.status', responseLength: '$context.responseLength', latency: '$context.responseLatency', integrationError: '$context.integrationErrorMessage', error: '$context.error.message',
});

const predictionFunction = (scope: Construct, deployment: Deployment): PlatformFunction => {
  const predictions = new PlatformFunction(scope, 'PredictionApi', {
    deployment,
    name: 'prediction-api',
    description: 'Answers predictions and feature queries',
    memoryMegabytes: deployment.environment.predictionMemoryMegabytes,
    // An HTTP API gives up after 30 seconds whatever is behind it.
    timeout: Duration.seconds(29),
    isKeptStarted: deployment.environment.predictionProvisionedConcurrency !== undefined,
  });
  grantReadState(predictions);
  grantRead(predictions, 'models');
  grantPutRecords(predictions);
  grantInvokeEndpoints(predictions);
  predictions.tell('MODEL_REFRESH_SECONDS', String(deployment.environment.modelRefreshSeconds));
  return predictions;
};

/** What the API asks: the function itself or, where processes are kept started, an alias of its newest version. */
const answering = (scope: Construct, { function: predictions }: PlatformFunction, { environment: { predictionProvisionedConcurrency } }: Deployment): IFunction =>
  (predictionProvisionedConcurrency === undefined ? predictions
    : new Alias(scope, 'Live', { aliasName: 'live', version: predictions.currentVersion, provisionedConcurrentExecutions: predictionProvisionedConcurrency, description: 'What the API asks' }));

/** The HTTP API: every route asks for a signature, is throttled, and leaves a line in the access log. */
export const predictionApi = (scope: Construct, deployment: Deployment): HttpApi => {
  const { environment, names } = deployment;
  const predictions = predictionFunction(scope, deployment);
  const api = new HttpApi(scope, 'Api', { apiName: names.api, description: 'Predictions and features', createDefaultStage: false, defaultAuthorizer: new HttpIamAuthorizer() });
  const accessLogs = new LogGroup(scope, 'AccessLogs', { logGroupName: `/aws/vendedlogs/apis/${names.api}`, retention: environment.logRetentionDays, removalPolicy: RemovalPolicy.DESTROY });
  const stage = new HttpStage(scope, 'Stage', {
    httpApi: api,
    stageName: '$default',
    autoDeploy: true,
    throttle: { rateLimit: environment.throttling.requestsPerSecond, burstLimit: environment.throttling.burst },
  });
  const resource = stage.node.defaultChild;
  if (!(resource instanceof CfnStage)) throw new Error('the stage has no CloudFormation stage; this release of aws-cdk-lib is not the one that Headrace is made for.');
  resource.accessLogSettings = { destinationArn: accessLogs.logGroupArn, format: accessLogFormat };
  const integration = new HttpLambdaIntegration('Integration', answering(scope, predictions, deployment));
  for (const path of ['/v1/models/{model}/predictions', '/v1/features/{view}/query']) api.addRoutes({ path, methods: [HttpMethod.POST], integration });
  for (const path of ['/v1/models', '/v1/models/{model}', '/v1/openapi.json']) api.addRoutes({ path, methods: [HttpMethod.GET], integration });

  runbookAlarm(scope, {
    deployment,
    name: 'api-errors',
    what: 'The API answered with server errors.',
    metric: new Metric({ namespace: 'AWS/ApiGateway', metricName: '5xx', dimensionsMap: { ApiId: api.apiId }, statistic: Stats.SUM, period: Duration.minutes(5) }),
    above: 0,
    periods: 2,
  });
  runbookAlarm(scope, {
    deployment,
    name: 'model-faults',
    what: 'A version of a model that is to serve was refused, or could not predict; others answered.',
    metric: platformMetric(deployment, 'ModelFaults'),
    above: 0,
  });
  new StringParameter(scope, 'ApiUrl', { parameterName: parameterNames(names).apiUrl, stringValue: api.apiEndpoint, description: 'Where the API is' });
  new CfnOutput(scope, 'Url', { value: api.apiEndpoint, description: 'Where the API is; requests are signed for execute-api' });
  return api;
};
