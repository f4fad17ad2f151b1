import type { Command } from 'commander';
import { contextOf } from '../context';
import { writeAirflowPackage } from '../orchestration/airflow-package';

export const registerAirflow = (program: Command): void => {
  const airflow = program.command('airflow').description('DAGs of Apache Airflow, for an environment whose datasets it starts');

  airflow.command('generate')
    .description('write the DAG package of an environment: a DAG a dataset, made from the manifest')
    .option('--out <directory>', 'where to; generated/airflow/ENVIRONMENT when it is left out')
    .option('--check', 'only compare, and fail when the package is stale')
    .option('--json', 'print the result as JSON')
    .action(({ out, check, json }: { out?: string; check?: boolean; json?: boolean }, command: Command) => {
      const result = writeAirflowPackage(contextOf(command), { ...(out === undefined ? {} : { directory: out }), check: check === true });
      if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
      else process.stdout.write(`${result.directory}: ${result.written.length === 0 && result.removed.length === 0 ? 'up to date' : `wrote ${[...result.written, ...result.removed.map((file) => `${file} (removed)`)].join(', ')}`}\n`);
    });
};
