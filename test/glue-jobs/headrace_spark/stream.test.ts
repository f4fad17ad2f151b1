import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { questionOf } from '../../../lib/runtime/contract-judge/messages';

const repository = join(__dirname, '..', '..', '..');

/** What a program says that uses the stream's modules; those that it uses need no Spark. */
const said = (program: string): unknown => {
  const { stdout, stderr } = spawnSync(join(repository, '.headrace', 'venv', 'bin', 'python'), ['-c', `import json\n${program}`], { cwd: join(repository, 'glue-jobs'), encoding: 'utf8', env: { PATH: process.env['PATH'], PYTHONDONTWRITEBYTECODE: '1' } });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
};

describe('the records of a partition', () => {
  const cut = (sizes: string): unknown => said(`
from headrace_spark.stream_records import Record, batches
records = [Record(partition, offset, 0, 1, None, bytes(size)) for offset, (partition, size) in enumerate(${sizes})]
print(json.dumps([[record.offset for record in batch] for batch in batches(iter(records))]))`);

  it('are cut at 6 MB, and one that is larger is alone', () => {
    expect(cut('[(0, 3_000_000), (0, 3_000_000), (0, 1), (0, 7_000_000), (0, 0), (0, 5_000_000), (0, 999_999)]')).toEqual([[0, 1], [2], [3], [4, 5, 6]]);
  });

  it('are cut by their headers too', () => {
    expect(said(`
from headrace_spark.stream_records import Record, batches
records = [Record(0, offset, 0, 1, None, None, (("name", bytes(2_999_996)), ("none", None))) for offset in range(3)]
print(json.dumps([[record.offset for record in batch] for batch in batches(iter(records))]))`)).toEqual([[0], [1], [2]]);
  });

  it('are cut at 5000', () => {
    expect((cut('[(0, 1)] * 10_001') as readonly (readonly number[])[]).map(({ length }) => length)).toEqual([5000, 5000, 1]);
  });

  it('are never beside those of another', () => { expect(cut('[(0, 1), (0, 1), (1, 1), (1, 1)]')).toEqual([[0, 1], [2, 3]]); });

  it('are none of nothing', () => { expect(cut('[]')).toEqual([]); });
});

describe('a stream without a checkpoint', () => {
  const begins = (earliest: string, committed: string): unknown => said(`
from headrace_spark.stream_settings import starting_offsets
print(starting_offsets("t", ${earliest}, ${committed}))`);

  it('begins where the group of the validator stands, and with the first record that is kept where that is later or the group knows nothing', () => {
    expect(begins('{0: 0, 1: 50, 2: 7}', '{0: 12, 1: 40}')).toEqual({ t: { 0: 12, 1: -2, 2: -2 } });
  });
});

describe('a checkpoint', () => {
  it('says where an epoch ends, in its last line', () => {
    expect(said(`
from headrace_spark.stream_places import offsets_of
print(json.dumps(offsets_of('v1\\n{"batchWatermarkMs":0,"conf":{}}\\n{"t":{"1":7,"0":12}}', "t")))`)).toEqual({ 0: 12, 1: 7 });
  });

  const isPassed = (ends: string, group: string): unknown => said(`
from headrace_spark.stream_places import is_passed
print(json.dumps(is_passed(${ends}, ${group})))`);

  it('is gone on with while the group is where it ends, or behind', () => {
    expect([isPassed('{0: 12, 1: 7}', '{0: 12, 1: 7}'), isPassed('{0: 12, 1: 7}', '{0: 9}'), isPassed('{0: 12}', '{}')]).toEqual([false, false, false]);
  });

  it('is left for another when somebody else has read on, be it one partition', () => {
    expect([isPassed('{0: 12, 1: 7}', '{0: 3, 1: 8}'), isPassed('{0: 12}', '{0: 12, 1: 1}')]).toEqual([true, true]);
  });

  it('has a place of its own each time', () => {
    expect(said(`
from headrace_spark.stream_places import place_of
print(json.dumps([place_of("s3://b/streaming/t/c/", number) for number in (1, 2, 3)]))`)).toEqual(['s3://b/streaming/t/c', 's3://b/streaming/t/c-2', 's3://b/streaming/t/c-3']);
  });
});

