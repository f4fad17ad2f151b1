import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { Consumer, ProduceAcks, Producer } from '@platformatic/kafka';
import { judge } from '../core/contract/judge';
import { kafkaPosition } from '../core/event/position';
import type { ReceivedRecord } from '../core/event/record';
import type { Manifest } from '../core/manifest/manifest';
import type { Flight } from '../examples/flights/flight';
import { landedEvent } from '../examples/flights/flight';
import { forwardedRecord } from '../lib/runtime/ingest/forward';
import { putOnTopic } from '../lib/runtime/kafka/put';
import { ensureTopic, topicAdmin, topicConfiguration } from '../lib/runtime/kafka/topic';
import { s3Objects } from '../lib/runtime/object-store';
import type { LocalCloud } from '../local/cloud';
import { startLocalCloud, stopLocalCloud } from '../local/cloud';
import { pathsIn } from '../local/paths';
import { flightsExample } from './flights';
import { benchDirectory } from './peers';

const day = 86_400_000;
const [start, end] = [Date.UTC(2001, 0, 1), Date.UTC(2001, 6, 1)];
const port = Number(process.env['HEADRACE_LOCAL_PORT'] ?? 4641);
/** As many partitions as the deployed topics have. */
export const partitions = 3;
export const topics = { events: 'events', accepted: 'accepted', partials: 'partials' } as const;
export const paths = { activations: '/contracts/active', tombstones: '/contracts/tombstones', version: '/ingest-stream/version' } as const;
export const region = 'us-east-1';
/** What tells the cluster from any other. */
export const cluster = '0a1b2c3d';
/** When the flights come: today, as those on a topic do. */
export const arrival = Date.now();

/** Where every engine works: a local cloud with nothing in it but a broker, buckets and the contracts that are active. */
export interface EnginesWorld {
  readonly cloud: LocalCloud;
  readonly brokers: string;
  readonly s3: S3Client;
  /** The example with its views as Flink's. */
  readonly onFlink: Manifest;
}

/** What an engine's process needs to reach the local cloud. */
export const credentials = (endpoint: string): Readonly<Record<string, string>> => ({ AWS_ENDPOINT_URL: endpoint, AWS_REGION: region, AWS_DEFAULT_REGION: region, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_EC2_METADATA_DISABLED: 'true', TZ: 'UTC' });

const client = { region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } } as const;

/** Publishes a parameter. */
export const publish = async ({ cloud }: Pick<EnginesWorld, 'cloud'>, name: string, value: string): Promise<void> => {
  await new SSMClient({ ...client, endpoint: cloud.endpoint }).send(new PutParameterCommand({ Name: name, Value: value, Type: 'String', Overwrite: true }));
};

/** Buckets of an engine: what one has written must not be there for another. */
export const bucketsOf = (engine: string) => ({ raw: `engines-${engine}-raw`, quarantine: `engines-${engine}-quarantine`, curated: `engines-${engine}-curated` });

const home = join(benchDirectory, 'engines');

/** Stops what runs there, if anything does, and removes what it held: topics and objects are some GB. */
export const closeWorld = async (): Promise<void> => {
  await stopLocalCloud({ home });
  rmSync(pathsIn(home).data, { recursive: true, force: true });
};

/** Opens the world, in an empty local cloud; who opens it closes it. */
export const openWorld = async (): Promise<EnginesWorld> => {
  const { manifest } = await flightsExample();
  // Reading and writing objects asks for it.
  process.env['AWS_REGION'] = region;
  // One that was broken off may have left its own.
  await closeWorld();
  // What it holds is worth nothing when it ends, and writing it down would take time from what is measured.
  const cloud = await startLocalCloud({ home, port, kafka: true, fresh: true, saveSeconds: 86_400 });
  try {
    const s3 = new S3Client({ ...client, endpoint: cloud.endpoint, forcePathStyle: true });
    const world: EnginesWorld = { cloud, brokers: cloud.bootstrapServers ?? '', s3, onFlink: { ...manifest, views: Object.fromEntries(Object.entries(manifest.views).map(([name, view]) => [name, view.from.kind === 'event' && view.from.name === 'flight.landed' ? { ...view, engine: 'flink' as const } : view])) } };
    for (const engine of ['validator', 'both', 'spark']) for (const Bucket of Object.values(bucketsOf(engine))) await s3.send(new CreateBucketCommand({ Bucket }));
    for (const { name, version } of Object.values(manifest.events)) if (version === 1) await publish(world, `${paths.activations}/${name}`, JSON.stringify({ 1: 0 }));
    const admin = topicAdmin({ clientId: 'bench', bootstrapBrokers: [world.brokers] });
    for (const name of Object.values(topics)) await ensureTopic(admin, { name, partitions, configuration: topicConfiguration(24) });
    await admin.close();
    return world;
  } catch (error) {
    await closeWorld();
    throw error;
  }
};

