import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import type { Manifest } from '../../core/manifest/manifest';
import type { OutgoingRecord } from '../../lib/runtime/event-producer';
import { eventSinkOf } from '../../lib/runtime/event-sink';
import { CommandError } from '../command-error';
import { contextOf } from '../context';

const atOnce = 5000;

/** The partition key that the event's type asks for; the whole line's start where it cannot be told, so that quarantine gets it. */
const partitionKeyOf = (line: string, manifest: Manifest): string => {
  try {
    const event = JSON.parse(line) as { readonly type?: unknown; readonly id?: unknown; readonly data?: Readonly<Record<string, unknown>> };
    const definition = Object.values(manifest.events).findLast(({ name }) => name === event.type);
    const key = (definition && event.data?.[definition.partitionBy]) ?? event.id;
    return typeof key === 'string' || typeof key === 'number' ? String(key).slice(0, 256) || 'unknown' : 'unknown';
  } catch {
    return 'unknown';
  }
};

export const registerEvents = (program: Command): void => {
  const events = program.command('events').description('put events on the stream, or on the topic of Kafka');
  events.command('put <file>')
    .description('put the CloudEvents of an NDJSON file, or of stdin (-), as they are')
    .option('--json', 'print the result as JSON')
    .action(async (file: string, options: { json?: boolean }, command: Command) => {
      const context = contextOf(command);
      const { manifest, names } = context;
      if (file !== '-' && !existsSync(file)) throw new CommandError(`There is no file ${file}.`, { next: 'give an NDJSON file of CloudEvents, or - for stdin', exitCode: 2 });
      const sink = eventSinkOf(context);
      const input = file === '-' ? process.stdin : createReadStream(file);
      let records: OutgoingRecord[] = [];
      let sent = 0;
      const flush = async (): Promise<void> => {
        await sink(records);
        sent += records.length;
        records = [];
      };
      for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
        if (line.trim() === '') continue;
        records.push({ data: Buffer.from(line, 'utf8'), partitionKey: partitionKeyOf(line, manifest) });
        if (records.length >= atOnce) await flush();
      }
      await flush();
      process.stdout.write(options.json ? `${JSON.stringify({ stream: names.stream, sent })}\n` : `${sent} events put on ${names.stream}\n`);
    });
};
