import type { DefinitionProblem } from './check';
import type { Manifest, ModelDefinition, ModelEndpoint } from './manifest';

/** An HTTP API gives up after 30 seconds, and the model has to run after the state was read. */
const longestBudget = 25_000;

/** How long a prediction waits for an endpoint, where its model does not say. */
export const endpointTimeoutMilliseconds = 10_000;

/** How long a prediction of a model waits for endpoints in all, in milliseconds; `undefined` where it has none. */
export const longestWait = ({ serving }: Pick<ModelDefinition, 'serving'>): number | undefined => serving?.endpoint && (serving.endpoint.timeoutMilliseconds ?? endpointTimeoutMilliseconds);

const isWhole = (found: unknown, low: number, high: number): boolean => Number.isInteger(found) && Number(found) >= low && Number(found) <= high;

/** Limits of SageMaker's API reference: ProductionVariantServerlessConfig, ProductionVariant. */
const capacityProblems = (endpoint: ModelEndpoint): readonly string[] => {
  if (endpoint.kind === 'serverless') {
    const { memoryMegabytes, maxConcurrency } = endpoint;
    return [
      ...(isWhole(memoryMegabytes, 1024, 6144) && memoryMegabytes % 1024 === 0 ? [] : [`has serving.endpoint.memoryMegabytes ${memoryMegabytes}; it is 1024, 2048, 3072, 4096, 5120 or 6144`]),
      ...(isWhole(maxConcurrency, 1, 200) ? [] : [`has serving.endpoint.maxConcurrency ${maxConcurrency}; it is a whole number from 1 to 200`]),
    ];
  }
  const { kind, instanceType, instances } = endpoint;
  // A definition without types can say anything.
  if (kind as string !== 'real-time') return [`has serving.endpoint.kind '${kind}'; it is 'serverless' or 'real-time'`];
  return [
    ...(/^ml\.[a-z0-9-]+\.[a-z0-9-]+$/u.test(instanceType) ? [] : [`has serving.endpoint.instanceType '${instanceType}'; it is one of SageMaker's, such as ml.c6i.large`]),
    ...(isWhole(instances, 1, 100) ? [] : [`has serving.endpoint.instances ${instances}; it is a whole number from 1 to 100`]),
  ];
};

const endpointProblems = (endpoint: ModelEndpoint | undefined, budgetMilliseconds = 0): readonly string[] => {
  if (endpoint === undefined) return [];
  const { timeoutMilliseconds } = endpoint;
  const inAll = budgetMilliseconds + (timeoutMilliseconds ?? endpointTimeoutMilliseconds);
  return [
    ...capacityProblems(endpoint),
    ...(timeoutMilliseconds === undefined || isWhole(timeoutMilliseconds, 1, longestBudget) ? [] : [`has serving.endpoint.timeoutMilliseconds ${timeoutMilliseconds}; it is a whole number of milliseconds from 1 to ${longestBudget}`]),
    ...(budgetMilliseconds <= longestBudget && inAll > longestBudget ? [`waits ${budgetMilliseconds} ms for its state and ${inAll - budgetMilliseconds} ms for its endpoint; both together are at most ${longestBudget} ms`] : []),
  ];
};

/** What models say of how they are served. */
export const checkServing = ({ models }: Pick<Manifest, 'models'>): readonly DefinitionProblem[] => Object.entries(models).flatMap(([name, { serving }]) => {
  const { missing, budgetMilliseconds, log, endpoint } = serving ?? {};
  return [
    ...(missing === undefined || ['fail', 'default'].includes(missing) ? [] : [`has serving.missing '${missing}'; it is 'fail' or 'default'`]),
    ...(budgetMilliseconds === undefined || isWhole(budgetMilliseconds, 1, longestBudget) ? []
      : [`has serving.budgetMilliseconds ${budgetMilliseconds}; it is a whole number of milliseconds from 1 to ${longestBudget}`]),
    ...(log === undefined || (log.share >= 0 && log.share <= 1) ? [] : [`has serving.log.share ${log.share}; it is a number from 0, for none, to 1, for all predictions`]),
    ...endpointProblems(endpoint, budgetMilliseconds),
  ].map((problem) => ({ definition: `model ${name}`, problem }));
});
