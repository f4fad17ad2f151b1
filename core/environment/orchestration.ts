/** An environment of Amazon MWAA. It costs by the hour, whether a DAG runs or not. */
export interface MwaaSettings {
  /** Its size; `mw1.small` when nothing is said. */
  readonly environmentClass?: 'mw1.small' | 'mw1.medium' | 'mw1.large';
  /** Workers at most, 1 to 25; 2 when nothing is said. A task that waits for a pipeline takes none. */
  readonly workers?: number;
}

/** DAGs of Apache Airflow start datasets. */
export interface AirflowOrchestration {
  readonly kind: 'airflow';
  /** `YYYY-MM-DD`, UTC: from this day on each moment of a dataset's schedule gets its batch, also those that are past. */
  readonly startDate: string;
  /** Times that a task is tried again after a fault, 0 to 10; 3 when nothing is said. What the quality gate refused is not tried again. */
  readonly retries?: number;
  /** Minutes before the first of them, 0 to 1440; each further one waits longer. 5 when nothing is said. */
  readonly retryMinutes?: number;
  /** Batches of a dataset at once, 1 to 16; 2 when nothing is said. */
  readonly concurrency?: number;
  /** Whether the triggerer waits for a pipeline, and not a worker; true when nothing is said. */
  readonly deferrable?: boolean;
  /** Seconds between two looks at a pipeline that runs, 1 to 600; 15 when nothing is said. */
  readonly pollSeconds?: number;
  /** Seconds between two looks at what a dataset depends on, 1 to 3600; 60 when nothing is said. */
  readonly dependencyPollSeconds?: number;
  /** Deploys an environment of Amazon MWAA with the DAGs; absent: an Airflow of your own gets them by `headrace airflow generate`. */
  readonly mwaa?: MwaaSettings;
}

/** Who starts datasets by their schedules. */
export type Orchestration = { readonly kind: 'scheduler' } | AirflowOrchestration;
