import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fillFeatures } from '../../cli/features/fill';
import { servingGeneration } from '../../cli/features/rebuild-place';
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

describe('some thousand flights, counted by the aggregator and by Flink, which is killed, restarted from its checkpoint and without one, while the consumer of what it sends is killed too', () => {
  const seen = { killed: 0, restartedWithout: 0, consumers: 0 };

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

    // Every fourth flight comes late, behind all others.
    const [inTime, late] = [flights.filter((_, index) => index % 4 !== 0), flights.filter((_, index) => index % 4 === 0)];
    const third = (index: number): readonly Flight[] => inTime.slice(Math.floor((inTime.length * index) / 3), Math.floor((inTime.length * (index + 1)) / 3));

    await running();
    await putInPieces(third(0));
    await cloud.drained({ endWindows: true, timeout: 6 * minute });
    for (const pid of flinkProcesses()) { process.kill(pid, 'SIGKILL'); seen.killed += 1; }
    await putInPieces(third(1));
    // Garbage among accepted events, and among what Flink sends.
    const producer = kafkaProducer({ clientId: 'test', bootstrapBrokers: [cloud.bootstrapServers ?? ''] });
    await putOnTopic(producer, names.acceptedTopic, ['', '{', 'null', '{"contract":"flight.landed@v1"}'].map((text) => ({ key: 'x', value: Buffer.from(text) })));
    await putOnTopic(producer, names.partialsTopic, ['{', '{"view":"nobody@v1"}', 'null'].map((text) => ({ key: 'x', value: Buffer.from(text) })));
    await sink([{ data: Buffer.from(JSON.stringify({ ...landedEvent(flights[0] as Flight), id: 'broken', data: {} })), partitionKey: 'ORD' }]);
    await cloud.drained({ endWindows: true, timeout: 6 * minute });

    await applications.stop(application, true);
    await putInPieces(third(2));
    for (const end = Date.now() + 3 * minute; (await applications.status(application)) !== 'READY';) { if (Date.now() > end) throw new Error('Flink does not stop'); await delay(100); }
    await applications.start(application, false);
    seen.restartedWithout += 1;
    const killConsumer = async (): Promise<void> => {
      for (const end = Date.now() + 3 * minute; seen.consumers === 0 && Date.now() < end; await delay(10)) for (const pid of functionProcesses(names.function('feature-partials'), cloud.endpoint)) {
        process.kill(pid, 'SIGKILL');
        seen.consumers += 1;
      }
    };
    await Promise.all([running(), putInPieces([...late, ...old]), killConsumer()]);
    await cloud.drained({ endWindows: true, timeout: 8 * minute });
  }, 30 * minute);

  it('really was disturbed, and only once for each application', () => {
    expect(flights.length).toBeGreaterThan(3_000);
    expect(seen).toEqual({ killed: 1, restartedWithout: 1, consumers: expect.any(Number) as number });
    expect(seen.consumers).toBeGreaterThan(0);
    expect(flinkProcesses()).toHaveLength(1);
  });

  it('gives every airport the same features by both, which are those of a naive count, to the last bit', async () => {
    const newest = flights.reduce((latest, { landing }) => Math.max(latest, landing), 0);
    const moments = [newest + 1, newest + 40 * minute, newest + 2 * day];
    const airports = [...new Set(flights.map(({ origin }) => origin))];
    const [byLambda, byFlink] = [await featuresOf(views[0], airports, moments), await featuresOf(views[1], airports, moments)];
    const view = context.manifest.views[views[0]];
    if (!view) throw new Error('no view');
    const rows = Map.groupBy([...flights, ...old], ({ origin }) => origin);
    const naive = new Map(airports.flatMap((airport) => moments.map((moment) => [`${airport} ${moment}`, naiveFeatures(view, (rows.get(airport) ?? []).map(({ id, landing, delayMinutes, destination }) => ({ source, id, effectiveTime: landing, knownAt: landing, row: { delayMinutes, destination } })), moment)] as const)));
    const differing = (found: ReadonlyMap<string, FeatureValues>): readonly unknown[] => [...naive].flatMap(([key, values]) => (JSON.stringify(found.get(key)) === JSON.stringify(values) ? [] : [[key, found.get(key), values]])).slice(0, 3);
    expect(airports.length).toBeGreaterThan(100);
    expect({ byLambda: differing(byLambda), byFlink: differing(byFlink) }).toEqual({ byLambda: [], byFlink: [] });
  }, 5 * minute);

  it('keeps in quarantine what is no event and what is no partial aggregate', async () => {
    const reasons = Map.groupBy(await streamedLines(context, 'quarantine'), (line) => (line as { readonly reason?: string }).reason);
    expect(reasons.get('fold_failed')).toHaveLength(3);
    expect(reasons.size).toBe(2);
  });
});
