import { Duration } from 'aws-cdk-lib';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { parameterNames } from '../../core/environment/deployed';
import type { Deployment } from './deployment';
import { removalPolicyOf } from './zone-bucket';

/**
 * Services that use the key in nobody's name: alarms and events that are sent to the encrypted topic, and S3's own
 * deliveries. EventBridge gives no source with its calls for an encrypted topic, so a condition on the source would lose
 * its messages without a word (SNS developer guide, "Managing encryption keys").
 */
const services = [
  { service: 'cloudwatch', givesSource: true },
  { service: 's3', givesSource: true },
  { service: 'events', givesSource: false },
] as const;

/**
 * The environment's one customer-managed key, for S3 and SNS, rotated every year. Its policy names services and the
 * account, never a consumer's role: what a role may do with it stands in that role's own policy.
 */
export const platformKey = (scope: Construct, deployment: Deployment): Key => {
  const { environment, names } = deployment;
  const key = new Key(scope, 'Key', {
    alias: names.keyAlias,
    description: `Data of Headrace in the environment ${environment.name}`,
    enableKeyRotation: true,
    pendingWindow: Duration.days(environment.ephemeral ? 7 : 30),
    removalPolicy: removalPolicyOf(deployment),
  });
  for (const { service, givesSource } of services) {
    key.addToResourcePolicy(new PolicyStatement({
      sid: `UsedBy${service.charAt(0).toUpperCase()}${service.slice(1)}`,
      effect: Effect.ALLOW,
      principals: [new ServicePrincipal(`${service}.amazonaws.com`)],
      actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      resources: ['*'],
      ...(givesSource ? { conditions: { StringEquals: { 'aws:SourceAccount': environment.account } } } : {}),
    }));
  }
  new StringParameter(scope, 'KeyArn', { parameterName: parameterNames(names).keyArn, stringValue: key.keyArn, description: 'ARN of the key, for policies of the other stacks' });
  return key;
};
