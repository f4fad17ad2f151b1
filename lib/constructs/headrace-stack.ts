import { Stack, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Deployment } from './deployment';

/** The layers, in the order in which they are deployed. */
export const layers = ['contracts', 'storage', 'ingestion', 'feature-store', 'processing', 'serving', 'observability'] as const;
export type Layer = (typeof layers)[number];

/**
 * The feature flags that the stacks are written for. They are set here and not in cdk.json, so that an app that
 * takes the stacks from the package synthesizes the same templates.
 */
const featureFlags = [
  '@aws-cdk/aws-iam:minimizePolicies',
  '@aws-cdk/core:enablePartitionLiterals',
  '@aws-cdk/aws-kms:aliasNameRef',
  '@aws-cdk/aws-s3:createDefaultLoggingPolicy',
  '@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy',
] as const;

/** A stack of one layer of one environment, with its deterministic name and the environment's account and region. */
export class HeadraceStack extends Stack {
  /**
   * @param description what the layer holds, a sentence
   */
  constructor(scope: Construct, layer: Layer | 'orchestration', { environment, names }: Deployment, description: string) {
    super(scope, names.stack(layer), {
      stackName: names.stack(layer),
      env: { account: environment.account, region: environment.region },
      description,
      terminationProtection: environment.protected,
    });
    for (const flag of featureFlags) this.node.setContext(flag, true);
    Tags.of(this).add('headrace:environment', environment.name);
  }
}
