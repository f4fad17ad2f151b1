import { CustomResource, Duration, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { parameterNames } from '../../core/environment/deployed';
import { pseudonymousKeys } from '../../core/model/pseudonym';
import { grantPut } from './access';
import type { Deployment } from './deployment';
import { PlatformFunction } from './platform-function';

/** Whether a model of the environment predicts for persons: then its log hashes who they are. */
const predictsForPersons = ({ manifest }: Deployment): boolean => Object.values(manifest.models).some((model) => pseudonymousKeys(model, manifest.entities).length > 0);

const keyArn = (scope: Construct, { names }: Deployment): string => Stack.of(scope).formatArn({ service: 'ssm', resource: 'parameter', resourceName: parameterNames(names).pseudonymKey.slice(1) });

const grantKey = (fn: PlatformFunction): void => {
  // It is encrypted under the account's own key for SSM, which whoever may read a parameter may use.
  fn.allow(['ssm:GetParameter'], [keyArn(fn, fn.deployment)]);
  fn.tell('PSEUDONYM_KEY', parameterNames(fn.deployment.names).pseudonymKey);
};

/** Lets a function read the key of pseudonyms, where a model predicts for persons; sets `PSEUDONYM_KEY` then. */
export const grantReadPseudonymKey = (fn: PlatformFunction): void => {
  if (predictsForPersons(fn.deployment)) grantKey(fn);
};

/** Lets a function write what stands for a person into the request of their erasure. Also where no model predicts for persons any more: the lake keeps the logs of those that did. */
export const grantWritePseudonyms = (fn: PlatformFunction): void => {
  grantKey(fn);
  grantPut(fn, 'curated', 'work/erasures/');
};

/**
 * Makes the key of pseudonyms, where a model predicts for persons: a random value that no template and no person sees, in an
 * encrypted parameter, which costs nothing.
 */
export const pseudonymKey = (scope: Construct, deployment: Deployment): void => {
  if (!predictsForPersons(deployment)) return;
  const maker = new PlatformFunction(scope, 'PseudonymKeyMaker', { deployment, name: 'pseudonym-key', description: 'Makes the key under which the log of predictions hashes who somebody is', memoryMegabytes: 256, timeout: Duration.minutes(1) });
  const { ephemeral } = deployment.environment;
  maker.allow(['ssm:PutParameter', ...(ephemeral ? ['ssm:DeleteParameter'] : [])], [keyArn(scope, deployment)]);
  maker.tell('PSEUDONYM_KEY', parameterNames(deployment.names).pseudonymKey);
  const key = new CustomResource(scope, 'PseudonymKey', { resourceType: 'Custom::HeadracePseudonymKey', serviceToken: maker.function.functionArn, serviceTimeout: Duration.minutes(2), properties: { ephemeral } });
  key.node.addDependency(maker);
};
