import type { BatchRecord } from '../../core/dataset/batch';
import { isPostgresDataset } from '../../core/dataset/postgres';
import { versionedName } from '../../core/manifest/manifest';
import { momentsBetween } from '../../lib/runtime/schedule-moments';
import { CommandError } from '../command-error';
import type { Context } from '../context';
import { datasetNamed, runDataset } from './run-dataset';

/** Moments of a schedule, in epoch milliseconds: from the first to before the last. */
export interface BackfillRange { readonly from: number; readonly to: number; /** Batches that run at once. */ readonly concurrency: number }

/**
 * Runs a dataset for every moment of its schedule in a range, the oldest first. Broken off and given again it goes on
 * where it was, as a batch that is committed stays as it is.
 *
 * @returns the records of all batches, in the order of their moments
 * @throws CommandError when the dataset cannot be run for a moment, or a batch failed; the others were run all the same
 */
export const backfillDataset = async (context: Context, name: string, { from, to, concurrency }: BackfillRange): Promise<readonly BatchRecord[]> => {
  const dataset = datasetNamed(context, name);
  if (!isPostgresDataset(dataset) || dataset.schedule === undefined) throw new CommandError(`Dataset ${versionedName(dataset)} has no batches of moments: a backfill is for a dataset that comes from a database and has a schedule. Land files with dataset run.`, { exitCode: 2 });
  const moments = momentsBetween(dataset.schedule, from - 1, to - 1);
  const ended: (BatchRecord | CommandError)[] = [];
  const open = moments.entries();
  const worker = async (): Promise<void> => {
    for (const [index, moment] of open) {
      const date = new Date(moment).toISOString();
      try {
        const record = await runDataset(context, name, { date });
        process.stderr.write(`${date}  ${record.batch}  ${record.rows ?? 0} rows\n`);
        ended[index] = record;
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        process.stderr.write(`${date}  ${error.message}\n`);
        ended[index] = error;
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const failed = ended.filter((each) => each instanceof CommandError);
  if (failed.length > 0) throw new CommandError(`${failed.length} of ${moments.length} batches were not landed; the first: ${failed[0]?.message ?? ''}`, { next: `npx headrace dataset show ${dataset.name} --env ${context.environment.name}` });
  return ended.filter((each): each is BatchRecord => !(each instanceof CommandError));
};
