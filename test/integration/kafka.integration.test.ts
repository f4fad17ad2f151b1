import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { KafkaClient, ListClustersV2Command } from '@aws-sdk/client-kafka';
import { Admin } from '@platformatic/kafka';
import { Kafka, Partitioners } from 'kafkajs';
import { redriveBatches } from '../../cli/commands/redrive';
import { compareViews } from '../../cli/features/compare';
import { fillFeatures } from '../../cli/features/fill';
import { hasFollower } from '../../cli/features/mapping';
import { publishGenerations } from '../../cli/features/publish';
import { plansNamed } from '../../cli/features/rebuild-place';
import type { RedriveOutcome } from '../../cli/redrive/redrive';
import type { Flight } from '../../examples/flights/flight';
import { landedEvent, readFlights } from '../../examples/flights/flight';
import { prepareFlights } from '../../examples/flights/prepare';
import { platformOf } from '../../examples/flights/platform';
import { brokerProcess } from '../local/broker-process';
import { functionProcesses } from './support/function-processes';
import { streamedLines } from './support/lake';
import type { Platform } from './support/platform';
import { setVariable, startPlatform } from './support/platform';
import { differingFromNaive } from './support/servings';

const minutes = 60_000;
const day = 86_400_000;
const dayStart = Date.UTC(2001, 5, 1);
const root = join(__dirname, '..', '..');

let platform: Platform;
let flights: readonly Flight[];
let later: readonly Flight[];
/** Of the day after, as many are put when nothing can be kept. */
const last = 3;
/** All that was put and folded, each once. */
const landed: Flight[] = [];

beforeAll(async () => {
  // Its calls are not recorded: what roles need for Kafka's own protocol, and for Lambda's pollers, is no call of AWS's that the local cloud sees.
  delete process.env['HEADRACE_LOCAL_CALLS'];
  const prepared = await prepareFlights(join(root, '.headrace', 'cache', 'flights'));
  platform = await startPlatform({ directory: 'integration-kafka', port: 4711, kafkaPort: 4712, existingCluster: 'theirs' });
  const landingOn = async (from: number): Promise<readonly Flight[]> => (await readFlights(prepared.playback, from, from + day)).filter(({ landing }) => landing >= from && landing < from + day);
  [flights, later] = [await landingOn(dayStart), await landingOn(dayStart + day)];
  landed.push(...flights);
  await fillFeatures(platform.context);
}, 10 * minutes);

afterAll(async () => {
  await platform?.stop();
  rmSync(platform.cloud().home, { recursive: true, force: true });
}, 2 * minutes);

const idsIn = async (zone: 'raw' | 'quarantine'): Promise<readonly string[]> => (await streamedLines(platform.context, zone)).flatMap(({ event }) => event?.id ?? []);

