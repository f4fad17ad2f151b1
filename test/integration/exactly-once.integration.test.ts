import { spawn } from 'node:child_process';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { KinesisClient, ListShardsCommand, MergeShardsCommand, SplitShardCommand } from '@aws-sdk/client-kinesis';
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { compareViews } from '../../cli/features/compare';
import { fillFeatures } from '../../cli/features/fill';
import { hasFollower } from '../../cli/features/mapping';
import { generationStoreOf, plansNamed } from '../../cli/features/rebuild-place';
import { stateViewText } from '../../core/feature/entity-key';
import type { ViewPlan } from '../../core/window';
import { decodeState, encodeState } from '../../core/window';
import type { Flight } from '../../examples/flights/flight';
import { landedEvent, readFlights } from '../../examples/flights/flight';
import { prepareFlights } from '../../examples/flights/prepare';
import { awsService } from '../../lib/runtime/aws-request';
import { putRecords } from '../../lib/runtime/event-producer';
import { metricNamespace } from '../../lib/runtime/metrics';
import { signedFetch } from '../../lib/runtime/signed-request';
import { dynamoStateStore } from '../../lib/runtime/state-store';
import type { FaultyEndpoint } from './support/faulty-endpoint';
import { startFaultyEndpoint } from './support/faulty-endpoint';
import { functionProcesses } from './support/function-processes';
import type { Platform } from './support/platform';
import { setVariable, startPlatform } from './support/platform';
import { differingFromNaive } from './support/servings';

const minutes = 60_000;
const day = 86_400_000;
const weekStart = Date.UTC(2001, 5, 1);
const root = join(__dirname, '..', '..');

let platform: Platform;
let faulty: FaultyEndpoint;
let flights: readonly Flight[];
let later: readonly Flight[];
const kills = { aggregator: 0 };

const plans = (): readonly ViewPlan[] => plansNamed(platform.context, []);
const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, milliseconds); });
const isWrite = ({ headers }: IncomingMessage): boolean => String(headers['x-amz-target']).endsWith('PutItem');
const isDynamo = ({ headers }: IncomingMessage): boolean => String(headers['x-amz-target']).startsWith('DynamoDB');

/** Kills the aggregator's process while it works, every so often, until it is stopped. */
const killNowAndThen = (every: number): (() => void) => {
  const timer = setInterval(() => {
    for (const pid of functionProcesses(platform.context.names.function('feature-aggregator'), platform.cloud().endpoint)) {
      process.kill(pid, 'SIGKILL');
      kills.aggregator += 1;
    }
  }, every);
  return () => { clearInterval(timer); };
};

const openShards = async (client: KinesisClient): Promise<readonly { readonly id: string; readonly start: bigint; readonly end: bigint }[]> => {
  const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName: platform.context.names.stream }));
  return Shards.flatMap(({ ShardId, HashKeyRange, SequenceNumberRange }) => (ShardId !== undefined && SequenceNumberRange?.EndingSequenceNumber === undefined
    ? [{ id: ShardId, start: BigInt(HashKeyRange?.StartingHashKey ?? 0), end: BigInt(HashKeyRange?.EndingHashKey ?? 0) }] : []));
};

beforeAll(async () => {
  const prepared = await prepareFlights(join(root, '.headrace', 'cache', 'flights'));
  platform = await startPlatform({ directory: 'exactly-once', port: 4653 });
  const [from, to] = [weekStart, weekStart + 7 * day];
  flights = (await readFlights(prepared.playback, from, to)).filter(({ landing }) => landing >= from && landing < to);
  later = (await readFlights(prepared.playback, to, to + 2 * day)).filter(({ landing }) => landing >= to && landing < to + 2 * day);
  await fillFeatures(platform.context);
}, 10 * minutes);

afterAll(async () => {
  await platform?.stop();
  await faulty?.close();
}, 2 * minutes);

const put = async (some: readonly Flight[]): Promise<void> => {
  const { environment, names } = platform.context;
  const client = new KinesisClient({ region: environment.region });
  await putRecords(client, names.stream, some.map((flight) => ({ data: Buffer.from(JSON.stringify(landedEvent(flight))), partitionKey: flight.origin })));
  client.destroy();
};

