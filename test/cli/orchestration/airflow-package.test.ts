import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeAirflowPackage } from '../../../cli/orchestration/airflow-package';
import type { Context } from '../../../cli/context';
import { environmentOf, namesOf, type Environment } from '../../../core/environment';
import * as definitions from '../../fixtures/airflow/definitions';
import { manifestOf } from '../../fixtures/contracts';

const directory = mkdtempSync(join(tmpdir(), 'headrace-airflow-'));
afterAll(() => { rmSync(directory, { recursive: true, force: true }); });

const contextOf = (orchestration: Environment['orchestration']): Context => {
  const environment = environmentOf({ name: 'staging', account: '111122223333', region: 'eu-central-1', orchestration });
  return { environment, names: namesOf(environment), manifest: manifestOf({ ...definitions }), project: { directory, home: directory, definitions: '', environments: '', manifest: join(directory, 'generated', 'manifest.json'), validators: '', contracts: '', app: '', output: '' } };
};
const context = contextOf({ kind: 'airflow', startDate: '2026-03-01' });

describe('the DAG package', () => {
  it('is written beside the manifest, and is then up to date', () => {
    expect(() => writeAirflowPackage(context, { check: true })).toThrow(/The DAG package in .* differs from the manifest:\n(?: {2}.+\n)* {2}dags/u);
    const first = writeAirflowPackage(context);
    expect(first.directory).toBe(join(directory, 'generated', 'airflow', 'staging'));
    expect(first.written).toEqual(expect.arrayContaining(['dags/headrace-staging.json', 'dags/headrace_datasets.py', 'plugins/headrace_airflow/operators.py', 'requirements.txt']));
    expect(writeAirflowPackage(context, { check: true })).toMatchObject({ written: [], removed: [] });
  });

  it('is stale when a setting or a file of it changed, and written anew where it did', () => {
    const { directory: written } = writeAirflowPackage(context);
    const operators = join(written, 'plugins', 'headrace_airflow', 'operators.py');
    const text = readFileSync(operators, 'utf8');
    writeFileSync(operators, '');
    expect(() => writeAirflowPackage(context, { check: true })).toThrow('operators.py');
    expect(writeAirflowPackage(context).written).toEqual(['plugins/headrace_airflow/operators.py']);
    expect(readFileSync(operators, 'utf8')).toBe(text);
    const later = contextOf({ kind: 'airflow', startDate: '2026-04-01' });
    expect(() => writeAirflowPackage(later, { check: true })).toThrow('headrace-staging.json');
    expect(writeAirflowPackage(later).written).toEqual(['dags/headrace-staging.json']);
  });

  it('loses a module that is not of it any more, and keeps DAGs that are someone else\'s', () => {
    const { directory: written } = writeAirflowPackage(context);
    const [former, foreign] = [join(written, 'plugins', 'headrace_airflow', 'former.py'), join(written, 'dags', 'headrace-production.json')];
    writeFileSync(former, '');
    writeFileSync(foreign, '{}');
    expect(writeAirflowPackage(context).removed).toEqual(['plugins/headrace_airflow/former.py']);
    expect([existsSync(former), existsSync(foreign)]).toEqual([false, true]);
  });

  it('is refused where Scheduler starts the datasets', () => {
    expect(() => writeAirflowPackage(contextOf({ kind: 'scheduler' }))).toThrow("Datasets of the environment 'staging' are started by EventBridge Scheduler");
  });
});
