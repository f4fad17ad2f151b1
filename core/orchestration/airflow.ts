import { isPostgresDataset } from '../dataset/postgres';
import { dependenciesOf } from '../dataset/dependencies';
import { cronExpression, type Schedule } from '../dataset/schedule';
import type { Environment } from '../environment/environment';
import type { AirflowOrchestration } from '../environment/orchestration';
import type { Names } from '../environment/names';
import { versionedName, type DatasetDefinition, type Manifest } from '../manifest/manifest';

/*
 * What Apache Airflow is told of an environment's datasets: one description in JSON, from which airflow-dags/ makes a DAG a
 * dataset. Names of its properties are as Python writes them.
 */

/** A schedule as cron writes it, in the time zone that it is meant in. */
interface CronSchedule { readonly cron: string; readonly time_zone: string }

/** A dataset as its DAG knows it. */
interface DatasetDescription {
  readonly dataset: string;
  readonly dag_id: string;
  readonly description: string;
  readonly owner: string;
  /** `database`: each moment of the schedule has a batch. `files`: a run lands what came. */
  readonly source: 'database' | 'files';
  readonly schedule: CronSchedule | null;
  readonly dependencies: readonly { readonly dataset: string; readonly schedule: CronSchedule | null }[];
  /** Name and URI of the asset that gets an event when a batch is committed. */
  readonly asset: string;
  readonly uri: string;
}

/** All that the DAGs of an environment are made from. */
export interface AirflowDescription {
  readonly environment: string;
  readonly region: string;
  /** ARN of the machine that lands a batch. */
  readonly state_machine: string;
  /** Name of the function that says which files are new. */
  readonly scheduler_function: string;
  /** The day, in UTC, from which on each moment of a schedule gets its batch. */
  readonly start_date: string;
  readonly retries: number;
  readonly retry_minutes: number;
  /** Runs of a DAG at once. */
  readonly concurrency: number;
  /** Whether the triggerer waits for a pipeline, and not a worker. */
  readonly deferrable: boolean;
  /** Seconds between two looks at a pipeline, and at what a dataset depends on. */
  readonly poll_seconds: number;
  readonly dependency_poll_seconds: number;
  readonly datasets: readonly DatasetDescription[];
}

/** A schedule as the description has it. */
export const cronOf = (schedule: Schedule): CronSchedule => {
  const { expression, timeZone } = cronExpression(schedule);
  return { cron: expression, time_zone: timeZone };
};

const scheduleOf = ({ schedule }: DatasetDefinition): CronSchedule | null => (schedule === undefined ? null : cronOf(schedule));

const describe = (dataset: DatasetDefinition, manifest: Pick<Manifest, 'datasets'>, { prefix }: Names, environment: string): DatasetDescription => ({
  dataset: versionedName(dataset),
  dag_id: `${prefix}-${dataset.name}-v${dataset.version}`,
  description: dataset.description ?? `Lands the dataset ${versionedName(dataset)}`,
  owner: dataset.owner ?? 'headrace',
  source: isPostgresDataset(dataset) ? 'database' : 'files',
  schedule: scheduleOf(dataset),
  dependencies: dependenciesOf(dataset, manifest).map((each) => ({ dataset: versionedName(each), schedule: scheduleOf(each) })),
  asset: `${prefix}-${dataset.name}-v${dataset.version}`,
  uri: `headrace://${environment}/datasets/${dataset.name}/v${dataset.version}`,
});

/** The orchestration of an environment whose datasets Airflow starts; undefined where EventBridge Scheduler does. */
export const airflowOf = ({ orchestration }: Pick<Environment, 'orchestration'>): AirflowOrchestration | undefined => (orchestration.kind === 'airflow' ? orchestration : undefined);

/**
 * Describes the datasets of an environment for Airflow.
 *
 * @param orchestration how Airflow runs them, see {@link airflowOf}
 */
export const describeForAirflow = (manifest: Pick<Manifest, 'datasets'>, environment: Pick<Environment, 'name' | 'account' | 'region'>, names: Names, orchestration: AirflowOrchestration): AirflowDescription => ({
  environment: environment.name,
  region: environment.region,
  state_machine: `arn:aws:states:${environment.region}:${environment.account}:stateMachine:${names.stateMachine('land-dataset')}`,
  scheduler_function: names.function('dataset-scheduler'),
  start_date: orchestration.startDate,
  retries: orchestration.retries ?? 3,
  retry_minutes: orchestration.retryMinutes ?? 5,
  concurrency: orchestration.concurrency ?? 2,
  deferrable: orchestration.deferrable ?? true,
  poll_seconds: orchestration.pollSeconds ?? 15,
  dependency_poll_seconds: orchestration.dependencyPollSeconds ?? 60,
  datasets: Object.values(manifest.datasets).map((dataset) => describe(dataset, manifest, names, environment.name)),
});

/** Name of an environment's description, beside headrace_datasets.py. */
export const descriptionFile = ({ name }: Pick<Environment, 'name'>): string => `headrace-${name}.json`;

/** The description as it is written. */
export const descriptionText = (description: AirflowDescription): string => `${JSON.stringify(description, undefined, 2)}\n`;
