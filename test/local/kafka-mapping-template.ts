import type { FaultyFunction } from './mapping-template';

const code = `
const { S3Client, PutObjectCommand } = require('@aws-sdk/client-s3');
const s3 = new S3Client({ forcePathStyle: true });
const share = (name) => Number(process.env[name]);
exports.handler = async (event) => {
  const fate = Math.random();
  if (fate < share('THROWS_BEFORE')) throw new Error('before');
  const all = Object.entries(event.records).flatMap(([partition, records]) => records.map((record) => ({ partition, record })));
  const stop = fate > 1 - share('STOPS') ? Math.floor(Math.random() * all.length) : all.length;
  const handled = all.slice(0, stop).map(({ record }) => [record.partition, record.offset, Buffer.from(record.value, 'base64').toString()]);
  if (handled.length > 0) await s3.send(new PutObjectCommand({ Bucket: process.env.BUCKET, Key: Date.now() + '-' + Math.random(), Body: JSON.stringify({ handled, event: share('KEEPS_EVENT') ? event : null }) }));
  if (fate < share('THROWS_BEFORE') + share('THROWS_AFTER')) throw new Error('after');
  return { batchItemFailures: all.slice(stop).map(({ partition, record }) => ({ itemIdentifier: { partition, offset: record.offset } })) };
};`;

/**
 * A CloudFormation template: a cluster of MSK, a function that fails at random, and the mapping between them.
 *
 * @param mapping further properties of the event source mapping
 */
export const kafkaTemplateWith = (name: string, faults: FaultyFunction & { readonly keepsEvent?: boolean }, mapping: Readonly<Record<string, unknown>>): string => JSON.stringify({
  Resources: {
    Cluster: { Type: 'AWS::MSK::ServerlessCluster', Properties: { ClusterName: name, ClientAuthentication: { Sasl: { Iam: { Enabled: true } } }, VpcConfigs: [{ SubnetIds: ['subnet-1', 'subnet-2'] }] } },
    Handled: { Type: 'AWS::S3::Bucket', Properties: { BucketName: `${name}-handled` } },
    Failures: { Type: 'AWS::S3::Bucket', Properties: { BucketName: `${name}-failures` } },
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: { AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }] } },
    },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: `${name}-function`, Runtime: 'nodejs24.x', Handler: 'index.handler', Code: { ZipFile: code }, Timeout: 30, Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
        Environment: { Variables: { BUCKET: `${name}-handled`, THROWS_BEFORE: String(faults.throwsBefore), THROWS_AFTER: String(faults.throwsAfter), STOPS: String(faults.stops), KEEPS_EVENT: faults.keepsEvent ? '1' : '0' } },
      },
    },
    Mapping: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        FunctionName: { Ref: 'Function' }, EventSourceArn: { 'Fn::GetAtt': ['Cluster', 'Arn'] }, Topics: [`${name}-events`], StartingPosition: 'TRIM_HORIZON',
        AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: `${name}-group` }, ...mapping,
      },
    },
  },
  Outputs: { Cluster: { Value: { Ref: 'Cluster' } } },
});