describe('a day of flights by a topic of Kafka, with the broker killed, partitions added, the group shared out anew and the aggregator killed', () => {
  const kills = { aggregator: 0 };
  let failures = 0;
  beforeAll(async () => {
    const { context, cloud } = platform;
    const { put } = platformOf(context);
    /** What a producer does that is told of a failure: it puts the same events again. */
    const putUntilTaken = async (some: readonly Flight[]): Promise<void> => {
      for (const end = Date.now() + 3 * minutes; ;) {
        try {
          await put(some);
          return;
        } catch (error) {
          if (Date.now() > end) throw error;
          failures += 1;
        }
      }
    };
    const killAggregator = async (): Promise<void> => {
      for (const end = Date.now() + minutes; kills.aggregator === 0 && Date.now() < end; await delay(20)) for (const pid of functionProcesses(context.names.function('feature-aggregator'), cloud().endpoint)) {
        process.kill(pid, 'SIGKILL');
        kills.aggregator += 1;
      }
    };
    const quarters = [0, 1, 2, 3].map((quarter) => flights.slice(Math.floor((flights.length * quarter) / 4), Math.floor((flights.length * (quarter + 1)) / 4)));
    for (const [index, quarter] of quarters.entries()) {
      if (index === 1) process.kill(brokerProcess(cloud().home), 'SIGKILL');
      if (index === 2) {
        const admin = new Admin({ clientId: 'test', bootstrapBrokers: [cloud().bootstrapServers ?? ''] });
        await admin.createPartitions({ topics: [{ name: context.names.stream, count: 5, assignments: null }] });
        await admin.close();
      }
      // An idle worker is ended by the local cloud: with the last quarter under way there is one.
      const killed = index === 3 ? killAggregator() : Promise.resolve();
      for (let from = 0; from < quarter.length; from += 1_000) await putUntilTaken(quarter.slice(from, from + 1_000));
      await killed;
    }
    await cloud().drained({ endWindows: true, timeout: 5 * minutes });
  }, 10 * minutes);

  it('really was disturbed', () => {
    expect(flights.length).toBeGreaterThan(15_000);
    expect(kills.aggregator).toBeGreaterThan(0);
    process.stderr.write(`${flights.length} flights; ${failures} puts failed, the aggregator was killed ${kills.aggregator} times\n`);
  });

  it('lies whole in raw, and nothing in quarantine', async () => {
    const ids = await idsIn('raw');
    expect(new Set(ids)).toEqual(new Set(flights.map(({ id }) => id)));
    expect(await streamedLines(platform.context, 'quarantine')).toEqual([]);
  });

  it('stands on the cluster that was there, by whose id its records are known, and no other is made', async () => {
    const { ClusterInfoList = [] } = await new KafkaClient({ region: platform.context.environment.region }).send(new ListClustersV2Command({}));
    expect(ClusterInfoList.map(({ ClusterName }) => ClusterName)).toEqual(['theirs']);
    const id = ClusterInfoList[0]?.ClusterArn?.split('/')[2]?.split('-')[0] ?? '';
    const sources = new Set((await streamedLines(platform.context, 'raw')).map(({ lineage }) => lineage.source));
    expect([...sources]).toEqual([`${platform.context.names.stream}@${id}`]);
  });

  it("gives every airport the features of a naive count, to the last bit, as a stream's does", async () => {
    expect((await differingFromNaive(platform.context, flights)).slice(0, 3)).toEqual([]);
  }, 5 * minutes);
});

describe('plain CloudEvents of clients that know nothing of Headrace', () => {
  interface Message { readonly key: string; readonly value: string }

  const some = () => flights.slice(-20);
  /** Sends events by a client, each twice, and one that breaks its contract; gives what became of them. */
  const takenFrom = async (client: string, send: (messages: readonly Message[]) => Promise<void>) => {
    const rejectedBefore = (await streamedLines(platform.context, 'quarantine')).length;
    const sent = some().map((flight) => ({ key: flight.origin, value: JSON.stringify({ ...landedEvent(flight), id: `${client}-${flight.id}`, source: `/clients/${client}` }) }));
    const broken = some().slice(0, 1).map((flight) => ({ key: flight.origin, value: JSON.stringify({ ...landedEvent(flight), id: `${client}-broken`, data: { origin: flight.origin } }) }));
    await send([...sent, ...sent, ...broken]);
    await platform.cloud().drained({ endWindows: true });
    // Each client is a source, and another source makes other events of the same flights.
    landed.push(...some().map((flight) => ({ ...flight, id: `${client}-${flight.id}` })));
    return {
      landed: new Set((await idsIn('raw')).filter((id) => id.startsWith(`${client}-`))),
      rejected: (await streamedLines(platform.context, 'quarantine')).length - rejectedBefore,
      differing: (await differingFromNaive(platform.context, landed)).slice(0, 3),
    };
  };
  const taken = (client: string) => ({ landed: new Set(some().map(({ id }) => `${client}-${id}`)), rejected: 1, differing: [] });

  it('are validated, land and count once: kafkajs', async () => {
    const producer = new Kafka({ clientId: 'other', brokers: [platform.cloud().bootstrapServers ?? ''] }).producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    expect(await takenFrom('kafkajs', async (messages) => { await producer.send({ topic: platform.context.names.stream, messages: [...messages] }); })).toEqual(taken('kafkajs'));
    await producer.disconnect();
  }, 3 * minutes);

  it("are validated, land and count once: Confluent's client for Python", async () => {
    const send = async (messages: readonly Message[]): Promise<void> => {
      const { status, stderr } = spawnSync(join(root, '.headrace', 'venv', 'bin', 'python'), [join(__dirname, 'support', 'confluent_producer.py'), platform.cloud().bootstrapServers ?? '', platform.context.names.stream], { input: JSON.stringify(messages), encoding: 'utf8' });
      // It also says when a broker was not there at first.
      expect(status === 0 ? '' : stderr).toBe('');
    };
    expect(await takenFrom('confluent', send)).toEqual(taken('confluent'));
  }, 3 * minutes);
});

