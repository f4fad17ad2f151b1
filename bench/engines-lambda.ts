import { join } from 'node:path';
import type { MSKEvent } from 'aws-lambda';
import { compatibilityPartitioner } from '@platformatic/kafka';
import { localEnvironment } from '../core/environment';
import { landedEvent } from '../examples/flights/flight';
import { bundleLambda } from '../lib/constructs/bundle';
import type { EnginesWorld } from './engines-world';
import { arrival, bucketsOf, cluster, credentials, flightsUpTo, partitions, paths, topics } from './engines-world';
import { flightsExample } from './flights';
import { startProgram } from './peers';

/** What code of functions came to, in one process: time of invocations alone. */
export interface LambdaRun {
  readonly events: number;
  readonly batchSize: number;
  /** From the start of the process to the answer to its first invocation. */
  readonly startSeconds: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
  readonly invocations: number;
  /** Of the aggregator; a row counts once for each view. */
  readonly folded: number;
  readonly late: number;
  readonly duplicates: number;
  readonly reads: number;
  readonly writes: number;
  readonly writeUnits: number;
}

type MskRecord = MSKEvent['records'][string][number];
/** As many as the deployed mappings give at once. */
const batchSizes = { validator: 5000, aggregator: 500, both: 5000 } as const;
export type Half = keyof typeof batchSizes;

const eventOf = (partition: number, records: readonly MskRecord[]): MSKEvent => ({ eventSource: 'aws:kafka', eventSourceArn: `arn:aws:kafka:us-east-1:000000000000:cluster/bench/${cluster}-1111-2222-3333-444455556666-1`, bootstrapServers: '', records: { [`${topics.events}-${partition}`]: [...records] } });

/** One record of the topic as a mapping gives it. */
const recordOf = (topic: string, partition: number, offset: number, key: Buffer, value: Buffer): MskRecord => ({ topic, partition, offset, timestamp: arrival, timestampType: 'LOG_APPEND_TIME', key: key.toString('base64'), value: value.toString('base64'), headers: [] });

/** A process with code of functions, which is invoked with what comes in. */
const invoked = (words: readonly string[], environment: Readonly<Record<string, string>>, batchSize: number) => {
  const side = startProgram('engine-lambda', words, environment);
  // It is compiled before it is started.
  const began = performance.now();
  const waiting: MskRecord[][] = Array.from({ length: partitions }, () => []);
  let [events, startSeconds] = [0, 0];
  const flush = async (partition: number): Promise<void> => {
    const records = waiting[partition] ?? [];
    waiting[partition] = [];
    if (records.length === 0) return;
    await side.ask(eventOf(partition, records));
    if (startSeconds === 0) startSeconds = (performance.now() - began) / 1000;
    events += records.length;
  };
  return {
    take: async (record: MskRecord): Promise<void> => {
      const batch = waiting[record.partition];
      batch?.push(record);
      if ((batch?.length ?? 0) >= batchSize) await flush(record.partition);
    },
    end: async (): Promise<LambdaRun> => {
      for (let partition = 0; partition < partitions; partition += 1) await flush(partition);
      const used = await side.ask<Omit<LambdaRun, 'events' | 'batchSize' | 'startSeconds'>>('end');
      return { events, batchSize, startSeconds, ...used };
    },
    close: side.close,
  };
};

/** Runs the flights through the code of functions: the validator's deployed bundle, the aggregator's modules, or one after the other. */
export const runLambda = async ({ cloud }: EnginesWorld, half: Half, count: number): Promise<LambdaRun> => {
  const { generatedDirectory } = await flightsExample();
  const files = [join(generatedDirectory, 'manifest.json'), join(generatedDirectory, 'validators.js')];
  const bundle = half === 'aggregator' ? '' : join(bundleLambda({ name: 'ingest-validator', target: localEnvironment(), generatedDirectory }), 'index.js');
  const buckets = bucketsOf(half);
  const side = invoked(half === 'aggregator' ? [half, ...files] : half === 'validator' ? [half, bundle] : [half, bundle, ...files], {
    ...credentials(cloud.endpoint), HEADRACE_ENVIRONMENT: 'bench', POWERTOOLS_SERVICE_NAME: 'ingest-validator', RAW_BUCKET: buckets.raw, QUARANTINE_BUCKET: buckets.quarantine,
    ACTIVATIONS_PATH: paths.activations, ACTIVATION_SECONDS: '60', TOMBSTONES_PATH: paths.tombstones, REGISTRY_NAME: 'contracts',
  }, batchSizes[half]);
  const offsets = Array.from({ length: partitions }, () => 0);
  try {
    for await (const flights of flightsUpTo(count)) for (const flight of flights) {
      const [key, value] = [Buffer.from(flight.origin), Buffer.from(JSON.stringify(landedEvent(flight)))];
      const partition = compatibilityPartitioner({ topic: topics.events, key, value }, key) % partitions;
      const offset = offsets[partition] ?? 0;
      offsets[partition] = offset + 1;
      await side.take(recordOf(topics.events, partition, offset, key, value));
    }
    return await side.end();
  } finally {
    await side.close();
  }
};

/**
 * Puts what Flink has sent into items, by the code of the function that does that.
 *
 * @param seen told of each message
 */
export const runPartials = async <Message extends { readonly partition: number; readonly value: Buffer }>(manifestFile: string, messages: AsyncIterable<Message>, seen: (message: Message) => void): Promise<LambdaRun> => {
  const side = invoked(['partials', manifestFile], {}, 500);
  const offsets = Array.from({ length: partitions }, () => 0);
  try {
    for await (const message of messages) {
      const { partition, value } = message;
      seen(message);
      const offset = offsets[partition] ?? 0;
      offsets[partition] = offset + 1;
      await side.take(recordOf(topics.partials, partition, offset, Buffer.alloc(0), value));
    }
    return await side.end();
  } finally {
    await side.close();
  }
};