/** The first flights in the order of their landings, some thousand at once. */
export async function* flightsUpTo(count: number): AsyncGenerator<readonly Flight[]> {
  const { landings } = await flightsExample();
  let left = count;
  for (let from = start; from < end && left > 0; from += 5 * day) {
    const flights = (await landings(from, Math.min(end, from + 5 * day))).slice(0, left);
    left -= flights.length;
    yield flights;
  }
}

/** What was put on the topics. */
export interface Filled { readonly events: number; readonly accepted: number }

/** Fills the topic of events, and that of accepted events as the validator does, before any clock starts. */
export const fillTopics = async ({ brokers }: EnginesWorld, count: number): Promise<Filled> => {
  const { contracts } = await flightsExample();
  const producer = new Producer({ clientId: 'bench', bootstrapBrokers: [brokers], acks: ProduceAcks.ALL });
  let [events, accepted] = [0, 0];
  for await (const flights of flightsUpTo(count)) {
    for (let from = 0; from < flights.length; from += 10_000) {
      const some = flights.slice(from, from + 10_000).map((flight) => ({ key: flight.origin, value: Buffer.from(JSON.stringify(landedEvent(flight))) }));
      const forwarded = some.flatMap(({ key, value }, index) => {
        const record: ReceivedRecord = { position: kafkaPosition({ topic: topics.events, partition: 0, offset: events + index, cluster }), partitionKey: key, arrival, batchId: null, data: value };
        const judgement = judge(record, contracts);
        return judgement.accepted ? [{ key, value: forwardedRecord({ record, accepted: judgement }).data }] : [];
      });
      await putOnTopic(producer, topics.events, some);
      await putOnTopic(producer, topics.accepted, forwarded);
      events += some.length;
      accepted += forwarded.length;
    }
  }
  await producer.close();
  return { events, accepted };
};

/** How many messages a topic holds. */
export const messagesOn = async (brokers: string, topic: string): Promise<number> => {
  const consumer = new Consumer({ clientId: 'bench', bootstrapBrokers: [brokers], groupId: 'bench-count', autocommit: false });
  try {
    return ((await consumer.listOffsets({ topics: [topic] })).get(topic) ?? []).reduce((sum, offset) => sum + Number(offset), 0);
  } finally {
    await consumer.close();
  }
};

/** Whether a zone holds an object yet. */
export const objectsIn = async ({ s3 }: EnginesWorld, bucket: string, prefix: string): Promise<boolean> => {
  for await (const _object of s3Objects(s3, bucket).list(prefix)) return true;
  return false;
};

/** Lines that stand in an engine's zones, how many different events those of raw are of, and in how many objects. */
export interface Landed { readonly raw: number; readonly identities: number; readonly quarantine: number; readonly objects: number }

/** Counts what an engine has written, by reading all of it. */
export const landedOf = async ({ s3 }: EnginesWorld, engine: string): Promise<Landed> => {
  const buckets = bucketsOf(engine);
  const identities = new Set<string>();
  const count = { raw: 0, quarantine: 0, objects: 0 };
  for (const zone of ['raw', 'quarantine'] as const) {
    const store = s3Objects(s3, buckets[zone]);
    for await (const { key } of store.list(`${zone}/`)) {
      count.objects += 1;
      const object = await store.get(key);
      for (const line of gunzipSync(object ?? Buffer.alloc(0)).toString('utf8').split('\n')) {
        if (line === '') continue;
        count[zone] += 1;
        if (zone === 'raw') identities.add((JSON.parse(line) as { readonly event: { readonly id: string } }).event.id);
      }
    }
  }
  return { ...count, identities: identities.size };
};
