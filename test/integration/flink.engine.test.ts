import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Consumer } from '@platformatic/kafka';
import { fillFeatures } from '../../cli/features/fill';
import { publishHops } from '../../cli/features/flink';
import type { PublishedGeneration } from '../../cli/features/publish';
import { flinkNamed, servingGeneration } from '../../cli/features/rebuild-place';
import type { Context } from '../../cli/context';
import { stateViewText } from '../../core/feature/entity-key';
import { decodeState, featuresAt, planView, type FeatureValues } from '../../core/window';
import { naiveFeatures } from '../../core/window/oracle';
import { landedEvent, readFlights, type Flight } from '../../examples/flights/flight';
import { setIngestion } from '../../examples/flights/ingestion';
import { prepareFlights } from '../../examples/flights/prepare';
import { awsService } from '../../lib/runtime/aws-request';
import { eventSinkOf } from '../../lib/runtime/event-sink';
import { flinkApplications } from '../../lib/runtime/flink-application';
import { kafkaProducer, putOnTopic } from '../../lib/runtime/kafka/put';
import { topicAdmin } from '../../lib/runtime/kafka/topic';
import { dynamoStateStore } from '../../lib/runtime/state-store';
import { startLocalCloud, type LocalCloud } from '../../local/cloud';
import { functionProcesses } from './support/function-processes';
import { deployProject, emptyHome, generatedProject } from './support/generated-project';
import { streamedLines } from './support/lake';

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
const root = join(__dirname, '..', '..');
const home = join(root, '.headrace', 'engine-flink');
const [port, kafkaPort] = [4721, 4722];
const dayStart = Date.UTC(2001, 5, 1);
const source = '/flights/us/2001';
const views = ['delays_by_lambda@v1', 'delays_by_flink@v1'] as const;

let cloud: LocalCloud;
let context: Context;
let flights: readonly Flight[];
/** A month before the others: too late for every window when they come. */
let old: readonly Flight[];

/** Ids of the processes that run the job. */
const flinkProcesses = (): readonly number[] => execFileSync('ps', ['-axww', '-o', 'pid=,command='], { encoding: 'utf8' }).split('\n')
  .filter((line) => line.includes('headrace.FeatureJob') && line.includes(join(home, 'local-cloud', 'flink'))).map((line) => Number(line.trim().split(' ')[0]));

/** Name of the application, as the local cloud tells who waits for it. */
const flinkApplication = async (): Promise<string> => {
  const { applications: [found] } = await (await fetch(`${cloud.endpoint}/_headrace/flink`)).json() as { readonly applications: readonly { readonly name: string }[] };
  if (found === undefined) throw new Error('the local cloud runs no Flink application');
  return found.name;
};

beforeAll(async () => {
  // Its calls are not recorded: what roles need for Kafka's own protocol is no call of AWS's that the local cloud sees.
  delete process.env['HEADRACE_LOCAL_CALLS'];
  const prepared = await prepareFlights(join(root, '.headrace', 'cache', 'flights'));
  await emptyHome(home, port);
  setIngestion({ ingestion: 'msk' });
  process.env['HEADRACE_TEST_INGESTION'] = 'msk';
  cloud = await startLocalCloud({ home, port, kafka: true, kafkaPort });
  process.env['AWS_ENDPOINT_URL'] = cloud.endpoint;
  const landedIn = async (from: number, to: number): Promise<readonly Flight[]> => (await readFlights(prepared.playback, from, to)).filter(({ landing }) => landing >= from && landing < to);
  flights = await landedIn(dayStart, dayStart + 15 * hour);
  old = (await landedIn(dayStart - 31 * day, dayStart - 31 * day + 15 * hour)).slice(0, 50);
  context = await deployProject(generatedProject(home, join('flink', 'definitions.ts')));
  await fillFeatures(context);
}, 20 * minute);

afterAll(async () => {
  await cloud?.stop();
  rmSync(home, { recursive: true, force: true });
}, 2 * minute);

/** Every airport's features of a view, at three moments after the last flight. */
const featuresOf = async (name: typeof views[number], airports: readonly string[], moments: readonly number[]): Promise<ReadonlyMap<string, FeatureValues>> => {
  const view = context.manifest.views[name];
  if (!view) throw new Error(`there is no view ${name}`);
  const plan = planView(context.manifest, view);
  const store = dynamoStateStore({ table: context.names.stateTable, service: awsService('dynamodb') });
  const key = stateViewText(view, await servingGeneration(context, view));
  const items = await store.read(airports.map((iata) => ({ entity: `airport|${iata}`, view: key })), { consistent: true });
  return new Map(airports.flatMap((airport, index) => moments.map((moment) => {
    const item = items[index];
    return [`${airport} ${moment}`, featuresAt(plan, item && decodeState(plan, item.state), moment)] as const;
  })));
};

