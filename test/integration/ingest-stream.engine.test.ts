import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { GetJobRunsCommand, GlueClient } from '@aws-sdk/client-glue';
import { GetObjectCommand, ListObjectVersionsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { Admin } from '@platformatic/kafka';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { fillFeatures } from '../../cli/features/fill';
import { requireCompleteRaw } from '../../cli/features/raw-is-complete';
import { contractsOf } from '../../core/contract/contracts';
import type { Flight } from '../../examples/flights/flight';
import { landedEvent, readFlights } from '../../examples/flights/flight';
import { prepareFlights } from '../../examples/flights/prepare';
import { judgeBatch } from '../../lib/runtime/contract-judge/judge';
import { forwardingOf } from '../../lib/runtime/ingest/forward';
import type { Keeping } from '../../lib/runtime/ingest/keep-received';
import type { TopicRecord } from '../../lib/runtime/kafka-record';
import { loadValidators } from '../fixtures/contracts';
import { breakings, brokenReasons } from './support/broken-events';
import { jobProcesses } from './support/job-processes';
import { rowsOf, streamedLines, type LakeLine } from './support/lake';
import type { Platform } from './support/platform';
import { startPlatform } from './support/platform';
import { differingFromNaive } from './support/servings';
import { recordsOf } from './support/topic';

const minutes = 60_000;
const dayStart = Date.UTC(2001, 5, 1);
const root = join(__dirname, '..', '..');

let platform: Platform;
let flights: readonly Flight[];
let s3: S3Client;

beforeAll(async () => {
  // Its calls are not recorded: what roles need for Kafka's own protocol is no call of AWS's that the local cloud sees.
  delete process.env['HEADRACE_LOCAL_CALLS'];
  const prepared = await prepareFlights(join(root, '.headrace', 'cache', 'flights'));
  platform = await startPlatform({ directory: 'engine-stream', port: 4713, kafkaPort: 4714, processing: 'spark', project: { definitions: join(root, 'test', 'fixtures', 'forwarded', 'definitions.ts'), app: 'node --import tsx test/integration/support/app-without-flink.ts' } });
  s3 = new S3Client({ region: platform.context.environment.region, forcePathStyle: true });
  flights = (await readFlights(prepared.playback, dayStart, dayStart + 86_400_000)).filter(({ landing }) => landing >= dayStart && landing < dayStart + 86_400_000).slice(0, 6000);
  await fillFeatures(platform.context);
}, 30 * minutes);

afterAll(async () => {
  await platform.stop();
  rmSync(platform.cloud().home, { recursive: true, force: true });
}, 2 * minutes);

/** What the validator's function would send on of what stands in raw. */
const sentOnByFunction = async (raw: readonly LakeLine[]): Promise<readonly string[]> => {
  const { manifest, project } = platform.context;
  const sent: string[] = [];
  const forward = forwardingOf(manifest, (records) => { sent.push(...records.map(({ partitionKey, data }) => `${partitionKey} ${Buffer.from(data).toString('utf8')}`)); return Promise.resolve(); });
  const contracts = contractsOf(manifest, loadValidators(readFileSync(project.validators, 'utf8')));
  const keeping: Keeping = { contracts, activeContracts: (given) => Promise.resolve(given), registry: { kind: 'glue', resolve: () => Promise.resolve(new Map()) }, lake: { write: () => Promise.resolve('written') }, ...(forward === undefined ? {} : { forward }) };
  for (const lines of Map.groupBy(raw, ({ lineage }) => `${lineage.source}/${lineage.shard}`).values()) {
    const records = lines.map(({ event, lineage: { source, shard, sequence, arrival, partition_key: key } }): TopicRecord => ({
      topic: source.split('@')[0] ?? '', partition: Number(shard), offset: Number(sequence), timestamp: Date.parse(arrival), timestampType: 'LOG_APPEND_TIME', key: Buffer.from(key), value: Buffer.from(JSON.stringify(event)), headers: [],
    }));
    expect(await judgeBatch({ cluster: lines[0]?.lineage.source.split('@')[1] ?? '', credentials: {}, records }, keeping, Date.now())).toMatchObject({ kept: true });
  }
  return sent;
};

interface Message { readonly key: string | Buffer; readonly value: Buffer; readonly headers?: Readonly<Record<string, string>> }

const keysBelow = async (bucket: string, prefix: string): Promise<readonly string[]> => (await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }))).Contents?.flatMap(({ Key }) => Key ?? []) ?? [];

const checkpointKeys = async (): Promise<readonly string[]> => await keysBelow(platform.context.names.bucket('curated'), 'streaming/');

