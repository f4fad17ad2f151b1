import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { kinesisPredictionLog, writerPredictionLog } from '../../../lambdas/prediction-api/prediction-log';

/** How long a put may take where it is not about that: a machine that does other work answers late. */
const patient = 10_000;
const impatient = 1000;

interface Put { readonly StreamName: string; readonly Records: readonly { readonly PartitionKey: string; readonly Data: string }[] }

describe('the record of predictions', () => {
  const closers: (() => void)[] = [];
  afterEach(() => { for (const close of closers.splice(0)) close(); });

  /** A stream that answers as told, one answer a put: codes of the records, `refuse`, or `hang`. */
  const stream = async (answers: (readonly (string | undefined)[] | 'refuse' | 'hang')[], limitMilliseconds = patient) => {
    const puts: Put[] = [];
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part)).on('end', () => {
        puts.push(JSON.parse(Buffer.concat(parts).toString()) as Put);
        const answer = answers.shift();
        if (answer === 'hang') return;
        if (answer === 'refuse') response.writeHead(500).end();
        else response.end(JSON.stringify({ Records: (answer ?? []).map((code) => (code ? { ErrorCode: code } : { SequenceNumber: '1' })) }));
      });
    });
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    closers.push(() => { server.closeAllConnections(); server.close(); });
    const service = { endpoint: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), scope: { service: 'kinesis', region: 'us-east-1' }, credentials: () => ({ accessKeyId: 'test', secretAccessKey: 'test' }) };
    return { puts, log: kinesisPredictionLog({ stream: 'events', service, limitMilliseconds }) };
  };
  const events = ['a', 'b'].map((predictionId) => ({ predictionId, text: `{"id":"${predictionId}"}` }));

  it('is put on the stream, partitioned by the prediction\'s id', async () => {
    const { log, puts } = await stream([[undefined, undefined]]);
    expect(await log.put(events)).toBe(0);
    expect(puts).toEqual([{ StreamName: 'events', Records: [{ PartitionKey: 'a', Data: Buffer.from('{"id":"a"}').toString('base64') }, { PartitionKey: 'b', Data: expect.any(String) as string }] }]);
  });

  it('is put again where the stream refused a part of it', async () => {
    const { log, puts } = await stream([['ProvisionedThroughputExceededException', undefined], [undefined]]);
    expect(await log.put(events)).toBe(0);
    expect(puts.map(({ Records }) => Records.map(({ PartitionKey }) => PartitionKey))).toEqual([['a', 'b'], ['a']]);
  });

  it('counts what the stream went on refusing, and throws nothing', async () => {
    const { log } = await stream([['InternalFailure', undefined], 'refuse', ['InternalFailure']]);
    expect(await log.put(events)).toBe(1);
  });

  it('is given up when the stream does not answer in time', async () => {
    const { log, puts } = await stream(['hang', 'hang', 'hang'], impatient);
    expect(await log.put(events)).toBe(2);
    expect(puts).toHaveLength(1);
  });
});

describe('the record of predictions for a topic', () => {
  const closers: (() => void)[] = [];
  afterEach(() => { for (const close of closers.splice(0)) close(); });

  interface Call { readonly path: string | undefined; readonly type: string | string[] | undefined; readonly records: readonly { readonly key: string; readonly value: string }[] }

  /** Lambda, which answers with a status a call, or hangs. */
  const lambda = async (answers: (number | 'hang')[], limitMilliseconds = patient) => {
    const calls: Call[] = [];
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part)).on('end', () => {
        calls.push({ path: request.url, type: request.headers['x-amz-invocation-type'], records: (JSON.parse(Buffer.concat(parts).toString()) as { records: Call['records'] }).records });
        const answer = answers.shift() ?? 202;
        if (answer !== 'hang') response.writeHead(answer).end();
      });
    });
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    closers.push(() => { server.closeAllConnections(); server.close(); });
    const service = { endpoint: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), scope: { service: 'lambda', region: 'us-east-1' }, credentials: () => ({ accessKeyId: 'test', secretAccessKey: 'test' }) };
    return { calls, log: writerPredictionLog({ writer: 'writer', service, limitMilliseconds }) };
  };
  const event = (predictionId: string, characters = 10) => ({ predictionId, text: predictionId.padEnd(characters, '.') });

  it('is handed to the writer without waiting for it, keyed by the prediction\'s id', async () => {
    const { log, calls } = await lambda([]);
    expect(await log.put([event('a'), event('ü')])).toBe(0);
    expect(calls).toEqual([{ path: '/2015-03-31/functions/writer/invocations', type: 'Event', records: ['a', 'ü'].map((id) => ({ key: id, value: Buffer.from(event(id).text).toString('base64') })) }]);
  });

  it('goes in calls that Lambda takes, each event in one', async () => {
    const { log, calls } = await lambda([]);
    expect(await log.put(Array.from({ length: 5 }, (_, index) => event(String(index), 80_000)))).toBe(0);
    expect(calls.map(({ records }) => String(records.length)).sort()).toEqual(['1', '2', '2']);
    expect(calls.flatMap(({ records }) => records.map(({ key }) => key)).sort()).toEqual(['0', '1', '2', '3', '4']);
  });

  it('is handed over again after a fault that passes, and counted as lost after one that does not, or where nobody answers', async () => {
    const { log, calls } = await lambda([500, 429, 202]);
    expect(await log.put([event('a')])).toBe(0);
    expect(calls).toHaveLength(3);
    expect(await (await lambda([404])).log.put([event('a'), event('b')])).toBe(2);
    expect(await (await lambda(['hang', 'hang', 'hang'], impatient)).log.put([event('a')])).toBe(1);
  });
});
