import { GetSchemaVersionCommand, GlueClient, RegisterSchemaVersionCommand } from '@aws-sdk/client-glue';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { LambdaClient, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { aggregatorMapping, enableAggregator } from '../../cli/features/mapping';
import { fillFeatures } from '../../cli/features/fill';
import { activationsOf } from '../../core/contract/activation';
import { contractJsonSchema } from '../../core/contract/schemas/json';
import type { Event } from '../../core/definition/source';
import type { Producer } from '../../lib/producer';
import { createProducer, glueFrames } from '../../lib/producer';
import { signedFetch } from '../../lib/runtime/signed-request';
import { landed as first } from '../fixtures/evolution/first';
import { landed as second } from '../fixtures/evolution/second';
import { landed as third } from '../fixtures/evolution/third';
import type { Evolving } from './support/evolving';
import { startEvolving } from './support/evolving';
import type { LakeLine } from './support/lake';
import { streamedLines } from './support/lake';

const minutes = 60_000;

interface Sent { readonly id: string; readonly origin: string; readonly delay: number; readonly version: number | undefined }

/** A producer that goes on putting an event every few milliseconds until it is stopped. */
const startProducing = (producer: Producer, type: Event, extra: Readonly<Record<string, unknown>>, sent: Sent[]): (() => Promise<void>) => {
  const stopped = new AbortController();
  const work = (async () => {
    for (let index = 0; !stopped.signal.aborted; index += 1) {
      const data = { origin: ['ORD', 'JFK', 'SEA'][index % 3], delayMinutes: (index * 7) % 100, ...extra };
      const id = await producer.put(type, { time: new Date(), data });
      sent.push({ id, origin: String(data.origin), delay: data.delayMinutes, version: type.version });
      await new Promise((resolve) => { setTimeout(resolve, 20); });
    }
    await producer.close();
  })();
  return async () => {
    stopped.abort();
    await work;
  };
};

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

describe('a contract that evolves while its producers go on', () => {
  let evolving: Evolving;
  const sent: Sent[] = [];
  let raw: readonly LakeLine[] = [];
  let activeFrom = 0;
  const problems: Record<'compile' | 'deploy', string> = { compile: '', deploy: '' };
  let registryStatus: string | undefined;

  const messageOf = async (work: () => unknown): Promise<string> => {
    try { await work(); } catch (error) { return error instanceof Error ? error.message : String(error); }
    return 'it was not refused';
  };

  beforeAll(async () => {
    evolving = await startEvolving();
    evolving.compile('first');
    await evolving.deploy();
    const { names, environment } = evolving.context();
    const kinesis = new KinesisClient({ region: environment.region });
    const producerFor = () => createProducer({ stream: names.stream, source: '/test', client: kinesis });
    await fillFeatures(evolving.context());
    const stopFirst = startProducing(producerFor(), first, {}, sent);

    // The aggregator lags: what it judges after the next deploy arrived before it.
    const { UUID } = await aggregatorMapping(evolving.context());
    await new LambdaClient({ region: environment.region }).send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
    evolving.compile('second');
    await evolving.deploy();
    const { Parameter } = await new SSMClient({ region: environment.region }).send(new GetParameterCommand({ Name: `${names.parameterPath}/active-contracts/flight.landed` }));
    activeFrom = activationsOf([['flight.landed', Parameter?.Value ?? '']]).get('flight.landed@v2') ?? 0;
    await sleep(Math.max(0, activeFrom - Date.now()) + 500);
    // The new producer writes Avro by the registry, compressed.
    const frames = glueFrames({ registryName: names.registry, format: 'AVRO', compression: 'zlib', client: new GlueClient({ region: environment.region }) });
    const stopSecond = startProducing(createProducer({ stream: names.stream, source: '/test', client: kinesis, encode: frames }), second, { carrier: 'AA' }, sent);
    await sleep(3000);

    problems.compile = await messageOf(() => evolving.compile('third'));
    evolving.compile('second');
    evolving.smuggle({ ...third, reads: [3] });
    problems.deploy = await messageOf(() => evolving.deploy());
    const glue = new GlueClient({ region: environment.region });
    const { SchemaVersionId } = await glue.send(new RegisterSchemaVersionCommand({ SchemaId: { RegistryName: names.registry, SchemaName: 'flight.landed.json' }, SchemaDefinition: JSON.stringify(contractJsonSchema(third)) }));
    await sleep(2000);
    registryStatus = (await glue.send(new GetSchemaVersionCommand({ SchemaVersionId }))).Status;

    await stopFirst();
    await stopSecond();
    evolving.compile('second');
    await enableAggregator(evolving.context());
    await evolving.cloud.drained({ endWindows: true });
    raw = await streamedLines(evolving.context(), 'raw');
    kinesis.destroy();
  }, 10 * minutes);
  afterAll(async () => { await evolving.cloud.stop(); }, minutes);

  const landedLines = () => raw.filter(({ event }) => event?.type === 'flight.landed');

  it('has every event of both versions in raw, none rejected, each with the version that it came in', async () => {
    expect((await streamedLines(evolving.context(), 'quarantine')).map(({ reason, original }) => [reason, original])).toEqual([]);
    const contractOf = new Map(landedLines().map(({ event, lineage }) => [event?.id, lineage.contract]));
    expect(sent.length).toBeGreaterThan(300);
    expect(new Set(sent.map(({ version }) => version))).toEqual(new Set([1, 2]));
    expect(sent.filter(({ id, version }) => contractOf.get(id) !== `flight.landed@v${version}`)).toEqual([]);
    expect(contractOf.size).toBe(sent.length);
    // Those that came in frames say by which schema.
    const framed = landedLines().filter(({ lineage }) => lineage.schema_version_id !== null);
    expect(new Set(framed.map(({ lineage }) => lineage.contract))).toEqual(new Set(['flight.landed@v2']));
  });

  it('has the same events in its windows, though one consumer lagged behind the deploy', async () => {
    for (const origin of ['ORD', 'JFK', 'SEA']) {
      const own = sent.filter((each) => each.origin === origin);
      const { status, body } = await signedFetch(evolving.context(), '/v1/features/airport_landings/query', { entities: [origin] });
      expect(status).toBe(200);
      expect((body as { readonly results: readonly { readonly features: unknown }[] }).results[0]?.features).toEqual({ flights_24h: own.length, mean_delay_24h: own.reduce((sum, { delay }) => sum + delay, 0) / own.length });
    }
  }, minutes);

  it('has a new version of a view filled beside the former one, which answers until then', async () => {
    const versionNow = async (): Promise<number> => {
      const { status, body } = await signedFetch(evolving.context(), '/v1/features/airport_landings/query', { entities: ['ORD'] });
      return status === 200 ? (body as { readonly version: number }).version : Number.NaN;
    };
    expect(await versionNow()).toBe(1);
    expect((await signedFetch(evolving.context(), '/v1/features/airport_landings@v2/query', { entities: ['ORD'] })).status).toBe(503);
    const kinesis = new KinesisClient({ region: evolving.context().environment.region });
    const stop = startProducing(createProducer({ stream: evolving.context().names.stream, source: '/test', client: kinesis }), second, { carrier: 'BB' }, sent);
    const filled = await fillFeatures(evolving.context(), undefined, { seamBack: 5000, formerFor: 1000, lastInvocation: 0 });
    expect(filled.map(({ view, alreadyReady }) => [view, alreadyReady])).toEqual([['airport_landings@v1', true], ['airport_landings@v2', false]]);
    await stop();
    kinesis.destroy();
    await evolving.cloud.drained({ endWindows: true });
    await sleep(10_000);
    expect(await versionNow()).toBe(2);
    for (const origin of ['ORD', 'JFK', 'SEA']) {
      const own = sent.filter((each) => each.origin === origin);
      for (const version of [1, 2]) {
        const { body } = await signedFetch(evolving.context(), `/v1/features/airport_landings@v${version}/query`, { entities: [origin] });
        expect((body as { readonly results: readonly { readonly features: unknown }[] }).results[0]?.features).toMatchObject({ flights_24h: own.length });
      }
    }
  }, 5 * minutes);

  it('became active after both consumers had it, and not before', () => {
    expect(activeFrom).toBeGreaterThan(0);
    const seconds = landedLines().filter(({ lineage }) => lineage.contract === 'flight.landed@v2');
    expect(seconds.every(({ lineage }) => Date.parse(lineage.arrival) >= activeFrom)).toBe(true);
  });

  it('is refused when it breaks its readers: at compile, at deploy and by the registry, with the same differences', () => {
    const differences = /\/data\/gate \(field_required, backward\):[^;|\n]*;[^;|.\n]*/gu;
    const [atCompile] = problems.compile.match(differences) ?? [];
    expect(atCompile).toMatch(/make the field optional/u);
    expect(problems.deploy).toContain(atCompile);
    expect(registryStatus).toBe('FAILURE');
  });
});
