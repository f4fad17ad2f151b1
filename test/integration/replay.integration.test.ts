import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { S3Client } from '@aws-sdk/client-s3';
import { fillFeatures } from '../../cli/features/fill';
import { replayLedger } from '../../cli/quarantine/ledger';
import { countRejected, rejectedEvents } from '../../cli/quarantine/rejected';
import type { ReplayRequest, ReplayResult } from '../../cli/quarantine/replay-command';
import { replayRejected } from '../../cli/quarantine/replay-command';
import type { QueryValue } from '../../cli/sql/query';
import { queryLake } from '../../cli/sql/query';
import type { QuarantineLine } from '../../core/lake/line';
import type { LedgerEntry } from '../../core/quarantine/ledger';
import { historyOf, ledgerKey, ledgerPrefix } from '../../core/quarantine/ledger';
import { replayMarkOf } from '../../core/quarantine/mark';
import { originalOf } from '../../core/quarantine/original';
import { callJson } from '../../lib/runtime/aws-json';
import { awsService } from '../../lib/runtime/aws-request';
import { putRecords } from '../../lib/runtime/event-producer';
import type { ObjectStore } from '../../lib/runtime/object-store';
import { s3Objects } from '../../lib/runtime/object-store';
import { signedFetch } from '../../lib/runtime/signed-request';
import type { Landings } from './support/replaying';
import { startLandings } from './support/replaying';

const minutes = 60_000;
const origins = Array.from({ length: 20 }, (_origin, index) => `A${String(index).padStart(2, '0')}`);
const brokenEvents = 500;
/** A small program of the user's, as somebody would write and review it. */
const transformText = `interface Landed { readonly data: { readonly delayMinutes: unknown } }
/** The dispatch system sent the delay as text. */
export default function transform(event: unknown, { path }: { readonly path: string }): unknown {
  if (path !== '/data/delayMinutes') return null;
  const landed = event as Landed;
  return { ...landed, data: { ...landed.data, delayMinutes: Number(landed.data.delayMinutes) } };
}
`;

interface Landing { readonly id: string; readonly origin: string; readonly delay: number; readonly time: string }

const eventOf = ({ id, origin, delay, time }: Landing, delayMinutes: unknown = delay) =>
  ({ specversion: '1.0', id, source: '/test', type: 'flight.landed', time, data: { origin, delayMinutes } });

