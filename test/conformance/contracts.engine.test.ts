import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MSKEvent } from 'aws-lambda';
import { generateValidators } from '../../cli/generate-validators';
import { tombstoneOf } from '../../core/erasure/tombstone';
import type { RegistryKind } from '../../core/contract/frame';
import { bundleLambda } from '../../lib/constructs/bundle';
import { judgeBundle } from '../../lib/constructs/judge-bundle';
import { localEnvironment } from '../../core/environment';
import { arrival, manifest } from '../fixtures/contracts';
import { clusterArn, topic } from '../fixtures/kafka';
import { startSpark, type SparkProcess } from '../glue-jobs/headrace_spark/support/spark-process';
import { contractCases, type ContractCase } from './contract-cases';
import { startSmallCloud, type SmallCloud } from './support/small-cloud';

jest.setTimeout(600_000);

const paths = { activations: '/contracts/active', tombstones: '/contracts/tombstones' };
const directory = mkdtempSync(join(tmpdir(), 'headrace-contracts-'));
let spark: SparkProcess;
let cloud: SmallCloud;

beforeAll(async () => {
  writeFileSync(join(directory, 'manifest.json'), JSON.stringify(manifest));
  writeFileSync(join(directory, 'validators.js'), generateValidators(manifest));
  const erased = tombstoneOf({ identifiers: ['erased@example.org'] }, { erasure: 'e-1', salt: 'salt', erasedAt: arrival + 1, until: Date.now() + 86_400_000 });
  cloud = await startSmallCloud({ parameters: {
    [paths.activations]: [[`${paths.activations}/order.placed`, JSON.stringify({ 1: 0, 2: Date.parse('2026-02-15T00:00:00Z') })], [`${paths.activations}/order.shipped`, JSON.stringify({ 1: 0 })]],
    [paths.tombstones]: [[`${paths.tombstones}/e-1`, JSON.stringify(erased)]],
  } });
  spark = await startSpark(cloud.url);
});
afterAll(async () => {
  await spark.end();
  await cloud.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Cases on three partitions, and each partition's offsets. */
const placed = (cases: readonly ContractCase[]) => cases.map((each, index) => ({ ...each, partition: index % 3, offset: 100 + Math.floor(index / 3) }));
const base64 = (bytes: Uint8Array | string | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString('base64'));

const variables = (bucket: string, registry: RegistryKind): Readonly<Record<string, string>> => ({
  HEADRACE_ENVIRONMENT: 'contracts', POWERTOOLS_SERVICE_NAME: 'ingest-validator', AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL: cloud.url, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test',
  RAW_BUCKET: `${bucket}-raw`, QUARANTINE_BUCKET: `${bucket}-quarantine`, ACTIVATIONS_PATH: paths.activations, ACTIVATION_SECONDS: '60', TOMBSTONES_PATH: paths.tombstones, REGISTRY_NAME: 'contracts',
  ...(registry === 'confluent' ? { REGISTRY_URL: `${cloud.url}/registry` } : {}),
});

/** By the validator's function, as it is deployed, with what Lambda's mapping gives it. */
const byLambda = async (registry: RegistryKind): Promise<void> => {
  const bundle = bundleLambda({ name: 'ingest-validator', target: localEnvironment(), generatedDirectory: directory });
  const before = { ...process.env };
  // What it logs is not looked at here.
  const said = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  Object.assign(process.env, variables(`lambda-${registry}`, registry));
  const records: Record<string, unknown[]> = {};
  for (const { partition, offset, arrival: timestamp, timestampType, key, value, headers = [] } of placed(contractCases(registry)))
    (records[`${topic}-${partition}`] ??= []).push({ topic, partition, offset, timestamp, timestampType, headers: headers.map(([name, bytes]) => ({ [name]: bytes === null ? null : [...Int8Array.from(bytes)] })), ...(key === null ? {} : { key: base64(key) }), ...(value === null ? {} : { value: base64(value) }) });
  try {
    let answer: unknown;
    await jest.isolateModulesAsync(async () => {
      const { handler } = jest.requireActual<{ readonly handler: (event: MSKEvent, context: { readonly getRemainingTimeInMillis: () => number }) => Promise<unknown> }>(join(bundle, 'index.js'));
      answer = await handler({ eventSource: 'aws:kafka', eventSourceArn: clusterArn, bootstrapServers: '', records } as unknown as MSKEvent, { getRemainingTimeInMillis: () => 120_000 });
    });
    expect(answer).toEqual({ batchItemFailures: [] });
  } finally {
    said.mockRestore();
    process.env = before;
  }
};

/** By the job's own code on Spark, a task for each partition. */
const bySpark = async (registry: RegistryKind): Promise<{ readonly reports: readonly unknown[] }> => {
  const file = join(directory, `${registry}.json`);
  writeFileSync(file, JSON.stringify(placed(contractCases(registry)).map(({ partition, offset, arrival: timestamp, timestampType, key, value, headers }) => [partition, offset, timestamp, timestampType === 'LOG_APPEND_TIME' ? 1 : 0, base64(key), base64(value), headers?.map(([name, bytes]) => [name, base64(bytes)]) ?? null])));
  const { RAW_BUCKET, QUARANTINE_BUCKET } = variables(`spark-${registry}`, registry);
  return await spark.ask('stream', judgeBundle(directory, localEnvironment()), {
    environment: 'contracts', region: 'us-east-1', topic, brokers: 'PLAINTEXT://127.0.0.1:1', cluster: '0a1b2c3d', consumer_group: 'group', checkpoint: 's3://none/', judge: 'none', raw_bucket: RAW_BUCKET, quarantine_bucket: QUARANTINE_BUCKET,
    activations_path: paths.activations, activation_seconds: '60', tombstones_path: paths.tombstones, registry_name: 'contracts', version: registry, version_parameter: 'none', trigger_seconds: 1, records_at_once: 1000,
    ...(registry === 'confluent' ? { registry_url: `${cloud.url}/registry` } : {}),
  }, file);
};

/** What an engine has written of one environment, without the name of its buckets. */
const writtenBy = (engine: string): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries([...cloud.objects()].flatMap(([place, text]) => (place.startsWith(`${engine}-`) ? [[place.slice(engine.length + 1), text.split('\n')]] : [])));

describe.each<RegistryKind>(['glue', 'confluent'])('the cases of contracts, with frames of %s', (registry) => {
  it('come to the same objects on Spark as in the validator, line by line', async () => {
    await byLambda(registry);
    await bySpark(registry);
    const [lambda, onSpark] = [writtenBy(`lambda-${registry}`), writtenBy(`spark-${registry}`)];
    const lines = Object.values(lambda).flat().filter((line) => line !== '');
    // All but those of a subject that was erased are there.
    expect(lines.length).toBe(contractCases(registry).length - 3);
    expect(lines.filter((line) => line.includes('"headers":[')).length).toBeGreaterThan(2);
    expect(onSpark).toEqual(lambda);
    process.stderr.write(`${registry}: ${contractCases(registry).length} cases, ${Object.keys(lambda).length} objects, of them ${Object.keys(lambda).filter((key) => key.startsWith('raw')).length} in raw\n`);
  });

  it('are written once, however often they are done again', async () => {
    const before = cloud.objects().size;
    cloud.puts.again = 0;
    const { reports } = await bySpark(registry);
    expect(reports.length).toBeGreaterThan(0);
    expect(cloud.objects().size).toBe(before);
    expect(cloud.puts).toEqual({ again: Object.keys(writtenBy(`spark-${registry}`)).length, other: 0 });
  });
});
