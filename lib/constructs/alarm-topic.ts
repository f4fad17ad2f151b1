import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { keyArnOf } from './access';
import type { Deployment } from './deployment';

/** Where alarms and failed pipelines are told: a topic encrypted with the environment's key, reached by TLS alone. */
export const alarmTopic = (scope: Construct, deployment: Deployment): Topic => {
  const { environment, names } = deployment;
  const topic = new Topic(scope, 'Alarms', {
    topicName: names.alarmTopic,
    displayName: `Headrace ${environment.name}`,
    masterKey: Key.fromKeyArn(scope, 'Key', keyArnOf(scope, deployment)),
    enforceSSL: true,
  });
  topic.addToResourcePolicy(new PolicyStatement({
    sid: 'Alarms',
    effect: Effect.ALLOW,
    principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
    actions: ['sns:Publish'],
    resources: [topic.topicArn],
    conditions: { StringEquals: { 'aws:SourceAccount': environment.account } },
  }));
  // EventBridge takes no conditions in a topic's policy.
  topic.addToResourcePolicy(new PolicyStatement({
    sid: 'Events',
    effect: Effect.ALLOW,
    principals: [new ServicePrincipal('events.amazonaws.com')],
    actions: ['sns:Publish'],
    resources: [topic.topicArn],
  }));
  if (environment.alarmEmail !== undefined) topic.addSubscription(new EmailSubscription(environment.alarmEmail));
  return topic;
};
