import type { Deployment } from './deployment';
import { hasFlink } from './flink-application';

/** Seconds for which whoever validates events lets them gather: where Flink reads them on, features wait for this too. */
export const validatorWindowSeconds = (deployment: Deployment): number => {
  const { validatorBatchingWindowSeconds, aggregatorBatchingWindowSeconds } = deployment.environment;
  return hasFlink(deployment) ? Math.min(validatorBatchingWindowSeconds, aggregatorBatchingWindowSeconds) : validatorBatchingWindowSeconds;
};
