/** A CloudFormation template: a stream, a function that fails at random, and the mapping between them. */
export interface FaultyFunction {
  /** Share of invocations that throw before they do anything. */
  readonly throwsBefore: number;
  /** Share that throw after they have done their work. */
  readonly throwsAfter: number;
  /** Share that stop at a record and report it. */
  readonly stops: number;
}

const code = `
const { S3Client, PutObjectCommand } = require('@aws-sdk/client-s3');
const s3 = new S3Client({ forcePathStyle: true });
const share = (name) => Number(process.env[name]);
exports.handler = async (event) => {
  const fate = Math.random();
  if (fate < share('THROWS_BEFORE')) throw new Error('before');
  const sequences = event.Records.map((record) => record.kinesis.sequenceNumber);
  const stop = fate > 1 - share('STOPS') ? Math.floor(Math.random() * sequences.length) : sequences.length;
  const handled = event.Records.slice(0, stop).map((record) => Buffer.from(record.kinesis.data, 'base64').toString());
  if (handled.length > 0) {
    const shard = event.Records[0].eventID.split(':')[0];
    await s3.send(new PutObjectCommand({ Bucket: process.env.BUCKET, Key: shard + '/' + sequences[0] + '-' + Math.random(), Body: JSON.stringify({ node: process.version, zone: process.env.TZ, handled }) }));
  }
  if (fate < share('THROWS_BEFORE') + share('THROWS_AFTER')) throw new Error('after');
  return { batchItemFailures: stop < sequences.length ? [{ itemIdentifier: sequences[stop] }] : [] };
};`;

/** @param mapping further properties of the event source mapping */
export const templateWith = (name: string, faults: FaultyFunction, mapping: Readonly<Record<string, unknown>>): string => JSON.stringify({
  Resources: {
    Stream: { Type: 'AWS::Kinesis::Stream', Properties: { Name: `${name}-events`, ShardCount: 2 } },
    Handled: { Type: 'AWS::S3::Bucket', Properties: { BucketName: `${name}-handled` } },
    Failures: { Type: 'AWS::S3::Bucket', Properties: { BucketName: `${name}-failures` } },
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: { AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }] } },
    },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: `${name}-consumer`, Runtime: 'nodejs24.x', Handler: 'index.handler', Timeout: 30, Role: { 'Fn::GetAtt': ['Role', 'Arn'] }, Code: { ZipFile: code },
        Environment: { Variables: { BUCKET: `${name}-handled`, THROWS_BEFORE: String(faults.throwsBefore), THROWS_AFTER: String(faults.throwsAfter), STOPS: String(faults.stops) } },
      },
    },
    Mapping: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: { EventSourceArn: { 'Fn::GetAtt': ['Stream', 'Arn'] }, FunctionName: { Ref: 'Function' }, StartingPosition: 'TRIM_HORIZON', ...mapping },
    },
  },
});

/** A CloudFormation template: a function that always fails, and a bucket for what it was to do while nobody waited. */
export const failingTemplate = (name: string): string => JSON.stringify({
  Resources: {
    Failures: { Type: 'AWS::S3::Bucket', Properties: { BucketName: `${name}-failures` } },
    Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }] } } },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: { FunctionName: `${name}-writer`, Runtime: 'nodejs24.x', Handler: 'index.handler', Role: { 'Fn::GetAtt': ['Role', 'Arn'] }, Code: { ZipFile: "exports.handler = async () => { throw new Error('no broker'); };" } },
    },
    Kept: { Type: 'AWS::Lambda::EventInvokeConfig', Properties: { FunctionName: { Ref: 'Function' }, Qualifier: '$LATEST', MaximumRetryAttempts: 1, DestinationConfig: { OnFailure: { Destination: `arn:aws:s3:::${name}-failures` } } } },
  },
});

/** A CloudFormation template: an HTTP API with one route, which asks for a signature, and a function that answers it. */
export const apiTemplate = (name: string): string => JSON.stringify({
  Resources: {
    Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }] } } },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: { FunctionName: `${name}-answer`, Runtime: 'nodejs24.x', Handler: 'index.handler', Role: { 'Fn::GetAtt': ['Role', 'Arn'] }, Code: { ZipFile: "exports.handler = async () => ({ statusCode: 200, body: 'here' });" } },
    },
    Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: name, ProtocolType: 'HTTP' } },
    Stage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: { Ref: 'Api' }, StageName: '$default', AutoDeploy: true } },
    Integration: { Type: 'AWS::ApiGatewayV2::Integration', Properties: { ApiId: { Ref: 'Api' }, IntegrationType: 'AWS_PROXY', IntegrationUri: { 'Fn::GetAtt': ['Function', 'Arn'] }, PayloadFormatVersion: '2.0' } },
    Route: { Type: 'AWS::ApiGatewayV2::Route', Properties: { ApiId: { Ref: 'Api' }, RouteKey: 'POST /v1/models/{model}/predictions', AuthorizationType: 'AWS_IAM', Target: { 'Fn::Join': ['/', ['integrations', { Ref: 'Integration' }]] } } },
  },
  Outputs: { Url: { Value: { 'Fn::GetAtt': ['Api', 'ApiEndpoint'] } } },
});