describe('five hundred events of a live stream, broken and replayed', () => {
  let landings: Landings;
  let quarantine: ObjectStore;
  let transform = '';
  const kinesis = () => new KinesisClient({ region: landings.context.environment.region });
  /** What happened, each once: what everything must come to in the end. */
  const happened = new Map<string, Landing>();
  const broken: Landing[] = [];
  const resent: Landing[] = [];

  const landing = (kind: string, index: number): Landing => {
    const made = { id: `${kind}-${index}`, origin: origins[index % origins.length] ?? '', delay: (index * 7) % 100, time: new Date().toISOString() };
    happened.set(made.id, made);
    return made;
  };
  const put = async (events: readonly object[]): Promise<void> => {
    await putRecords(kinesis(), landings.context.names.stream, events.map((event) => ({ data: Buffer.from(JSON.stringify(event)), partitionKey: (event as ReturnType<typeof eventOf>).data.origin })));
  };
  const drained = async (): Promise<void> => { await landings.cloud.drained({ endWindows: true, timeout: 2 * minutes }); };
  const replay = async (request: Partial<ReplayRequest> = {}): Promise<ReplayResult> => await replayRejected(landings.context, { filter: {}, transform, ...request }, async () => await Promise.resolve(true));
  const outcomes = ({ planned }: ReplayResult): Readonly<Record<string, number>> => Object.fromEntries(planned.map(({ outcome, events }) => [outcome, events]));
  const ask = async (sql: string): Promise<readonly (readonly QueryValue[])[]> => {
    const rows: (readonly QueryValue[])[] = [];
    await queryLake(landings.context, sql, {}, Number.POSITIVE_INFINITY, { columns: () => undefined, row: (values) => { rows.push(values); } });
    return rows;
  };
  const lines = async (): Promise<readonly QuarantineLine[]> => {
    const all: QuarantineLine[] = [];
    for await (const line of rejectedEvents(quarantine, {})) all.push(line);
    return all;
  };
  /** A live stream: some good events between whatever else happens. */
  let good = 0;
  const goodEvents = async (count: number): Promise<void> => { await put(Array.from({ length: count }, () => eventOf(landing('good', good++)))); };

  beforeAll(async () => {
    landings = await startLandings();
    const { context, home } = landings;
    quarantine = s3Objects(new S3Client({ region: context.environment.region }), context.names.bucket('quarantine'));
    transform = join(home, 'delay-as-number.ts');
    writeFileSync(transform, transformText);
    await fillFeatures(context);
    for (let index = 0; index < brokenEvents; index += 50) {
      await goodEvents(40);
      const batch = Array.from({ length: 50 }, (_each, place) => landing('broken', index + place));
      broken.push(...batch);
      await put(batch.map((each) => eventOf(each, String(each.delay))));
    }
    // The producer repeats some of them as they were; notices its fault, and sends some others again, right.
    await put(broken.slice(0, 10).map((each) => eventOf(each, String(each.delay))));
    resent.push(...broken.slice(490));
    await goodEvents(200);
    await put(resent.map((each) => eventOf(each)));
    // One that no transform can mend.
    await put([eventOf({ id: 'hopeless', origin: 'A00', delay: 0, time: new Date().toISOString() }, 'soon')]);
    await drained();
  }, 10 * minutes);
  afterAll(async () => { await landings?.cloud.stop(); }, minutes);

  it('are in quarantine, each with its bytes, and can be asked for in SQL', async () => {
    const counts = await countRejected(rejectedEvents(quarantine, {}));
    expect(counts.map(({ reason, eventType, events }) => [reason, eventType, events])).toEqual([['wrong_type', 'flight.landed', brokenEvents + 11]]);
    expect(await ask(`SELECT reason, count(*), count(DISTINCT json_extract_scalar(from_utf8(from_base64(original)), '$.id')) FROM quarantine GROUP BY reason`)).toEqual([['wrong_type', brokenEvents + 11, brokenEvents + 1]]);
    expect(await ask(`SELECT count(*) FROM ${landings.context.names.database}.raw_flight_landed_v1`)).toEqual([[good + resent.length]]);
  }, minutes);

  it('are counted by their reason, in metrics that the log of the validator carries', async () => {
    const { names } = landings.context;
    let counted = 0;
    let next: string | undefined;
    do {
      const page = await callJson(awsService('logs'), { target: 'Logs_20140328.FilterLogEvents', jsonVersion: '1.1' }, { logGroupName: `/aws/lambda/${names.function('ingest-validator')}`, ...(next === undefined ? {} : { nextToken: next }) },
        { timeoutMilliseconds: 10_000, attempts: 3, baseMilliseconds: 100, longestMilliseconds: 1000 }) as { readonly events?: readonly { readonly message: string }[]; readonly nextToken?: string };
      for (const { message } of page.events ?? []) {
        const metric = message.startsWith('{"_aws"') ? JSON.parse(message) as { readonly reason?: string; readonly Rejected?: number } : {};
        if (metric.reason === 'wrong_type') counted += metric.Rejected ?? 0;
      }
      next = page.nextToken;
    } while (next);
    expect(counted).toBe(brokenEvents + 11);
  }, minutes);

  it('are put once: not those that were sent again, not the copies, and none that would be rejected again', async () => {
    const planned = await replayRejected(landings.context, { filter: {}, transform }, async () => await Promise.resolve(false));
    expect({ ...outcomes(planned), sent: planned.put }).toEqual({ put: 490, in_raw: 10, copy: 10, refused: 1, sent: 0 });
    expect((await replay({ limit: 200 })).put).toBe(200);
  }, minutes);

  it('are the same after a crash between the put and the ledger', async () => {
    // As a crash leaves it: the last call was acknowledged, and nothing was written down.
    const entries: LedgerEntry[] = [];
    for await (const { key } of quarantine.list(ledgerPrefix)) entries.push(JSON.parse((await quarantine.get(key) ?? '').toString()) as LedgerEntry);
    expect(entries).toHaveLength(200);
    const last = entries.sort((left, right) => (BigInt(left.sequence) < BigInt(right.sequence) ? -1 : 1)).slice(-8);
    for (const { position, event_id: id } of last) await quarantine.remove(ledgerKey(position, { source: '/test', id }));
    await goodEvents(40);
    // Without a look into raw, which might have them by now and might not.
    const again = await replay({ searchRaw: false, limit: 8 });
    expect(again.put).toBe(8);
    expect((await replay()).put).toBe(290);
    await drained();
  }, 2 * minutes);

  it('are not put a second time', async () => {
    const second = await replay();
    expect(second.put).toBe(0);
    expect(outcomes(second)).toEqual({ replayed: 490, in_raw: 10, copy: 10, refused: 1 });
  }, minutes);

  it('stand in raw as if they had been right at first, with where they came from', async () => {
    const rows = await ask('SELECT event.id, event.data.origin, event.data.delayMinutes, event.time, min(event.replayof), min(event.replays), count(*) FROM raw_flight_landed_v1 GROUP BY ALL');
    expect(new Map(rows.map(([id, origin, delay, time]) => [id, { id, origin, delay, time }]))).toEqual(happened);
    expect(rows).toHaveLength(happened.size);
    const positions = new Set((await lines()).map(({ lineage }) => lineage.position));
    const replayed = rows.filter(([, , , , replayof]) => replayof !== null);
    expect(replayed).toHaveLength(490);
    expect(replayed.every(([, , , , replayof, replays]) => typeof replayof === 'string' && positions.has(replayof) && replays === 1)).toBe(true);
    // The eight of the crash are there twice, as one identity; everything else is there once.
    expect(rows.filter(([, , , , , , copies]) => copies !== 1).map(([, , , , , , copies]) => copies)).toEqual(Array.from({ length: 8 }, () => 2));
  }, minutes);

  it('count in every window once', async () => {
    let counted = 0;
    for (const origin of origins) {
      const own = [...happened.values()].filter((each) => each.origin === origin);
      const { status, body } = await signedFetch(landings.context, '/v1/features/airport_landings/query', { entities: [origin] });
      expect(status).toBe(200);
      const [result] = (body as { readonly results: readonly { readonly features: { readonly flights_24h: number } }[] }).results;
      expect(result?.features).toEqual({ flights_24h: own.length, mean_delay_24h: own.reduce((sum, { delay }) => sum + delay, 0) / own.length });
      counted += result?.features.flights_24h ?? 0;
    }
    expect(counted).toBe(happened.size);
  }, minutes);

  it('return to quarantine with their history when they fail again', async () => {
    const before = (await lines()).find(({ original }) => Buffer.from(original, 'base64').toString().includes('hopeless'));
    const position = before?.lineage.position ?? '';
    expect((await replayRejected(landings.context, { filter: { position }, force: true }, async () => await Promise.resolve(true))).put).toBe(1);
    await drained();
    const returned = (await lines()).filter(({ original }) => Buffer.from(original, 'base64').toString().includes('hopeless')).find(({ lineage }) => lineage.position !== position);
    const mark = replayMarkOf(originalOf(Buffer.from(returned?.original ?? '', 'base64')).json?.value);
    expect(mark).toEqual({ replayof: position, replays: 1 });
    const ledger = replayLedger(quarantine, { stream: landings.context.names.stream, transform: null, now: Date.now });
    expect(await historyOf(mark, ledger.entry)).toEqual([expect.objectContaining({ position, reason: 'wrong_type', path: '/data/delayMinutes', transform: null, forced: true, sequence: returned?.lineage.sequence })]);
  }, minutes);
});
