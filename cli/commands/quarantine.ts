import { S3Client } from '@aws-sdk/client-s3';
import type { Command } from 'commander';
import type { QuarantineLine } from '../../core/lake/line';
import { historyOf } from '../../core/quarantine/ledger';
import { replayMarkOf } from '../../core/quarantine/mark';
import { originalOf } from '../../core/quarantine/original';
import type { ObjectStore } from '../../lib/runtime/object-store';
import { s3Objects } from '../../lib/runtime/object-store';
import { contextOf } from '../context';
import type { FilterOptions } from '../quarantine/filter-options';
import { filterOf, limitOption, withFilters } from '../quarantine/filter-options';
import { replayLedger } from '../quarantine/ledger';
import { paragraph, type WithHistory } from '../quarantine/paragraph';
import { printable } from '../quarantine/printable';
import { countRejected, rejectedEvents } from '../quarantine/rejected';
import { registerReplay } from '../quarantine/replay-command';

interface Opened { readonly store: ObjectStore; readonly events: AsyncIterable<QuarantineLine>; readonly environment: string; readonly stream: string }

const eventsFor = (command: Command, options: FilterOptions): Opened => {
  const filter = filterOf(options);
  const { environment, names } = contextOf(command);
  const store = s3Objects(new S3Client({ region: environment.region }), names.bucket('quarantine'));
  return { store, events: rejectedEvents(store, filter), environment: environment.name, stream: names.stream };
};

const show = async (command: Command, options: FilterOptions & { readonly limit: string; readonly original?: boolean; readonly json?: boolean }): Promise<void> => {
  const limit = limitOption(options.limit);
  const { events, store, stream } = eventsFor(command, options);
  const ledger = replayLedger(store, { stream, transform: null, now: Date.now });
  const shown: WithHistory[] = [];
  for await (const event of events) {
    const mark = replayMarkOf(originalOf(Buffer.from(event.original, 'base64')).json?.value);
    shown.push({ ...event, history: await historyOf(mark, ledger.entry) });
    if (shown.length === limit) break;
  }
  if (options.json) process.stdout.write(`${JSON.stringify(shown)}\n`);
  else process.stdout.write(shown.map((line) => `${paragraph(line, options.original === true)}\n`).join(''));
  if (shown.length === limit) process.stderr.write(`the first ${limit}; --limit shows more, --reason, --type, --from and --to show others\n`);
  if (shown.length === 0) process.stderr.write('no such event is in quarantine\n');
};

export const registerQuarantine = (program: Command): void => {
  const quarantine = program.command('quarantine').description('events that broke their contract, and why');

  withFilters(quarantine.command('ls').description('count them by day of arrival, reason and type'))
    .action(async (options: FilterOptions & { json?: boolean }, command: Command) => {
      const { events, environment } = eventsFor(command, options);
      const counts = await countRejected(events);
      if (options.json) { process.stdout.write(`${JSON.stringify(counts)}\n`); return; }
      for (const { day, reason, eventType, events: number } of counts) process.stdout.write(`${day}  ${String(number).padStart(8)}  ${reason.padEnd(22)}  ${printable(eventType ?? '-')}\n`);
      process.stderr.write(counts.length === 0 ? 'no such event is in quarantine\n' : `next: npx headrace quarantine show --reason ${counts[0]?.reason ?? ''} --env ${environment}\n`);
    });

  withFilters(quarantine.command('show').description('show rejected events: what was found, what is allowed, and what to change'))
    .option('--limit <number>', 'how many', '20')
    .option('--original', 'with the event as it was sent, its headers and key too; it may speak of people')
    .action(async (options: FilterOptions & { limit: string; original?: boolean; json?: boolean }, command: Command) => { await show(command, options); });

  registerReplay(quarantine);
};
