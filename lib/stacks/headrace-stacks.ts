import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Environment } from '../../core/environment/environment';
import { namesOf } from '../../core/environment/names';
import { validateEnvironment } from '../../core/environment/validate';
import { flinkViews } from '../../core/feature/flink-views';
import { versionedName, type Manifest } from '../../core/manifest/manifest';
import { airflowOf } from '../../core/orchestration/airflow';
import type { Deployment } from '../constructs/deployment';
import { layers, type Layer } from '../constructs/headrace-stack';
import { ContractsStack } from './contracts';
import { FeatureStoreStack } from './feature-store';
import { IngestionStack } from './ingestion';
import { ObservabilityStack } from './observability';
import { OrchestrationStack } from './orchestration';
import { ProcessingStack } from './processing';
import { ServingStack } from './serving';
import { StorageStack } from './storage';

export interface HeadraceStacksProps {
  readonly environment: Environment;
  /** The project: the directory with definitions/ and generated/. */
  readonly projectDirectory: string;
  /**
   * The definitions, compiled.
   *
   * @default generated/manifest.json of the project
   */
  readonly manifest?: Manifest;
  /**
   * Where manifest.json and validators.js are, which the Lambdas are bundled with.
   *
   * @default generated/ of the project
   */
  readonly generatedDirectory?: string;
}

const make: Readonly<Record<Layer, (scope: Construct, deployment: Deployment) => Stack>> = {
  contracts: (scope, deployment) => new ContractsStack(scope, deployment),
  storage: (scope, deployment) => new StorageStack(scope, deployment),
  ingestion: (scope, deployment) => new IngestionStack(scope, deployment),
  'feature-store': (scope, deployment) => new FeatureStoreStack(scope, deployment),
  processing: (scope, deployment) => new ProcessingStack(scope, deployment),
  serving: (scope, deployment) => new ServingStack(scope, deployment),
  observability: (scope, deployment) => new ObservabilityStack(scope, deployment),
};

const readManifest = (directory: string): Manifest => {
  const file = join(directory, 'manifest.json');
  if (!existsSync(file)) throw new Error(`there is no ${file}; run npx headrace compile.`);
  return JSON.parse(readFileSync(file, 'utf8')) as Manifest;
};

/** Refuses views that this environment could not work out: Flink reads topics. */
const requireTopicForFlink = ({ environment, manifest }: Deployment): void => {
  const [view] = flinkViews(manifest);
  if (view !== undefined && environment.ingestion !== 'msk') throw new Error(`The feature view ${versionedName(view)} has the engine 'flink', and events come in by ${environment.ingestion} in the environment ${environment.name}; Flink reads topics, so that ingestion must be 'msk'. Set it in environments.ts, or leave the engine of the view out.`);
};

/**
 * Adds all stacks of an environment to an app, in the order in which they are deployed. Stacks depend on each other by
 * order alone: what one needs of another it finds by name.
 *
 * @throws Error when the environment is not valid, or the project is not compiled
 */
export const headraceStacks = (app: Construct, { environment, projectDirectory, generatedDirectory = join(projectDirectory, 'generated'), manifest = readManifest(generatedDirectory) }: HeadraceStacksProps): Readonly<Record<Layer, Stack>> => {
  const deployment: Deployment = { environment: validateEnvironment(environment), names: namesOf(environment), manifest, projectDirectory, generatedDirectory };
  requireTopicForFlink(deployment);
  const stacks: Partial<Record<Layer, Stack>> = {};
  let previous: Stack | undefined;
  for (const layer of layers) {
    const stack = make[layer](app, deployment);
    if (previous !== undefined) stack.addStackDependency(previous, 'layers are deployed in their order');
    stacks[layer] = stack;
    previous = stack;
  }
  const airflow = airflowOf(deployment.environment);
  // No layer: only an environment that asks for it has it.
  if (airflow?.mwaa !== undefined && previous !== undefined) new OrchestrationStack(app, deployment, airflow, airflow.mwaa).addStackDependency(previous, 'Airflow starts what is deployed');
  return stacks as Readonly<Record<Layer, Stack>>;
};
