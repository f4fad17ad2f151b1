import { setTimeout as delay } from 'node:timers/promises';
import { GetJobCommand, GetJobRunsCommand, GlueClient } from '@aws-sdk/client-glue';
import { CommandError } from '../command-error';
import type { Context } from '../context';

const minute = 60_000;
/** A run looks each ten seconds which version is wanted, and ends with the epoch that it is at. */
const patience = 5 * minute;
const pause = 5000;
const alive: ReadonlySet<string | undefined> = new Set(['STARTING', 'RUNNING', 'STOPPING', 'WAITING']);

/** Whether a run of the streaming job goes on that began before the job was what it is now. */
const hasFormerRun = async (glue: GlueClient, jobName: string, since: number): Promise<boolean> => {
  const { JobRuns = [] } = await glue.send(new GetJobRunsCommand({ JobName: jobName }));
  return JobRuns.some(({ JobRunState, StartedOn }) => alive.has(JobRunState) && StartedOn !== undefined && StartedOn.getTime() < since);
};

/**
 * Waits until no run of Spark's validator is of a former version: what such a one keeps it does not send on to a view of Flink's
 * that is new. When it has ended raw holds all that it kept, and what comes after is sent on.
 *
 * @throws CommandError when one goes on for minutes
 */
export const formerRunEnded = async ({ environment, names }: Pick<Context, 'environment' | 'names'>, waits = { patience, pause }): Promise<void> => {
  if (environment.processing !== 'spark') return;
  const [glue, jobName] = [new GlueClient({ region: environment.region }), names.function('ingest-stream')];
  // A deploy that wants another version changes the job, whose argument the version is.
  const { Job } = await glue.send(new GetJobCommand({ JobName: jobName }));
  const since = Job?.LastModifiedOn?.getTime() ?? 0;
  for (const end = Date.now() + waits.patience; await hasFormerRun(glue, jobName, since); await delay(waits.pause))
    if (Date.now() > end) throw new CommandError(`A run of ${jobName} that began before the last deploy has not ended within ${Math.round(waits.patience / minute)} minutes: what it keeps it does not send on to views of Flink's that are new.`, { next: `see in the log of ${jobName} whether it cannot end its epoch (docs/runbook.md#ingest-validator-behind), then run the same command again` });
};
