import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Admin, Consumer, ProduceAcks, Producer } from '@platformatic/kafka';
import type { Manifest } from '../../../core/manifest/manifest';
import { encodeState, decodeState, planView } from '../../../core/window';
import type { ViewState } from '../../../core/window';
import type { AcceptedEvent } from '../../../core/window/flink';
import { decodePartial, encodeAccepted, flinkSql, replacePartials } from '../../../core/window/flink';
import { flinkArchive } from '../../../lib/constructs/flink-archive';

const repository = join(__dirname, '..', '..', '..');
const [kafka, flink, python] = [join(repository, '.headrace', 'kafka'), join(repository, '.headrace', 'flink'), join(repository, '.headrace', 'venv', 'bin', 'python')];
const options = { streamRetention: 86_400_000 };

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => { server.close(resolve); });
  return port;
};

const ended = async (name: string, command: string, words: readonly string[], log: string): Promise<void> => {
  const file = openSync(log, 'a');
  const [code] = await once(spawn(command, words, { stdio: ['ignore', file, file] }), 'exit') as [number | null];
  if (code !== 0) throw new Error(`${name} has ended with ${code}: ${readFileSync(log, 'utf8').slice(-4000)}`);
};

/** A broker with nothing in it, for as long as something is done with it. */
const withBroker = async <Result>(directory: string, work: (address: string) => Promise<Result>): Promise<Result> => {
  await ended('bringing Kafka', python, [join(repository, 'local', 'kafka', 'set_up.py'), kafka], join(directory, 'log'));
  const [port, file, log] = [await freePort(), join(directory, 'broker.json'), openSync(join(directory, 'broker-log'), 'a')];
  const broker = spawn(python, [join(repository, 'local', 'kafka', 'broker.py'), kafka, join(directory, 'broker'), String(port), file], { stdio: ['ignore', log, log] });
  try {
    for (let waited = 0; !existsSync(file); waited += 100) {
      if (waited > 60_000 || broker.exitCode !== null) throw new Error(`Kafka did not start: ${readFileSync(join(directory, 'broker-log'), 'utf8').slice(-2000)}`);
      await new Promise((resolve) => { setTimeout(resolve, 100); });
    }
    return await work(`127.0.0.1:${port}`);
  } finally {
    broker.kill('SIGTERM');
    if (broker.exitCode === null) await once(broker, 'exit');
  }
};

const put = async (address: string, topic: string, values: readonly string[]): Promise<void> => {
  const producer = new Producer({ clientId: 'test', bootstrapBrokers: [address], acks: ProduceAcks.ALL });
  // One partition keeps the order in which events became known.
  for (let from = 0; from < values.length; from += 2000) await producer.send({ messages: values.slice(from, from + 2000).map((value) => ({ topic, key: Buffer.from('key'), value: Buffer.from(value), partition: 0 })) });
  await producer.close();
};

const read = async (address: string, topic: string): Promise<readonly { readonly partition: number; readonly value: string | undefined }[]> => {
  const consumer = new Consumer({ clientId: 'test', bootstrapBrokers: [address], groupId: 'test', autocommit: false });
  const offsets = (await consumer.listOffsets({ topics: [topic] })).get(topic) ?? [];
  let left = offsets.reduce((sum, offset) => sum + Number(offset), 0);
  const found: { partition: number; value: string | undefined }[] = [];
  if (left > 0) {
    const stream = await consumer.consume({ topics: [topic], mode: 'earliest' });
    for await (const { partition, value } of stream) {
      found.push({ partition, value: (value as Buffer | null)?.toString() });
      if ((left -= 1) === 0) break;
    }
    await stream.close();
  }
  await consumer.close();
  return found;
};

/** What Flink has made of accepted events. */
export interface FlinkFeatures {
  /** The items, by view and entity, as the partials' consumer leaves them. */
  readonly states: ReadonlyMap<string, ViewState>;
  /** In which partitions the partials of an item were. */
  readonly partitions: ReadonlyMap<string, ReadonlySet<number>>;
  /** Messages that were no partials, with the reason. */
  readonly problems: readonly string[];
  readonly messages: number;
}

/** Key of an item among the states. */
export const itemKey = (view: string, entity: string): string => `${view} ${entity}`;

/**
 * Has real Flink work out the views of a manifest from events on a topic, by the job and the SQL that are deployed, and
 * puts what it sends into items. The topic ends, and Flink with it: that alone is otherwise than when it is deployed.
 *
 * @param events in the order of the topic; a text is put as it is
 */
export const onFlink = async (manifest: Manifest, events: readonly (AcceptedEvent | string)[]): Promise<FlinkFeatures> => {
  const directory = mkdtempSync(join(tmpdir(), 'headrace-flink-'));
  try {
    return await withBroker(directory, async (address) => {
      const admin = new Admin({ clientId: 'test', bootstrapBrokers: [address] });
      await admin.createTopics({ topics: ['accepted'], partitions: 1, replicas: -1 });
      await admin.createTopics({ topics: ['partials'], partitions: 3, replicas: -1 });
      await admin.close();
      await put(address, 'accepted', events.map((event) => (typeof event === 'string' ? event : encodeAccepted(event))));
      const sql = flinkSql(manifest, options);
      if (sql === undefined) throw new Error('The manifest has no view that Flink works out.');
      process.env['HEADRACE_FLINK'] = flink;
      const [archive, properties] = [flinkArchive(sql), join(directory, 'application_properties.json')];
      writeFileSync(properties, JSON.stringify(Object.entries({
        headrace: { brokers: `PLAINTEXT://${address}`, accepted: 'accepted', partials: 'partials', group: 'features' },
        // A machine that is busy is waited for.
        accepted: { 'scan.bounded.mode': 'latest-offset', 'properties.default.api.timeout.ms': '300000', 'properties.request.timeout.ms': '300000' },
        flink: { 'parallelism.default': '2', 'taskmanager.memory.network.max': '64 mb' },
      }).map(([PropertyGroupId, PropertyMap]) => ({ PropertyGroupId, PropertyMap }))));
      const opened = ['java.lang', 'java.util', 'java.time', 'java.nio', 'java.net'].map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`);
      await ended('Flink', join(flink, 'java', 'bin', 'java'), ['-Xmx1g', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', ...opened, '-cp', `${archive}:${join(flink, 'jars', '*')}`, 'headrace.FeatureJob', properties], join(directory, 'flink-log'));
      return itemsOf(manifest, await read(address, 'partials'));
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

const itemsOf = (manifest: Manifest, messages: Awaited<ReturnType<typeof read>>): FlinkFeatures => {
  const plans = new Map(Object.entries(manifest.views).filter(([, { engine }]) => engine === 'flink').map(([name, view]) => [name, planView(manifest, view)]));
  const [states, partitions, problems] = [new Map<string, ViewState>(), new Map<string, Set<number>>(), [] as string[]];
  for (const { partition, value } of messages) {
    const decoded = decodePartial(value ?? '', (view) => plans.get(view));
    if (!decoded.ok) { problems.push(`${decoded.problem}: ${value ?? 'nothing'}`); continue; }
    const { plan, partial } = decoded;
    const key = itemKey(plan.name, partial.entity);
    partitions.set(key, (partitions.get(key) ?? new Set<number>()).add(partition));
    // Packed between, as the table keeps it.
    states.set(key, decodeState(plan, encodeState(plan, replacePartials(plan, states.get(key), [partial], options).state)));
  }
  return { states, partitions, problems, messages: messages.length };
};
