import { environmentOf, namesOf } from '../../../core/environment';
import type { AirflowOrchestration } from '../../../core/environment/orchestration';
import { airflowOf, cronOf, describeForAirflow, descriptionFile, descriptionText } from '../../../core/orchestration/airflow';
import * as shop from '../../fixtures/airflow/definitions';
import * as database from '../../fixtures/database/definitions';
import { manifestOf } from '../../fixtures/contracts';

const orchestration: AirflowOrchestration = { kind: 'airflow', startDate: '2026-03-01' };
const staging = environmentOf({ name: 'staging', account: '111122223333', region: 'eu-central-1', orchestration });
const describeDatasets = (definitions: Readonly<Record<string, unknown>>, settings: AirflowOrchestration = orchestration) => describeForAirflow(manifestOf(definitions), staging, namesOf(staging), settings);
const datasetOf = (definitions: Readonly<Record<string, unknown>>, name: string) => describeDatasets(definitions).datasets.find(({ dataset }) => dataset === name);

describe('the description of an environment for Airflow', () => {
  it('names the pipeline of that environment, and says how its DAGs run where the environment does not', () => {
    const { datasets, ...rest } = describeDatasets({ ...shop });
    expect(datasets.map(({ dag_id: dag }) => dag)).toEqual(['headrace-staging-accounts-v1', 'headrace-staging-branches-v1', 'headrace-staging-orders-v1', 'headrace-staging-statement-v1']);
    expect(rest).toEqual({
      environment: 'staging', region: 'eu-central-1', state_machine: 'arn:aws:states:eu-central-1:111122223333:stateMachine:headrace-staging-land-dataset', scheduler_function: 'headrace-staging-dataset-scheduler',
      start_date: '2026-03-01', retries: 3, retry_minutes: 5, concurrency: 2, deferrable: true, poll_seconds: 15, dependency_poll_seconds: 60,
    });
    expect(describeDatasets({ ...shop }, { ...orchestration, retries: 0, concurrency: 4, deferrable: false })).toMatchObject({ retries: 0, concurrency: 4, deferrable: false });
  });

  it('has a dataset with its schedule, what it waits for with theirs, and the asset that says it has a batch', () => {
    expect(datasetOf({ ...shop }, 'orders@v1')).toEqual({
      dataset: 'orders@v1', dag_id: 'headrace-staging-orders-v1', description: 'Lands the dataset orders@v1', owner: 'headrace', source: 'database',
      schedule: { cron: '0 6 * * *', time_zone: 'UTC' }, dependencies: [{ dataset: 'accounts@v1', schedule: { cron: '0 5 * * *', time_zone: 'UTC' } }],
      asset: 'headrace-staging-orders-v1', uri: 'headrace://staging/datasets/orders/v1',
    });
    expect(datasetOf({ ...shop }, 'statement@v1')).toMatchObject({ schedule: null, dependencies: [{ dataset: 'orders@v1' }] });
    expect(datasetOf({ ...shop }, 'branches@v1')).toMatchObject({ source: 'files', schedule: { cron: '10 * * * *' } });
  });

  it('keeps the time zone of a schedule', () => {
    expect(datasetOf({ ...database }, 'accounts@v1')?.schedule).toEqual({ cron: '0 6 * * *', time_zone: 'Europe/Berlin' });
    expect(cronOf({ daily: '06:05', on: ['MON', 'FRI'], timeZone: 'Asia/Tokyo' })).toEqual({ cron: '5 6 * * MON,FRI', time_zone: 'Asia/Tokyo' });
    expect(cronOf({ hourly: 15 })).toEqual({ cron: '15 * * * *', time_zone: 'UTC' });
  });

  it('is the same text for the same definitions, in a file of its own for each environment', () => {
    expect(descriptionText(describeDatasets({ ...shop }))).toBe(descriptionText(describeDatasets({ ...shop })));
    expect(JSON.parse(descriptionText(describeDatasets({ ...shop })))).toEqual(describeDatasets({ ...shop }));
    expect(descriptionFile(staging)).toBe('headrace-staging.json');
  });

  it('is for environments whose datasets Airflow starts alone', () => {
    expect(airflowOf(staging)).toBe(orchestration);
    expect(airflowOf(environmentOf({ name: 'staging', account: '111122223333', region: 'eu-central-1' }))).toBeUndefined();
  });
});
