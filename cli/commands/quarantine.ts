import { S3Client } from '@aws-sdk/client-s3';
import type { Command } from 'commander';
import type { RejectionCode } from '../../core/contract/rejection';
import { rejectionCodes } from '../../core/contract/rejection';
import { parseTimestamp } from '../../core/event/time';
import type { QuarantineLine } from '../../core/lake/line';
import { s3Objects } from '../../lib/runtime/object-store';
import { CommandError } from '../command-error';
import { contextOf } from '../context';
import type { RejectedFilter } from '../quarantine/rejected';
import { countRejected, rejectedEvents } from '../quarantine/rejected';

interface FilterOptions { readonly reason?: string; readonly type?: string; readonly from?: string; readonly to?: string }

const momentOf = (option: string, text: string): number => {
  const moment = parseTimestamp(/^\d{4}-\d{2}-\d{2}$/u.test(text) ? `${text}T00:00:00Z` : text);
  if (moment === undefined) throw new CommandError(`--${option} is '${text}'; it must be a day (2026-03-01) or a moment (2026-03-01T12:00:00Z).`, { exitCode: 2 });
  return moment;
};

const isCode = (text: string): text is RejectionCode => rejectionCodes.some((code) => code === text);

const filterOf = ({ reason, type, from, to }: FilterOptions): RejectedFilter => {
  if (reason !== undefined && !isCode(reason)) throw new CommandError(`--reason is '${reason}'; there are ${rejectionCodes.join(', ')}.`, { exitCode: 2 });
  return {
    ...(reason === undefined ? {} : { reason }), ...(type === undefined ? {} : { type }),
    ...(from === undefined ? {} : { from: momentOf('from', from) }), ...(to === undefined ? {} : { to: momentOf('to', to) }),
  };
};

const eventsFor = (command: Command, options: FilterOptions): { readonly events: AsyncIterable<QuarantineLine>; readonly environment: string } => {
  const filter = filterOf(options);
  const { environment, names } = contextOf(command);
  return { events: rejectedEvents(s3Objects(new S3Client({ region: environment.region }), names.bucket('quarantine')), filter), environment: environment.name };
};

/** Text for a terminal: what producers sent may hold characters that move the cursor or hide what stands there. */
export const printable = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);

const paragraph = ({ reason, path, found, allowed, remedy, event_type: type, original, lineage }: QuarantineLine, withOriginal: boolean): string => [
  `${lineage.arrival}  ${reason}  ${printable(type ?? '-')}  ${printable(path === '' ? '(the whole event)' : path)}`,
  `  found    ${printable(found)}`,
  `  allowed  ${printable(allowed)}`,
  `  remedy   ${remedy}`,
  `  at       ${printable(lineage.source)} ${printable(lineage.shard)} ${lineage.sequence}`,
  ...(withOriginal ? [`  original ${printable(Buffer.from(original, 'base64').toString('utf8'))}`] : []),
  '',
].join('\n');

const withFilters = (command: Command): Command => command
  .option('--reason <code>', 'only events rejected for this reason')
  .option('--type <event type>', 'only events that say they are of this type')
  .option('--from <moment>', 'only events that arrived then or later')
  .option('--to <moment>', 'only events that arrived before')
  .option('--json', 'print JSON');

const show = async (command: Command, options: FilterOptions & { readonly limit: string; readonly original?: boolean; readonly json?: boolean }): Promise<void> => {
  const limit = Number(options.limit);
  if (!Number.isInteger(limit) || limit < 1) throw new CommandError(`--limit is '${options.limit}'; it must be a whole number from 1 on.`, { exitCode: 2 });
  const { events } = eventsFor(command, options);
  const shown: QuarantineLine[] = [];
  for await (const event of events) {
    shown.push(event);
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
    .option('--original', 'with the event as it was sent; it may speak of people')
    .action(async (options: FilterOptions & { limit: string; original?: boolean; json?: boolean }, command: Command) => { await show(command, options); });
};