/** Epochs that Spark has written down as begun, and as done. */
const epochs = async (kind: 'offsets' | 'commits'): Promise<readonly number[]> =>
  (await checkpointKeys()).flatMap((key) => { const [, epoch] = new RegExp(`/${kind}/(\\d+)$`, 'u').exec(key) ?? []; return epoch === undefined ? [] : [Number(epoch)]; });

/** Where the partitions of an epoch end, which is where those of the next begin. */
const endsOf = async (epoch: number): Promise<Readonly<Record<string, number>>> => {
  const key = (await checkpointKeys()).find((each) => each.endsWith(`/offsets/${epoch}`));
  if (key === undefined) return {};
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: platform.context.names.bucket('curated'), Key: key }));
  const text = await Body?.transformToString() ?? '';
  return (JSON.parse(text.trim().split('\n').at(-1) ?? '{}') as Readonly<Record<string, Readonly<Record<string, number>>>>)[platform.context.names.stream] ?? {};
};

/** Objects that an epoch has written which is not done. */
const objectsOfUnfinished = async (): Promise<readonly string[]> => {
  const [begun, done] = [Math.max(-1, ...await epochs('offsets')), Math.max(-1, ...await epochs('commits'))];
  if (begun === done) return [];
  const from = await endsOf(done);
  return (await keysBelow(platform.context.names.bucket('raw'), 'raw/flight.landed/')).filter((key) => { const [, partition = '', first] = /-(\d+)-(\d+)-\d+-[0-9a-f]{16}\.ndjson\.gz$/u.exec(key) ?? []; return Number(first) >= (from[partition] ?? 0); });
};

const versionName = (): string => `${platform.context.names.parameterPath}/ingest-stream/version`;
const ssm = (): SSMClient => new SSMClient({ region: platform.context.environment.region });
const version = async (): Promise<string> => (await ssm().send(new GetParameterCommand({ Name: versionName() }))).Parameter?.Value ?? '';
/** Which version of the job the environment wants. */
const want = async (value: string): Promise<void> => { await ssm().send(new PutParameterCommand({ Name: versionName(), Value: value, Type: 'String', Overwrite: true })); };

let wanted = '';

const signal = (name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): number => {
  const processes = jobProcesses(platform.cloud().home);
  for (const pid of processes) process.kill(pid, name);
  return processes.length;
};

