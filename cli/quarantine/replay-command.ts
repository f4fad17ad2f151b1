import { createInterface } from 'node:readline/promises';
import { S3Client } from '@aws-sdk/client-s3';
import type { Command } from 'commander';
import type { PlannedCount } from '../../core/quarantine/plan';
import { outcomeTexts } from '../../core/quarantine/plan';
import { s3Objects } from '../../lib/runtime/object-store';
import { CommandError } from '../command-error';
import type { Context } from '../context';
import { contextOf, requireConsent } from '../context';
import type { ProgressBar } from '../progress';
import { progressBar } from '../progress';
import { environmentContracts } from './environment-contracts';
import type { FilterOptions } from './filter-options';
import { filterOf, limitOption, withFilters } from './filter-options';
import { replayLedger } from './ledger';
import { printable } from './printable';
import { putCallOf } from './put-replays';
import type { PlannedReplay, ReplaySettings } from './replay';
import { planReplay, runReplay } from './replay';
import type { RejectedFilter } from './rejected';
import { loadTransform } from './transform';

/** What a replay is asked for. */
export interface ReplayRequest {
  readonly filter: RejectedFilter;
  /** File of a transform. */
  readonly transform?: string;
  readonly limit?: number;
  readonly force?: boolean;
  readonly searchRaw?: boolean;
}

/** What came of it; `put` is 0 for a plan alone. */
export interface ReplayResult { readonly stream: string; readonly put: number; readonly planned: readonly PlannedCount[] }

type OnProgress = ReplaySettings['onProgress'];

/**
 * Replays rejected events of an environment.
 *
 * @param agree is asked when the plan is made; nothing is put unless it says so
 */
export const replayRejected = async (context: Context, request: ReplayRequest, agree: (plan: PlannedReplay) => Promise<boolean>, onProgress: OnProgress = () => undefined): Promise<ReplayResult> => {
  const { environment, names } = context;
  const now = Date.now();
  const s3 = new S3Client({ region: environment.region });
  const quarantine = s3Objects(s3, names.bucket('quarantine'));
  const transform = request.transform === undefined ? undefined : loadTransform(request.transform);
  const settings: ReplaySettings = {
    quarantine, raw: s3Objects(s3, names.bucket('raw')), filter: request.filter, transform, now, onProgress,
    ledger: replayLedger(quarantine, { stream: names.stream, transform: transform?.hash ?? null, now: Date.now }),
    contracts: await environmentContracts(context, now), force: request.force === true, searchRaw: request.searchRaw !== false, limit: request.limit ?? Number.POSITIVE_INFINITY,
  };
  const plan = await planReplay(settings);
  const put = plan.chosen.size > 0 && await agree(plan) ? await runReplay(settings, plan, putCallOf(context)) : 0;
  return { stream: names.stream, put, planned: plan.counts };
};

const planLines = (counts: readonly PlannedCount[]): readonly string[] => [...Map.groupBy(counts, ({ outcome }) => outcome)].flatMap(([outcome, group]) => [
  outcomeTexts[outcome],
  ...group.flatMap(({ events, reason, eventType, why, example }) => [
    `  ${String(events).padStart(8)}  ${reason.padEnd(22)}  ${printable(eventType ?? '-')}`,
    ...(why === undefined ? [] : [`            ${printable(why)}`, `            at ${printable(example)}`]),
  ]),
]);

/** One bar at a time, for whatever is being done. */
const bars = (): { readonly onProgress: OnProgress; readonly stop: () => void } => {
  let [name, bar]: [string, ProgressBar | undefined] = ['', undefined];
  return {
    onProgress: (what, share, note) => {
      if (what !== name) { bar?.stop(); [name, bar] = [what, progressBar(what)]; }
      bar?.update(share, note);
    },
    stop: () => { bar?.stop(); },
  };
};

const ask = async (question: string): Promise<boolean> => {
  if (!process.stdin.isTTY) throw new CommandError('A replay puts events on the stream, and nobody is there to be asked.', { next: 'look at the plan, and give the command with --yes', exitCode: 2 });
  const line = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(?:es)?$/iu.test((await line.question(`${question} [y/N] `)).trim());
  } finally {
    line.close();
  }
};

interface ReplayOptions extends FilterOptions {
  readonly limit?: string;
  readonly transform?: string;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly searchRaw: boolean;
  readonly yes?: string | true;
  readonly json?: boolean;
}

const run = async (context: Context, options: ReplayOptions): Promise<void> => {
  const { yes, json, dryRun, limit, transform, force, searchRaw } = options;
  const filter = filterOf(options);
  if (dryRun !== true) requireConsent(context, typeof yes === 'string' ? yes : undefined, 'replay');
  const bar = bars();
  try {
    const result = await replayRejected(context, { filter, searchRaw, force: force === true, ...(transform === undefined ? {} : { transform }), ...(limit === undefined ? {} : { limit: limitOption(limit) }) }, async ({ counts, chosen }) => {
      bar.stop();
      process.stderr.write(`${planLines(counts).join('\n')}\n`);
      if (dryRun === true) return false;
      return yes !== undefined || await ask(`Put ${chosen.size} events on ${context.names.stream}?`);
    }, bar.onProgress);
    bar.stop();
    const nothing = !result.planned.some(({ outcome }) => outcome === 'put');
    if (nothing && result.planned.length > 0) process.stderr.write(`${planLines(result.planned).join('\n')}\n`);
    if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
    else if (nothing) process.stdout.write('there is nothing to put\n');
    else process.stdout.write(dryRun === true ? `nothing was put on ${result.stream}: it was a dry run\n` : `${result.put} events put on ${result.stream}\n`);
  } finally {
    bar.stop();
  }
};

/** `headrace quarantine replay`. */
export const registerReplay = (quarantine: Command): void => {
  withFilters(quarantine.command('replay').description('put rejected events where events come in again, as they are or corrected; each once, however often it is given'))
    .option('--limit <number>', 'put at most so many')
    .option('--transform <file>', 'a .ts or .js module whose default export transform(event, context) gives the corrected event, or null to leave it')
    .option('--dry-run', 'show what would be put, and put nothing')
    .option('--force', 'put what would be rejected again, too')
    .option('--no-search-raw', 'do not look in raw for events that were sent again or replayed meanwhile')
    .option('--yes [environment]', 'do not ask; on a protected environment, its name')
    .action(async (options: ReplayOptions, command: Command) => { await run(contextOf(command), options); });
};