/** Whose features at what moment differ: what was found, and what a naive count gives. */
type Difference = readonly [key: string, found: FeatureValues | undefined, naive: FeatureValues];
type Differing = Readonly<Record<'byLambda' | 'byFlink', readonly Difference[]>>;

/** What either engine's features differ in from a naive count of flights, those from before among them. */
const differing = async (known: readonly Flight[]): Promise<Differing> => {
  const newest = flights.reduce((latest, { landing }) => Math.max(latest, landing), 0);
  const moments = [newest + 1, newest + 40 * minute, newest + 2 * day];
  const airports = [...new Set(flights.map(({ origin }) => origin))];
  const view = context.manifest.views[views[0]];
  if (!view) throw new Error('no view');
  const rows = Map.groupBy([...known, ...old], ({ origin }) => origin);
  const naive = new Map(airports.flatMap((airport) => moments.map((moment) => [`${airport} ${moment}`, naiveFeatures(view, (rows.get(airport) ?? []).map(({ id, landing, delayMinutes, destination }) => ({ source, id, effectiveTime: landing, knownAt: landing, row: { delayMinutes, destination } })), moment)] as const)));
  const of = async (name: typeof views[number]): Promise<readonly Difference[]> => {
    const found = await featuresOf(name, airports, moments);
    return [...naive].flatMap(([key, values]) => (JSON.stringify(found.get(key)) === JSON.stringify(values) ? [] : [[key, found.get(key), values] as const]));
  };
  expect(airports.length).toBeGreaterThan(100);
  return { byLambda: await of(views[0]), byFlink: await of(views[1]) };
};

/** How many messages of a topic bring anything, and how many nothing. */
const messagesOn = async (topic: string): Promise<{ readonly whole: number; readonly empty: number }> => {
  const consumer = new Consumer({ clientId: 'test', bootstrapBrokers: [cloud.bootstrapServers ?? ''], groupId: 'test', autocommit: false });
  let left = ((await consumer.listOffsets({ topics: [topic] })).get(topic) ?? []).reduce((sum, offset) => sum + Number(offset), 0);
  const seen = { whole: 0, empty: 0 };
  const stream = await consumer.consume({ topics: [topic], mode: 'earliest' });
  for await (const { value } of stream) {
    seen[(value as Buffer | null | undefined)?.length ? 'whole' : 'empty'] += 1;
    if ((left -= 1) === 0) break;
  }
  await stream.close();
  await consumer.close();
  return seen;
};

/** Has the topic of accepted events forget all that it holds, as it does when its retention has passed. */
const forgetAccepted = async (): Promise<void> => {
  const [name, admin] = [context.names.acceptedTopic, topicAdmin({ clientId: 'test', bootstrapBrokers: [cloud.bootstrapServers ?? ''] })];
  const count = (await admin.metadata({ topics: [name] })).topics.get(name)?.partitionsCount ?? 0;
  await admin.deleteRecords({ topics: [{ name, partitions: Array.from({ length: count }, (_, partition) => ({ partition, offset: -1n })) }] });
  await admin.close();
};

