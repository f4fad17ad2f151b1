import { spawn } from 'node:child_process';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { KinesisClient, ListShardsCommand, MergeShardsCommand, SplitShardCommand } from '@aws-sdk/client-kinesis';
import { compareViews } from '../../cli/features/compare';
import { fillFeatures } from '../../cli/features/fill';
import { plansNamed } from '../../cli/features/rebuild-place';
import { generationStoreOf } from '../../cli/features/rebuild-place';
import { stateViewText } from '../../core/feature/entity-key';
import type { ViewPlan } from '../../core/window';
import { decodeState, featuresAt } from '../../core/window';
import type { Flight } from '../../examples/flights/flight';
import { landedEvent, readFlights } from '../../examples/flights/flight';
import { prepareFlights } from '../../examples/flights/prepare';
import { awsService } from '../../lib/runtime/aws-request';
import { putRecords } from '../../lib/runtime/event-producer';
import { dynamoStateStore } from '../../lib/runtime/state-store';
import type { FaultyEndpoint } from './support/faulty-endpoint';
import { startFaultyEndpoint } from './support/faulty-endpoint';
import { functionProcesses } from './support/function-processes';
import type { Platform } from './support/platform';
import { setVariable, startPlatform } from './support/platform';
import { naiveValues } from './support/truth';

const minutes = 60_000;
const day = 86_400_000;
const weekStart = Date.UTC(2001, 5, 1);
const root = join(__dirname, '..', '..');

let platform: Platform;
let faulty: FaultyEndpoint;
let flights: readonly Flight[];
const kills = { aggregator: 0, command: 0 };
/** What was read of an airport while a generation was made, with the least and the most that it can be. */
const read: { readonly least: number; readonly found: number; readonly most: number }[] = [];

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

/** The servings of every airport, compared with a naive count at some moments after the last flight. */
const differingFromNaive = async (landed: readonly Flight[]): Promise<readonly string[]> => {
  const store = dynamoStateStore({ table: platform.context.names.stateTable, service: awsService('dynamodb') });
  const differing: string[] = [];
  const newest = landed.reduce((latest, { landing }) => Math.max(latest, landing), 0);
  for (const plan of plans()) {
    const side = plan.view.name === 'airport_departures' ? 'origin' : 'destination';
    const airports = [...new Set(landed.map((flight) => flight[side]))];
    const serving = (await generationStoreOf(platform.context).read([plan.view])).values().next().value?.generations.serving ?? 0;
    const items = await store.read(airports.map((iata) => ({ entity: `airport|${iata}`, view: stateViewText(plan.view, serving) })), { consistent: true });
    for (const [index, airport] of airports.entries()) for (const moment of [newest + 1, newest + 40 * minutes, newest + 2 * day]) {
      const state = items[index] && decodeState(plan, items[index].state);
      const [own, naive] = [featuresAt(plan, state, moment), naiveValues(landed, { view: plan.view, airport, moment, answered: {} })];
      if (JSON.stringify(own) !== JSON.stringify(naive)) differing.push(`${plan.name} ${airport} ${JSON.stringify(own)} ${JSON.stringify(naive)}`);
    }
  }
  return differing;
};

beforeAll(async () => {
  const prepared = await prepareFlights(join(root, '.headrace', 'cache', 'flights'));
  platform = await startPlatform();
  const [from, to] = [weekStart, weekStart + 7 * day];
  flights = (await readFlights(prepared.playback, from, to)).filter(({ landing }) => landing >= from && landing < to);
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

  it('leaves the windows of every airport that a naive count gives', async () => {
    expect((await differingFromNaive(flights)).slice(0, 3)).toEqual([]);
  }, 5 * minutes);
});