describe('a stream whose group was served by who takes uncommitted records', () => {
  it('waits where those before it are of an open transaction, and not where the topic is another', () => {
    expect(said(`
from headrace_spark.stream_settings import held_back
print(json.dumps(held_back({0: 12, 1: 40, 2: 7, 3: 9}, {0: 12, 1: 30, 2: 5, 3: 8, 4: 0}, {0: 20, 1: 45, 2: 6, 3: 9, 4: 3})))`)).toEqual([1, 3]);
  });
});

describe('brokers', () => {
  const options = (brokers: string): unknown => said(`
from headrace_spark.stream_settings import client_options
try: print(json.dumps(client_options("${brokers}")))
except ValueError as fault: print(json.dumps(str(fault)))`);

  it('are spoken to by TLS and the role of the job on AWS, and plainly on this machine', () => {
    expect(options('SASL_SSL://b-1:9098,b-2:9098')).toMatchObject({ 'bootstrap.servers': 'b-1:9098,b-2:9098', 'security.protocol': 'SASL_SSL', 'sasl.mechanism': 'AWS_MSK_IAM' });
    expect(options('PLAINTEXT://127.0.0.1:9092')).toEqual({ 'bootstrap.servers': '127.0.0.1:9092', 'security.protocol': 'PLAINTEXT' });
    expect(options('b-1:9098')).toMatch(/says nothing of brokers/u);
  });
});

describe('the metrics of an epoch', () => {
  it('are those of its batches added up, and of what was waited for the longest', () => {
    expect(said(`
import datetime
from headrace_spark import stream_metrics
totals = stream_metrics.added_up([({"Accepted": 3, "Rejected": 1, "IngestLag": 40}, None), ({"Rejected": 1}, {"reason": "not_json"}), ({"Accepted": 2, "Rejected": 0, "IngestLag": 90}, None)])
calls = []
class Client:
    def put_metric_data(self, **call): calls.append(call)
stream_metrics.put(Client(), "staging", totals, datetime.datetime(2026, 1, 1))
print(json.dumps([[datum["MetricName"], datum["Value"], datum["Unit"], {each["Name"]: each["Value"] for each in datum["Dimensions"]}] for call in calls for datum in call["MetricData"]]))`)).toEqual([
      ['Accepted', 5, 'Count', { environment: 'staging' }], ['Rejected', 1, 'Count', { environment: 'staging' }], ['IngestLag', 90, 'Milliseconds', { environment: 'staging' }], ['Rejected', 1, 'Count', { environment: 'staging', reason: 'not_json' }],
    ]);
  });
});

describe('a question to the program that judges', () => {
  it('is read there as it was put', () => {
    const hex = said(`
from headrace_spark.stream_judge import question
from headrace_spark.stream_records import Record
class Settings: cluster, topic = "0a1b2c3d", "t"
print(json.dumps(question(Settings, [Record(3, 9, 1_000, 1, b"key", b"\\x00\\xff", (("ü", b"\\xff"), ("ü", None), ("", b""))), Record(3, 10, 2_000, 0, None, None), Record(3, 11, 2_000, 0, b"", b"")], {"AWS_ACCESS_KEY_ID": "a"}).hex()))`) as string;
    const message = Buffer.from(hex, 'hex');
    expect(message.readUInt32BE(0)).toBe(message.length - 4);
    expect(questionOf(message.subarray(4))).toEqual({
      cluster: '0a1b2c3d', credentials: { AWS_ACCESS_KEY_ID: 'a' },
      records: [{ topic: 't', partition: 3, offset: 9, timestamp: 1000, timestampType: 'LOG_APPEND_TIME', key: Buffer.from('key'), value: Buffer.from([0, 255]), headers: [{ name: 'ü', value: Buffer.from([255]) }, { name: 'ü', value: null }, { name: '', value: Buffer.alloc(0) }] }, { topic: 't', partition: 3, offset: 10, timestamp: 2000, timestampType: 'CREATE_TIME', key: null, value: Buffer.alloc(0), headers: [] }, { topic: 't', partition: 3, offset: 11, timestamp: 2000, timestampType: 'CREATE_TIME', key: Buffer.alloc(0), value: Buffer.alloc(0), headers: [] }],
    });
  });
});
