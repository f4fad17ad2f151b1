import { setTimeout as delay } from 'node:timers/promises';
import { GetJobRunsCommand, GlueClient } from '@aws-sdk/client-glue';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { CommandError } from '../command-error';
import type { Context } from '../context';

const minute = 60_000;
/** A run looks each ten seconds which version is wanted, and ends with the epoch that it is at. */
const patience = 5 * minute;
const pause = 5000;
/** A deploy changes the job some seconds before it says which version is wanted: a run that began in between is none of a former version. */
const between = minute;
const alive: ReadonlySet<string | undefined> = new Set(['STARTING', 'RUNNING', 'STOPPING', 'WAITING']);

/** Whether a run of the streaming job goes on that began before its present version was wanted. */
const hasFormerRun = async (glue: GlueClient, jobName: string, wantedSince: number): Promise<boolean> => {
  const { JobRuns = [] } = await glue.send(new GetJobRunsCommand({ JobName: jobName }));
  return JobRuns.some(({ JobRunState, StartedOn }) => alive.has(JobRunState) && StartedOn !== undefined && StartedOn.getTime() < wantedSince - between);
};

/**
 * Waits until no run of Spark's validator is of a former version: what such a one keeps it does not send on to a view of Flink's
 * that is new. When it has ended raw holds all that it kept, and what comes after is sent on.
 *
 * @throws CommandError when one goes on for minutes
 */
export const formerRunEnded = async ({ environment, names }: Pick<Context, 'environment' | 'names'>, waits = { patience, pause }): Promise<void> => {
  if (environment.processing !== 'spark') return;
  const [ssm, glue, jobName] = [new SSMClient({ region: environment.region }), new GlueClient({ region: environment.region }), names.function('ingest-stream')];
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name: `${names.parameterPath}/ingest-stream/version` }));
  const wantedSince = Parameter?.LastModifiedDate?.getTime() ?? 0;
  for (const end = Date.now() + waits.patience; await hasFormerRun(glue, jobName, wantedSince); await delay(waits.pause))
    if (Date.now() > end) throw new CommandError(`A run of ${jobName} that began before the last deploy has not ended within ${Math.round(waits.patience / minute)} minutes: what it keeps it does not send on to views of Flink's that are new.`, { next: `see in the log of ${jobName} whether it cannot end its epoch (docs/runbook.md#ingest-validator-behind), then run the same command again` });
};