describe('a topic that Spark validates, killed between what it wrote and its checkpoint, with partitions added', () => {
  /** As many clients of CloudEvents send it: what it lacks is in its headers, and its key is no text. */
  const binaryMode = (flight: Flight | undefined): Message => {
    if (flight === undefined) throw new Error('there are no flights');
    return { key: Buffer.from([0xff, 0x00]), value: Buffer.from(JSON.stringify(landedEvent(flight).data)), headers: { ce_id: `ü-${flight.id}`, ce_specversion: '1.0' } };
  };
  const broken = () => flights.slice(0, 240).map((flight, index) => { const reason = brokenReasons[index % brokenReasons.length] ?? 'not_json'; return { reason, data: breakings[reason]({ ...landedEvent(flight), id: `broken-${flight.id}` }) }; });
  /** Of a producer that took back what it had sent. */
  const takenBack = () => flights.slice(0, 300).map((flight) => ({ key: flight.origin, value: Buffer.from(JSON.stringify({ ...landedEvent(flight), id: `taken-back-${flight.id}` })) }));
  const killed = { objects: [] as readonly string[], unfinished: 0, processes: 0 };

  beforeAll(async () => {
    const { context, cloud } = platform;
    const kafka = new Kafka({ clientId: 'flights', brokers: [cloud().bootstrapServers ?? ''], logLevel: logLevel.NOTHING });
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    const transactional = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, transactionalId: 'flights', idempotent: true, maxInFlightRequests: 1 });
    await Promise.all([producer.connect(), transactional.connect()]);
    const inTransaction = async (messages: readonly Message[], end: 'commit' | 'abort', meanwhile = async (): Promise<void> => await Promise.resolve()): Promise<void> => {
      const transaction = await transactional.transaction();
      for (let from = 0; from < messages.length; from += 200) await transaction.send({ topic: context.names.stream, messages: messages.slice(from, from + 200) });
      await meanwhile();
      await transaction[end]();
    };
    const send = async (messages: readonly Message[], atOnce = 200): Promise<void> => {
      for (let from = 0; from < messages.length; from += atOnce) await producer.send({ topic: context.names.stream, messages: messages.slice(from, from + atOnce) });
    };
    // A broker takes a megabyte at once, and what is too large comes near that.
    const sendBroken = async (messages: readonly Message[]): Promise<void> => { await send(messages, 3); };
    const good = (some: readonly Flight[]): readonly Message[] => some.map((flight) => ({ key: flight.origin, value: Buffer.from(JSON.stringify(landedEvent(flight))) }));
    const bad = broken().map(({ data }, index) => ({ key: String(index), value: data }));

    await send(good(flights.slice(0, 2800)));
    await inTransaction(takenBack().slice(0, 100), 'abort');
    await inTransaction(good(flights.slice(2800, 3000)), 'commit');
    await inTransaction(takenBack().slice(100, 200), 'abort');
    await sendBroken(bad.slice(0, 120));
    let sent = 3000;
    // The schedule starts the job. It is stopped as soon as there is a new object, and killed when that is of an epoch that is not done; else it goes on.
    let seen = 0;
    for (const end = Date.now() + 10 * minutes; Date.now() < end && killed.unfinished === 0; await delay(5)) {
      const { length } = await keysBelow(context.names.bucket('raw'), 'raw/flight.landed/');
      if (length === seen) continue;
      seen = length;
      signal('SIGSTOP');
      killed.objects = await objectsOfUnfinished();
      if (killed.objects.length > 0) {
        killed.processes = signal('SIGKILL');
        // What it had on its way when it was stopped may have arrived.
        await delay(500);
        killed.unfinished = (await objectsOfUnfinished()).length;
      } else {
        signal('SIGCONT');
        await send(good(flights.slice(sent, sent + 300)));
        sent = Math.min(flights.length, sent + 300);
      }
    }
    const admin = new Admin({ clientId: 'test', bootstrapBrokers: [cloud().bootstrapServers ?? ''] });
    await admin.createPartitions({ topics: [{ name: context.names.stream, count: 5, assignments: null }] });
    await admin.close();
    // Others go on while a transaction is open, and its end is the last that stands in their partitions.
    await inTransaction(takenBack().slice(200), 'abort', async () => { await send(good(flights.slice(sent))); });
    await sendBroken(bad.slice(120));
    await inTransaction([binaryMode(flights[0])], 'commit');
    await Promise.all([producer.disconnect(), transactional.disconnect()]);
    await cloud().drained({ endWindows: true, timeout: 10 * minutes });
  }, 30 * minutes);

  it('has nothing of transactions that were taken back, and all of those that were not', async () => {
    const ids = (await streamedLines(platform.context, 'raw')).map(({ event }) => String(event?.id));
    expect(ids.filter((id) => id.startsWith('taken-back-'))).toEqual([]);
    const known = new Set(ids);
    expect(flights.slice(2800, 3000).filter(({ id }) => !known.has(id))).toEqual([]);
  });

  it('really was killed in the middle of an epoch', () => {
    expect(killed.processes).toBeGreaterThanOrEqual(2);
    expect(killed.unfinished).toBeGreaterThan(0);
    process.stderr.write(`killed with ${killed.unfinished} objects there of an epoch that was not done\n`);
  });

  it('stands in raw or in quarantine, each record once, and each object was written once', async () => {
    const [raw, quarantine] = [await streamedLines(platform.context, 'raw'), await streamedLines(platform.context, 'quarantine')];
    const positions = [...raw, ...quarantine].map(({ lineage }) => lineage.position);
    expect(positions).toHaveLength(flights.length + broken().length + 1);
    expect(new Set(positions).size).toBe(positions.length);
    expect(new Set(raw.map(({ event }) => event?.id))).toEqual(new Set(flights.map(({ id }) => id)));
    const sent = binaryMode(flights[0]);
    expect(quarantine.filter(({ headers }) => headers !== undefined)).toMatchObject([{
      reason: 'not_cloudevent', original: sent.value.toString('base64'), key: Buffer.from(sent.key).toString('base64'),
      headers: Object.entries(sent.headers ?? {}).map(([name, text]) => ({ name, value: Buffer.from(text).toString('base64') })),
    }]);
    expect(quarantine.filter(({ headers }) => headers === undefined).map(({ reason, original }) => `${reason} ${original}`).sort()).toEqual(broken().map(({ reason, data }) => `${reason} ${data.toString('base64')}`).sort());
    for (const zone of ['raw', 'quarantine'] as const) {
      const { Versions = [], IsTruncated } = await s3.send(new ListObjectVersionsCommand({ Bucket: platform.context.names.bucket(zone), Prefix: `${zone}/` }));
      expect(IsTruncated).toBe(false);
      expect(new Set(Versions.map(({ Key }) => Key)).size).toBe(Versions.length);
    }
    // What was there when it was killed is there still.
    expect(await keysBelow(platform.context.names.bucket('raw'), 'raw/flight.landed/')).toEqual(expect.arrayContaining([...killed.objects]));
  }, 2 * minutes);

  it('has gone on to the topic that Flink reads: each accepted event at least once, letter by letter as the function sends it, and nothing else', async () => {
    const asFunction = new Set(await sentOnByFunction(await streamedLines(platform.context, 'raw')));
    const sentOn = (await recordsOf(platform.cloud().bootstrapServers ?? '', platform.context.names.acceptedTopic)).map(({ key, value }) => `${Buffer.from(key ?? []).toString('utf8')} ${Buffer.from(value).toString('utf8')}`);
    process.stderr.write(`${sentOn.length} messages of ${asFunction.size} events stand in the topic of accepted events\n`);
    const inTopic = new Set(sentOn);
    expect(asFunction.size).toBe(flights.length);
    expect([...asFunction].filter((message) => !inTopic.has(message)).slice(0, 3)).toEqual([]);
    expect(sentOn.filter((message) => !asFunction.has(message)).slice(0, 3)).toEqual([]);
  }, 2 * minutes);

  it('was taken from where it had stopped, by the schedule', async () => {
    const { JobRuns = [] } = await new GlueClient({ region: platform.context.environment.region }).send(new GetJobRunsCommand({ JobName: platform.context.names.function('ingest-stream') }));
    expect(Object.fromEntries([...Map.groupBy(JobRuns, ({ JobRunState }) => String(JobRunState))].map(([state, runs]) => [state, runs.length]))).toEqual({ FAILED: expect.any(Number) as unknown, RUNNING: 1 });
  });

  it('says to whoever asks that raw is complete', async () => { await expect(requireCompleteRaw(platform.context, 0)).resolves.toBeUndefined(); }, minutes);

  it('comes into the curated table, each flight once', async () => {
    for (const end = Date.now() + 2 * minutes; Date.now() < end && Number((await rowsOf(platform.context, 'SELECT count(*) AS count FROM flight_landed'))[0]?.['count']) < flights.length; await delay(1000));
    const [row] = await rowsOf(platform.context, 'SELECT count(*) AS count, count(DISTINCT _id) AS ids FROM flight_landed');
    expect([Number(row?.['count']), Number(row?.['ids'])]).toEqual([flights.length, flights.length]);
  }, 3 * minutes);

  it('leaves features as they are by a naive count', async () => {
    expect((await differingFromNaive(platform.context, flights)).slice(0, 3)).toEqual([]);
  }, 5 * minutes);

  it('ends between two epochs when another version is wanted', async () => {
    const { environment, names } = platform.context;
    wanted = await version();
    await want('another');
    const glue = new GlueClient({ region: environment.region });
    const states = async (): Promise<readonly (string | undefined)[]> => ((await glue.send(new GetJobRunsCommand({ JobName: names.function('ingest-stream') }))).JobRuns ?? []).map(({ JobRunState }) => JobRunState);
    for (const end = Date.now() + minutes; Date.now() < end && !(await states()).includes('SUCCEEDED'); await delay(500));
    expect(await states()).toContain('SUCCEEDED');
    const done = await epochs('commits');
    expect(Math.max(...done)).toBe(Math.max(...await epochs('offsets')));
  }, 2 * minutes);

  it('goes on where the group stands when the function has read in between', async () => {
    const { context: { names }, cloud } = platform;
    const bootstrapServers = cloud().bootstrapServers ?? '';
    const producer = new Kafka({ clientId: 'flights', brokers: [bootstrapServers] }).producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    const put = async (some: readonly Flight[], marked: string): Promise<void> => { await producer.send({ topic: names.stream, messages: some.map((flight) => ({ key: flight.origin, value: JSON.stringify({ ...landedEvent(flight), id: `${marked}-${flight.id}` }) })) }); };
    const admin = new Kafka({ clientId: 'operator', brokers: [bootstrapServers] }).admin();
    await admin.connect();
    try {
      // What the function would have read, and kept: the group says so, and the checkpoint knows nothing of it.
      await put(flights.slice(0, 40), 'meanwhile');
      await admin.setOffsets({ groupId: names.function('ingest-validator'), topic: names.stream, partitions: (await admin.fetchTopicOffsets(names.stream)).map(({ partition, high }) => ({ partition, offset: high })) });
      await put(flights.slice(0, 40), 'after');
    } finally {
      await admin.disconnect();
      await producer.disconnect();
    }
    await want(wanted);
    await cloud().drained({ endWindows: true, timeout: 5 * minutes });
    const ids = (await streamedLines(platform.context, 'raw')).map(({ event }) => String(event?.id)).filter((id) => /^(?:meanwhile|after)-/u.test(id));
    expect(ids.toSorted()).toEqual(flights.slice(0, 40).map(({ id }) => `after-${id}`).toSorted());
    expect(new Set((await checkpointKeys()).map((key) => key.split('/')[2]))).toHaveProperty('size', 2);
  }, 6 * minutes);
});