describe('a week of flights, with acknowledgements lost, calls throttled, the aggregator killed and the stream resharded twice', () => {
  beforeAll(async () => {
    const { context, cloud } = platform;
    faulty = await startFaultyEndpoint(cloud().endpoint, {
      refuse: { concerns: isDynamo, share: 0.3, status: 400, body: JSON.stringify({ __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException', message: 'The level of configured provisioned throughput for the table was exceeded.' }) },
      loseAnswer: { concerns: isWrite, share: 0.1 }, seed: 5,
    });
    await setVariable(context, 'feature-aggregator', 'AWS_ENDPOINT_URL_DYNAMODB', faulty.url);
    const client = new KinesisClient({ region: context.environment.region });
    const stop = killNowAndThen(4000);
    const thirds = [0, 1, 2].map((third) => flights.slice(Math.floor((flights.length * third) / 3), Math.floor((flights.length * (third + 1)) / 3)));
    for (const [index, third] of thirds.entries()) {
      const StreamName = context.names.stream;
      if (index === 1) {
        const [shard] = await openShards(client);
        if (shard) await client.send(new SplitShardCommand({ StreamName, ShardToSplit: shard.id, NewStartingHashKey: String((shard.start + shard.end) / 2n) }));
      }
      if (index === 2) {
        const [one, other] = await openShards(client);
        if (one && other) await client.send(new MergeShardsCommand({ StreamName, ShardToMerge: one.id, AdjacentShardToMerge: other.id }));
      }
      await put(third);
    }
    client.destroy();
    await sleep(20_000);
    stop();
    faulty.heal();
    await cloud().drained({ endWindows: true, timeout: 10 * minutes });
  }, 20 * minutes);

  it('really was disturbed', () => {
    process.stderr.write(`${flights.length} flights, ${JSON.stringify(faulty.faults)}, killed ${kills.aggregator} times\n`);
    expect(flights.length).toBeGreaterThan(110_000);
    expect(faulty.faults.refused).toBeGreaterThan(1000);
    expect(faulty.faults['answer lost']).toBeGreaterThan(300);
    expect(kills.aggregator).toBeGreaterThan(4);
  });

  it('leaves the state that a rebuild from raw gives', async () => {
    expect((await compareViews(platform.context, plans(), () => undefined, [])).map(({ view, differing, uncovered, examples }) => ({ view, differing, uncovered, examples })))
      .toEqual(plans().map(({ name }) => ({ view: name, differing: 0, uncovered: 0, examples: [] })));
  }, 5 * minutes);

  it('is found to be so by the function that compares each night', async () => {
    const { Payload } = await new LambdaClient({ region: platform.context.environment.region }).send(new InvokeCommand({ FunctionName: platform.context.names.function('feature-comparison') }));
    expect(JSON.parse(Buffer.from(Payload ?? []).toString('utf8'))).toEqual(plans().map(({ name }) => expect.objectContaining({ view: name, generation: 1, differing: 0, uncovered: 0, items: expect.any(Number) })));
  }, 5 * minutes);

  it('leaves the windows of every airport that a naive count gives', async () => {
    expect((await differingFromNaive(platform.context, flights)).slice(0, 3)).toEqual([]);
  }, 5 * minutes);
});

describe('a state item that is wrong', () => {
  /** The first view, and an airport's item of it. */
  const itemOf = async (airport: string) => {
    const [plan] = plans();
    if (!plan) throw new Error('there are no views');
    const store = dynamoStateStore({ table: platform.context.names.stateTable, service: awsService('dynamodb') });
    const key = { entity: `airport|${airport}`, view: stateViewText(plan.view, 1) };
    const [item] = await store.read([key], { consistent: true });
    if (!item) throw new Error(`there is no item of ${airport}`);
    return { plan, store, key, item };
  };

  it('is found by the comparison, and named with its tile', async () => {
    const { plan, store, key, item } = await itemOf('ORD');
    const state = decodeState(plan, item.state);
    const [tier = new Map<number, readonly (number | undefined)[]>(), ...others] = state.tiers;
    const [start, tile] = [...tier][3] ?? [0, []];
    const broken = encodeState(plan, { ...state, tiers: [new Map([...tier, [start, tile.map((value) => Number(value ?? 0) + 1)]]), ...others] });
    const written = await store.write(key, { ...item, state: broken }, item.version);
    const found = await compareViews(platform.context, [plan], () => undefined, []);
    expect(found).toMatchObject([{ differing: 1, differences: 1, examples: [{ entity: 'airport|ORD', tiles: [expect.stringContaining(new Date(start).toISOString())] }] }]);
    if (written.kind === 'written') await store.write(key, item, written.version);
  }, 5 * minutes);

  it('is found when it is not there at all', async () => {
    const { plan, store, key, item } = await itemOf('JFK');
    const client = new DynamoDBClient({ region: platform.context.environment.region });
    await client.send(new DeleteItemCommand({ TableName: platform.context.names.stateTable, Key: { entity: { S: key.entity }, view: { S: key.view } } }));
    expect(await compareViews(platform.context, [plan], () => undefined, [], 0)).toMatchObject([{ differing: 1, examples: [{ entity: 'airport|JFK' }] }]);
    await store.write(key, item, undefined);
    expect(await compareViews(platform.context, [plan], () => undefined, [], 0)).toMatchObject([{ differing: 0, uncovered: 0 }]);
  }, 5 * minutes);

  it('is counted under its view, as is how much of it differs', async () => {
    const [plan] = plans();
    const now = Date.now();
    const most = async (MetricName: string): Promise<number> => {
      const { Datapoints = [] } = await new CloudWatchClient({ region: platform.context.environment.region }).send(new GetMetricStatisticsCommand({ Namespace: metricNamespace, MetricName, Statistics: ['Maximum'], Period: 60,
        Dimensions: [{ Name: 'environment', Value: 'local' }, { Name: 'view', Value: plan?.name ?? '' }], StartTime: new Date(now - 60 * minutes), EndTime: new Date(now + minutes) }));
      return Math.max(...Datapoints.map(({ Maximum = 0 }) => Maximum));
    };
    expect(await most('StateDiffers')).toBe(1);
    expect(await most('StateDifferences')).toBeGreaterThanOrEqual(1);
  }, minutes);
});

/** Runs the command as a user does; it can be killed. */
const command = (...words: readonly string[]) => {
  const child = spawn(process.execPath, ['--import', 'tsx', 'cli/headrace.ts', 'features', ...words, '--env', 'local'], { cwd: root, env: process.env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => { output += text.toString('utf8'); });
  const ended = new Promise<number | null>((resolve) => { child.on('close', resolve); });
  return { kill: async () => { child.kill('SIGKILL'); await ended; }, ended, hasEnded: () => child.exitCode !== null, output: () => output };
};

describe('a new generation, filled and changed to while flights go on, the command that makes it killed twice', () => {
  const read: { readonly airport: string; readonly least: number; readonly found: number; readonly most: number }[] = [];
  const killedAt: string[] = [];
  let sent = 0;
  let last: ReturnType<typeof command> | undefined;
  const rebuild = ['rebuild', '--publish', '--seam', '0.2'];

  const stageOf = async (): Promise<string | undefined> => {
    const [plan] = plans();
    return plan && [...await generationStoreOf(platform.context).read([plan.view])][0]?.[1].generations.next?.stage;
  };
  const killAt = async (stages: readonly string[]): Promise<void> => {
    const running = command(...rebuild);
    for (;;) {
      const stage = await stageOf();
      if (stage !== undefined && stages.includes(stage)) { killedAt.push(stage); await running.kill(); return; }
      if (running.hasEnded()) throw new Error(`the command ended before it was killed: ${running.output()}`);
      await sleep(20);
    }
  };

  beforeAll(async () => {
    const { context, cloud } = platform;
    // What has arrived is old enough to lie under the seam.
    await sleep(13_000);
    const at = weekStart + 9 * day;
    const countOf = (airport: string, some: readonly Flight[]): number => some.filter(({ origin, landing }) => origin === airport && landing >= at - 7 * day).length;
    const airports = ['ORD', 'ATL', 'LAX', 'SEA'];
    const least = new Map(airports.map((airport) => [airport, countOf(airport, flights)]));
    const done = new AbortController();
    const playing = (async () => {
      for (; !done.signal.aborted && sent < later.length; sent += 150) {
        await put(later.slice(sent, sent + 150));
        await sleep(300);
      }
    })();
    const reading = (async () => {
      while (!done.signal.aborted) {
        const { status, body } = await signedFetch(context, '/v1/features/airport_departures/query', { entities: airports, at: new Date(at).toISOString() });
        if (status !== 200) throw new Error(`the features were not answered: ${status} ${JSON.stringify(body)}`);
        for (const { entity: { iata }, features } of (body as { results: readonly { entity: { iata: string }; features: Readonly<Record<string, number>> }[] }).results)
          read.push({ airport: iata, least: least.get(iata) ?? 0, found: features['flights_7d'] ?? -1, most: (least.get(iata) ?? 0) + countOf(iata, later.slice(0, sent + 150)) });
        await sleep(100);
      }
    })();
    await killAt(['filling', 'filled']);
    await killAt(['following', 'handing-over']);
    // Any command that fills brings to its end what another has left.
    last = command('fill');
    const exit = await last.ended;
    if (exit !== 0) process.stderr.write(last.output());
    done.abort();
    await Promise.all([playing, reading]);
    await cloud().drained({ endWindows: true, timeout: 5 * minutes });
  }, 15 * minutes);

  it('goes on where the killed command was, and comes to an end', async () => {
    expect(killedAt).toEqual([expect.stringMatching(/fill/u), expect.stringMatching(/following|handing-over/u)]);
    expect(last?.output()).toContain('airport_departures@v1: ready');
    for (const [, { generations }] of await generationStoreOf(platform.context).read(plans().map(({ view }) => view))) expect(generations).toEqual({ serving: 2, finishedAt: expect.any(Number) });
    expect(await hasFollower(platform.context)).toBe(false);
  });

  it('is read whole at every moment: never less than there was before', () => {
    process.stderr.write(`${read.length} features read while ${sent} flights landed\n`);
    expect(read.length).toBeGreaterThan(200);
    expect(read.filter(({ least, found, most }) => found < least || found > most).slice(0, 3)).toEqual([]);
  });

  it('equals the rebuild from raw and the naive count in the end', async () => {
    expect((await compareViews(platform.context, plans(), () => undefined, [])).map(({ generation, differing, uncovered, examples }) => ({ generation, differing, uncovered, examples })))
      .toEqual(plans().map(() => ({ generation: 2, differing: 0, uncovered: 0, examples: [] })));
    expect((await differingFromNaive(platform.context, [...flights, ...later.slice(0, sent)])).slice(0, 3)).toEqual([]);
  }, 5 * minutes);
});
