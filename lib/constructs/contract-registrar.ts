import { ArnFormat, CustomResource, Duration, Stack } from 'aws-cdk-lib';
import type { Construct, IDependable } from 'constructs';
import { activationsPath } from '../../core/environment/deployed';
import { grantConfluentRegistry, grantGlueSchemaVersions } from './access';
import type { Deployment } from './deployment';
import { justify } from './justification';
import { PlatformFunction } from './platform-function';

const registrarName = 'contract-registrar';

const grantRegistry = (registrar: PlatformFunction): void => {
  if (grantConfluentRegistry(registrar)) return;
  const stack = Stack.of(registrar);
  const { registry } = registrar.deployment.names;
  const schemas = stack.formatArn({ service: 'glue', resource: 'schema', resourceName: `${registry}/*` });
  registrar.allow(['glue:CreateRegistry', 'glue:GetRegistry'], [stack.formatArn({ service: 'glue', resource: 'registry', resourceName: registry })]);
  registrar.allow(
    ['glue:CreateSchema', 'glue:GetSchema', 'glue:GetSchemaByDefinition', 'glue:ListSchemaVersions', 'glue:PutSchemaVersionMetadata', 'glue:RegisterSchemaVersion', 'glue:UpdateSchema'],
    [stack.formatArn({ service: 'glue', resource: 'registry', resourceName: registry }), schemas],
  );
  grantGlueSchemaVersions(registrar);
  justify(registrar.role, `AwsSolutions-IAM5[Resource::${schemas}]`, 'Registers the contracts of all event types, in schemas of its own registry.');
};

const grantParameters = (registrar: PlatformFunction): void => {
  const stack = Stack.of(registrar);
  const { names } = registrar.deployment;
  const parameter = (path: string): string => stack.formatArn({ service: 'ssm', resource: 'parameter', resourceName: path.slice(1) });
  const [active, definitions] = [parameter(activationsPath(names)), parameter(`${names.parameterPath}/definitions/event`)];
  registrar.allow(['ssm:GetParametersByPath'], [active, definitions]);
  registrar.allow(['ssm:PutParameter', 'ssm:DeleteParameters'], [`${active}/*`]);
  registrar.tell('ACTIVATIONS_PATH', activationsPath(names));
  registrar.tell('DEFINITIONS_PATH', `${names.parameterPath}/definitions`);
  registrar.tell('ACTIVATION_SECONDS', String(registrar.deployment.environment.contractActivationSeconds));
  justify(registrar.role, `AwsSolutions-IAM5[Resource::${active}/*]`, 'Publishes since when contracts are active, a parameter for each event type.');
};

/**
 * Registers the contracts of all event types in the environment's schema registry, by a custom resource: one that is not compatible
 * fails the deploy before anything else changes. CloudFormation's own schema types run into the registry's rate limits and
 * would delete what the lake was written by.
 *
 * @param after what must have agreed before
 * @returns what others may wait for
 */
export const registeredContracts = (scope: Construct, deployment: Deployment, after: IDependable): IDependable => {
  const registrar = new PlatformFunction(scope, 'ContractRegistrar', {
    deployment,
    name: registrarName,
    description: 'Registers contracts in the schema registry and activates them',
    memoryMegabytes: 512,
    timeout: Duration.minutes(10),
  });
  grantRegistry(registrar);
  grantParameters(registrar);
  const contracts = new CustomResource(scope, 'Contracts', {
    resourceType: 'Custom::HeadraceContracts',
    serviceToken: registrar.function.functionArn,
    serviceTimeout: Duration.minutes(12),
    properties: { manifestHash: deployment.manifest.hash, ephemeral: deployment.environment.ephemeral },
  });
  contracts.node.addDependency(registrar, after);
  return contracts;
};

/**
 * Activates the contracts that this deploy brings: the last step, when both consumers have them.
 *
 * @param after the consumers of this stack; those of earlier stacks are there already
 */
export const activatedContracts = (scope: Construct, { manifest, environment, names }: Deployment, after: IDependable): void => {
  const activation = new CustomResource(scope, 'ActiveContracts', {
    resourceType: 'Custom::HeadraceActivation',
    serviceToken: Stack.of(scope).formatArn({ service: 'lambda', resource: 'function', resourceName: names.function(registrarName), arnFormat: ArnFormat.COLON_RESOURCE_NAME }),
    serviceTimeout: Duration.minutes(2),
    properties: { manifestHash: manifest.hash, ephemeral: environment.ephemeral },
  });
  activation.node.addDependency(after);
};
