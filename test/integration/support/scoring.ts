import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { isoText } from '../../../core/event/time';
import { withDatabase } from '../../../lib/runtime/duckdb';
import { putRecords } from '../../../lib/runtime/event-producer';
import { signedFetch } from '../../../lib/runtime/signed-request';
import type { Serving } from './serving';

/** A row that is to be scored. */
export interface AskedRow { readonly airport: string; readonly distance: number }

/** What the API says of rows at a moment. */
export interface Answer { readonly prediction: number; readonly missing: readonly string[]; readonly modelVersion: string }

/** Puts landings of some airports on the stream, and waits until they are folded and in raw. */
export const streamLandings = async ({ cloud, context }: Serving, airports: readonly string[], count: number): Promise<void> => {
  const events = Array.from({ length: count }, (_, index) => {
    const origin = airports[(index * 7) % airports.length] ?? '';
    return { specversion: '1.0', id: `landing-${index}`, source: '/scoring', type: 'flight.landed', time: isoText(Date.now() - 1000 * (index % 50)), data: { origin, distance: 100 + index, delayMinutes: (index * 13) % 60 } };
  });
  await putRecords(new KinesisClient({ region: context.environment.region }), context.names.stream, events.map((event) => ({ data: Buffer.from(JSON.stringify(event)), partitionKey: event.data.origin })));
  await cloud.drained({ endWindows: true });
};

/** Writes rows as a file of NDJSON; one more has no airport, and one has the id of another. */
export const rowsFile = ({ context }: Serving, rows: readonly AskedRow[], moment?: number): string => {
  const file = join(context.project.home, `rows-${moment ?? 'now'}.ndjson`);
  const lines = [...rows.map(({ airport, distance }, index) => ({ id: `r${index}`, 'origin.iata': airport as string | null, distance })), { id: 'bad', 'origin.iata': null, distance: 1 }, { id: 'r0', 'origin.iata': 'A0', distance: 1 }];
  writeFileSync(file, lines.map((line) => `${JSON.stringify({ ...line, ...(moment === undefined ? {} : { moment: isoText(moment) }) })}\n`).join(''));
  return file;
};

/** What the API answers for rows as of a moment. */
export const answersAt = async ({ context }: Serving, rows: readonly AskedRow[], moment: number): Promise<readonly Answer[]> => {
  const { status, body } = await signedFetch(context, '/v1/models/late/predictions', { at: isoText(moment), instances: rows.map(({ airport, distance }) => ({ entities: { origin: airport }, request: { distance } })) });
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
  return (body as { readonly predictions: readonly Answer[] }).predictions;
};

/** Rows of a Parquet file. */
export const parquetRows = ({ context }: Serving, file: string, order: string): Promise<readonly Readonly<Record<string, unknown>>[]> =>
  withDatabase(context.project.home, async (database) => await database.rows(`SELECT * EXCLUDE ("example.moment") FROM read_parquet('${file}') ORDER BY ${order}`));