describe('some thousand flights, counted by the aggregator and by Flink, which is killed, restarted from its checkpoint, with the cloud, and without any state, while its view is rebuilt and the consumer of what it sends is killed', () => {
  const seen = { killed: 0, restartedWithout: 0, consumers: 0 };
  const rebuilt: PublishedGeneration[] = [];
  /** What differs when rebuilds were under way, and when Flink began anew with a topic that no longer holds all, before and after a rebuild. */
  let [between, unseen, mended]: Differing[] = [];
  /** Of which airports fewer flights are counted when Flink has begun anew than before. */
  let lost: readonly Difference[] = [];

  beforeAll(async () => {
    const { names } = context;
    const sink = eventSinkOf(context);
    const put = (some: readonly Flight[]): Promise<void> => sink(some.map((flight) => ({ data: Buffer.from(JSON.stringify(landedEvent(flight))), partitionKey: flight.origin })));
    /** In pieces, the last flights of each of which its producer sends again, as it was not told that they were taken. */
    const putInPieces = async (some: readonly Flight[]): Promise<void> => {
      for (let from = 0; from < some.length; from += 500) {
        const piece = some.slice(from, from + 500);
        await put(piece);
        await put(piece.slice(-60));
      }
    };
    const applications = flinkApplications(awsService('kinesisanalytics'));
    const application = await flinkApplication();
    const running = async (): Promise<void> => { for (const end = Date.now() + 8 * minute; (await applications.status(application)) !== 'RUNNING' || flinkProcesses().length === 0;) { if (Date.now() > end) throw new Error(`${application} does not run`); await delay(200); } };
    const stopWithoutSnapshot = async (meanwhile: () => Promise<void>): Promise<void> => {
      await applications.stop(application, true);
      await meanwhile();
      for (const end = Date.now() + 3 * minute; (await applications.status(application)) !== 'READY';) { if (Date.now() > end) throw new Error('Flink does not stop'); await delay(100); }
    };
    const startWithoutState = async (): Promise<void> => {
      await applications.start(application, false);
      seen.restartedWithout += 1;
    };
    const drained = (): Promise<void> => cloud.drained({ endWindows: true, timeout: 8 * minute });
    const rebuild = async (): Promise<void> => { rebuilt.push(...await publishHops(context, flinkNamed(context, []), () => undefined)); };

    // Every fourth flight comes late, behind all others.
    const [inTime, late] = [flights.filter((_, index) => index % 4 !== 0), flights.filter((_, index) => index % 4 === 0)];
    const third = (index: number): readonly Flight[] => inTime.slice(Math.floor((inTime.length * index) / 3), Math.floor((inTime.length * (index + 1)) / 3));
    const [lateFirst, lateLast] = [late.slice(0, late.length / 2), late.slice(late.length / 2)];

    await running();
    await putInPieces(third(0));
    await drained();
    for (const pid of flinkProcesses()) { process.kill(pid, 'SIGKILL'); seen.killed += 1; }
    await putInPieces(third(1));
    // Garbage among accepted events, and among what Flink sends.
    const producer = kafkaProducer({ clientId: 'test', bootstrapBrokers: [cloud.bootstrapServers ?? ''] });
    await putOnTopic(producer, names.acceptedTopic, ['', '{', 'null', '{"contract":"flight.landed@v1"}'].map((text) => ({ key: 'x', value: Buffer.from(text) })));
    await putOnTopic(producer, names.partialsTopic, ['{', '{"view":"nobody@v1"}', 'null'].map((text) => ({ key: 'x', value: Buffer.from(text) })));
    await sink([{ data: Buffer.from(JSON.stringify({ ...landedEvent(flights[0] as Flight), id: 'broken', data: {} })), partitionKey: 'ORD' }]);

    // Stopped with work under way: what ran goes on when the cloud starts again, from its checkpoint.
    await running();
    await cloud.stop();
    if (flinkProcesses().length > 0) throw new Error('Flink goes on without its cloud');
    cloud = await startLocalCloud({ home, port, kafka: true, kafkaPort });
    await drained();

    await stopWithoutSnapshot(() => putInPieces(third(2)));
    await startWithoutState();
    const killConsumer = async (): Promise<void> => {
      for (const end = Date.now() + 3 * minute; seen.consumers === 0 && Date.now() < end; await delay(10)) for (const pid of functionProcesses(names.function('feature-partials'), cloud.endpoint)) {
        process.kill(pid, 'SIGKILL');
        seen.consumers += 1;
      }
    };
    // What raw gives comes into the items between what Flink sends of the same hops.
    await Promise.all([running(), putInPieces([...lateFirst, ...old]).then(rebuild), killConsumer()]);
    await rebuild();
    await drained();
    between = await differing([...inTime, ...lateFirst]);

    await stopWithoutSnapshot(forgetAccepted);
    await startWithoutState();
    await Promise.all([running(), putInPieces(lateLast)]);
    await drained();
    unseen = await differing(flights);
    lost = (await differing([...inTime, ...lateFirst])).byFlink.filter(([, found, naive]) => Number(found?.['flights_14d'] ?? 0) < Number(naive['flights_14d']));
    await rebuild();
    mended = await differing(flights);
  }, 30 * minute);

  it('really was disturbed, and only once for each application', () => {
    expect(flights.length).toBeGreaterThan(3_000);
    expect(seen).toEqual({ killed: 1, restartedWithout: 2, consumers: expect.any(Number) as number });
    expect(seen.consumers).toBeGreaterThan(0);
    expect(rebuilt.map(({ items }) => items ?? 0).filter((items) => items > 100)).toHaveLength(3);
    expect(flinkProcesses()).toHaveLength(1);
  });

  it('gives every airport the same features by both, which are those of a naive count, to the last bit', () => {
    for (const each of [between, mended]) expect({ byLambda: each?.byLambda.slice(0, 3), byFlink: each?.byFlink.slice(0, 3) }).toEqual({ byLambda: [], byFlink: [] });
  });

  it('kept what was counted, and needed a rebuild for more flights of hops of which the topic no longer held all, when Flink began anew', () => {
    expect(unseen?.byLambda).toEqual([]);
    expect(lost.slice(0, 3)).toEqual([]);
    expect(unseen?.byFlink.length).toBeGreaterThan(10);
  });

  it('sends each hop as it is, and takes none back', async () => {
    expect(await messagesOn(context.names.partialsTopic)).toEqual({ whole: expect.any(Number) as number, empty: 0 });
  }, 5 * minute);

  it('keeps in quarantine what is no event and what is no partial aggregate', async () => {
    const reasons = Map.groupBy(await streamedLines(context, 'quarantine'), (line) => (line as { readonly reason?: string }).reason);
    expect(reasons.get('fold_failed')).toHaveLength(3);
    expect(reasons.size).toBe(2);
  });
});
