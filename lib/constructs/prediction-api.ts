import { CfnOutput, Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { CorsPreflightOptions, HttpRoute, IHttpRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { CfnStage, CorsHttpMethod, HttpApi, HttpMethod, HttpStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Alias, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import type { Environment } from '../../core/environment';
import type { Authorization } from '../../core/environment/api';
import { routes, scopeOfRoutes } from '../../core/environment/api';
import { parameterNames } from '../../core/environment/deployed';
import { grantPutRecords, grantRead, grantReadState } from './access';
import type { Deployment } from './deployment';
import { platformMetric } from './metrics';
import { grantInvokeEndpoints } from './model-endpoint';
import { PlatformFunction } from './platform-function';
import { grantReadPseudonymKey } from './pseudonym-key';
import { runbookAlarm } from './runbook-alarm';

/** One line a request, without its body and its headers: who asked for what, and how it went. Of a token stands there who it was given to, and why it was refused. */
const accessLogFormat = JSON.stringify({
  requestId: '$context.requestId', time: '$context.requestTime', caller: '$context.identity.userArn', subject: '$context.authorizer.claims.sub', refusal: '$context.authorizer.error', sourceIp: '$context.identity.sourceIp', method: '$context.httpMethod', path: '$context.path',
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
  predictions.tell('AUTHORIZATION', JSON.stringify(deployment.environment.authorization));
  grantReadPseudonymKey(predictions);
  predictions.tell('MODEL_REFRESH_SECONDS', String(deployment.environment.modelRefreshSeconds));
  return predictions;
};

/** What the API asks: the function itself or, where processes are kept started, an alias of its newest version. */
const answering = (scope: Construct, { function: predictions }: PlatformFunction, { environment: { predictionProvisionedConcurrency } }: Deployment): IFunction =>
  (predictionProvisionedConcurrency === undefined ? predictions
    : new Alias(scope, 'Live', { aliasName: 'live', version: predictions.currentVersion, provisionedConcurrentExecutions: predictionProvisionedConcurrency, description: 'What the API asks' }));

const authorizerOf = (authorization: Authorization): IHttpRouteAuthorizer =>
  (authorization.kind === 'iam' ? new HttpIamAuthorizer() : new HttpJwtAuthorizer('Tokens', authorization.issuer, { jwtAudience: [...authorization.audience] }));

/** What pages of the environment's origins may ask: what the API has, with the headers that signatures and tokens take. */
const preflightOf = (origins: readonly string[]): CorsPreflightOptions => ({
  allowOrigins: [...origins], allowMethods: [CorsHttpMethod.GET, CorsHttpMethod.POST], allowHeaders: ['authorization', 'content-type', 'x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256'], maxAge: Duration.hours(1),
});

/** The throttling of each route that has its own, as CloudFormation takes it. */
const routeSettings = ({ routes: groups }: Environment['throttling']): Readonly<Record<string, unknown>> => Object.fromEntries(routes.flatMap(({ method, path, group }) => {
  const throttle = groups?.[group];
  return throttle ? [[`${method} ${path}`, { ThrottlingRateLimit: throttle.requestsPerSecond, ThrottlingBurstLimit: throttle.burst }]] : [];
}));

/** The HTTP API: every route asks for a signature or for a token with its scope, is throttled, and leaves a line in the access log. */
export const predictionApi = (scope: Construct, deployment: Deployment): HttpApi => {
  const { environment, names } = deployment;
  const predictions = predictionFunction(scope, deployment);
  const api = new HttpApi(scope, 'Api', { apiName: names.api, description: 'Predictions and features', createDefaultStage: false, defaultAuthorizer: authorizerOf(environment.authorization), ...(environment.corsOrigins ? { corsPreflight: preflightOf(environment.corsOrigins) } : {}) });
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
  const { authorization } = environment;
  const added: readonly HttpRoute[] = routes.flatMap(({ method, path, group }) => api.addRoutes({ path, methods: [HttpMethod[method]], integration, ...(authorization.kind === 'jwt' ? { authorizationScopes: [scopeOfRoutes(authorization, group)] } : {}) }));
  const ofRoutes = routeSettings(environment.throttling);
  if (Object.keys(ofRoutes).length > 0) {
    resource.routeSettings = ofRoutes;
    // The gateway takes settings of routes that are there alone.
    stage.node.addDependency(...added);
  }

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
  new CfnOutput(scope, 'Url', { value: api.apiEndpoint, description: environment.authorization.kind === 'iam' ? 'Where the API is; requests are signed for execute-api' : 'Where the API is; requests have an access token' });
  return api;
};
