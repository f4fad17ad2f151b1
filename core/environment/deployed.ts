import type { Names } from './names';

/**
 * SSM parameter that records the hash of a definition that is online: `/headrace/<environment>/definitions/<kind>/<name>/v<version>`,
 * or without a version for entities.
 *
 * @param definition `<kind>/<name>[@v<version>]`, as the manifest's hashes are keyed; SSM allows no `@` in a name
 */
export const definitionParameterName = (names: Pick<Names, 'parameterPath'>, definition: string): string =>
  `${names.parameterPath}/definitions/${definition.replace(/@v(\d+)$/u, '/v$1')}`;

/** SSM path below which a parameter for each event type says since when its contracts are active. */
export const activationsPath = (names: Pick<Names, 'parameterPath'>): string => `${names.parameterPath}/active-contracts`;

/** SSM path below which a parameter for each erasure says whose records are passed over, without saying who it is. */
export const tombstonesPath = (names: Pick<Names, 'parameterPath'>): string => `${names.parameterPath}/tombstones`;

/** SSM parameters through which stacks and the command line find what has no name of its own. */
export const parameterNames = (names: Pick<Names, 'parameterPath'>): { readonly keyArn: string; readonly apiUrl: string; readonly modelEndpoints: string; readonly pseudonymKey: string } => ({
  keyArn: `${names.parameterPath}/key-arn`,
  apiUrl: `${names.parameterPath}/api-url`,
  modelEndpoints: `${names.parameterPath}/model-endpoints`,
  pseudonymKey: `${names.parameterPath}/pseudonym-key`,
});

/** SSM parameters of an environment that takes events by a topic of Kafka: where its cluster is, the security group of its clients, and the subnets of its brokers. */
export const kafkaParameters = (names: Pick<Names, 'parameterPath'>): { readonly clusterArn: string; readonly clients: string; readonly subnets: string } => ({
  clusterArn: `${names.parameterPath}/kafka/cluster-arn`,
  clients: `${names.parameterPath}/kafka/clients`,
  subnets: `${names.parameterPath}/kafka/subnets`,
});
