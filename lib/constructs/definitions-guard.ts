import { CustomResource, Duration, Stack } from 'aws-cdk-lib';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { definitionParameterName } from '../../core/environment/deployed';
import { hashesOf } from '../../core/manifest/difference';
import type { Deployment } from './deployment';
import { registeredContracts } from './contract-registrar';
import { PlatformFunction } from './platform-function';

const guardFunction = (scope: Construct, deployment: Deployment): PlatformFunction => {
  const guard = new PlatformFunction(scope, 'DefinitionsGuard', {
    deployment,
    name: 'definitions-guard',
    description: 'Refuses a deploy that changes a definition under a version that is online',
    memoryMegabytes: 256,
    timeout: Duration.minutes(1),
  });
  const path = `${deployment.names.parameterPath}/definitions`;
  const parameters = Stack.of(scope).formatArn({ service: 'ssm', resource: 'parameter', resourceName: path.slice(1) });
  guard.allow(['ssm:GetParametersByPath'], [parameters]);
  guard.tell('DEFINITIONS_PATH', path);
  return guard;
};

/**
 * Records the hash of every definition in a parameter, after custom resources have agreed: a changed hash under a version
 * that is online is refused, unless the environment is ephemeral, and so is a contract that is not compatible.
 */
export const guardedDefinitions = (scope: Construct, deployment: Deployment): void => {
  const { environment, manifest, names } = deployment;
  const definitions = hashesOf(manifest);
  const guard = guardFunction(scope, deployment);
  const agreement = new CustomResource(scope, 'Definitions', {
    resourceType: 'Custom::HeadraceDefinitions',
    serviceToken: guard.function.functionArn,
    serviceTimeout: Duration.minutes(2),
    properties: { definitions, ephemeral: environment.ephemeral },
  });
  agreement.node.addDependency(guard);
  const contracts = registeredContracts(scope, deployment, agreement);
  for (const [name, hash] of Object.entries(definitions)) {
    const parameter = new StringParameter(scope, `Definition-${name}`, { parameterName: definitionParameterName(names, name), stringValue: hash, description: `Hash of ${name} as it is online` });
    parameter.node.addDependency(contracts);
  }
};