describe('a new generation, filled from raw and changed to while flights go on by the topic', () => {
  let sent = 0;

  beforeAll(async () => {
    const { context, cloud } = platform;
    const { put } = platformOf(context);
    const seamBack = 12_000;
    // What was put so far is old enough to lie under the seam.
    await delay(seamBack + 1_000);
    const done = new AbortController();
    const playing = (async () => {
      const played = later.slice(0, -last);
      for (; !done.signal.aborted && sent < played.length; sent = Math.min(sent + 150, played.length)) {
        await put(played.slice(sent, sent + 150));
        await delay(400);
      }
    })();
    await publishGenerations(context, plansNamed(context, []), () => undefined, { seamBack, formerFor: 2_000 });
    done.abort();
    await playing;
    landed.push(...later.slice(0, sent));
    await cloud().drained({ endWindows: true });
  }, 5 * minutes);

  it('has followed the topic behind the seam, and ended that', async () => {
    process.stderr.write(`${sent} flights landed meanwhile\n`);
    expect(sent).toBeGreaterThan(0);
    expect(await hasFollower(platform.context)).toBe(false);
  });

  it('equals the rebuild from raw and the naive count', async () => {
    const plans = plansNamed(platform.context, []);
    expect((await compareViews(platform.context, plans, () => undefined, [])).map(({ generation, differing, uncovered, examples }) => ({ generation, differing, uncovered, examples })))
      .toEqual(plans.map(() => ({ generation: 2, differing: 0, uncovered: 0, examples: [] })));
    expect((await differingFromNaive(platform.context, landed)).slice(0, 3)).toEqual([]);
  }, 5 * minutes);
});

describe('a batch of the topic that no retry could keep', () => {
  const redriven = async (): Promise<readonly RedriveOutcome[]> => {
    const outcomes: RedriveOutcome[] = [];
    await redriveBatches(platform.context, undefined, (_key, outcome) => { outcomes.push(outcome); });
    return outcomes;
  };

  it('waits whole in the failures bucket, lies in raw after a redrive at the places where it stood, and was folded once', async () => {
    const { context, cloud } = platform;
    const some = later.slice(-last);
    const before = await idsIn('raw');
    await setVariable(context, 'ingest-validator', 'RAW_BUCKET', 'headrace-is-not-there');
    await platformOf(context).put(some);
    await cloud().drained({ endWindows: true, timeout: 3 * minutes });
    expect(await idsIn('raw')).toHaveLength(before.length);
    await expect(redriven()).rejects.toThrow(`${last} records could not be processed`);
    await setVariable(context, 'ingest-validator', 'RAW_BUCKET', context.names.bucket('raw'));
    const outcomes = await redriven();
    expect(outcomes.reduce((sum, { processed }) => sum + processed, 0)).toBe(some.length);
    expect((await idsIn('raw')).toSorted()).toEqual([...before, ...some.map(({ id }) => id)].toSorted());
    expect(await redriven()).toEqual([]);
    landed.push(...some);
    expect((await compareViews(context, plansNamed(context, []), () => undefined, [])).map(({ differing, uncovered }) => ({ differing, uncovered }))).toEqual(plansNamed(context, []).map(() => ({ differing: 0, uncovered: 0 })));
    expect((await differingFromNaive(context, landed)).slice(0, 3)).toEqual([]);
  }, 5 * minutes);
});
