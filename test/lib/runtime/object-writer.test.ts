import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { lakeWriter } from '../../../lib/runtime/lake-writer';
import { objectWriter } from '../../../lib/runtime/object-writer';

type Answer = readonly [status: number, code?: string] | 'hang up';
interface Seen { readonly method: string | undefined; readonly path: string | undefined; readonly headers: IncomingMessage['headers']; readonly body: Buffer }

/** S3 as far as a put goes: answers in turn, and remembers what it was asked. */
const storage = async (...answers: readonly Answer[]) => {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => { parts.push(part); });
    request.on('end', () => {
      const answer = answers[seen.length] ?? [200];
      seen.push({ method: request.method, path: request.url, headers: request.headers, body: Buffer.concat(parts) });
      if (answer === 'hang up') { request.socket.destroy(); return; }
      response.writeHead(answer[0]).end(answer[1] === undefined ? '' : `<Error><Code>${answer[1]}</Code></Error>`);
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const endpoint = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const service = { endpoint, scope: { service: 's3', region: 'us-east-1' }, credentials: () => ({ accessKeyId: 'test', secretAccessKey: 'test' }) };
  const close = () => new Promise<void>((resolve) => { server.closeAllConnections(); server.close(() => { resolve(); }); });
  return { seen, close, writer: objectWriter('bucket', service, { now: Date.now, random: () => 0, sleep: () => Promise.resolve() }) };
};

const put = async (...answers: readonly Answer[]) => {
  const { seen, close, writer } = await storage(...answers);
  try {
    return { outcome: await writer.writeOnce('raw/a b/dt=2026-03-01/x(1).gz', Buffer.from('body'), 'application/gzip').catch((error: unknown) => String(error)), seen };
  } finally {
    await close();
  }
};

describe('writing an object once', () => {
  it('puts it on condition that there is none of its name', async () => {
    const { outcome, seen } = await put([200]);
    expect(outcome).toBe('written');
    expect(seen).toEqual([{ method: 'PUT', path: '/bucket/raw/a%20b/dt%3D2026-03-01/x%281%29.gz', body: Buffer.from('body'), headers: expect.objectContaining({ 'if-none-match': '*', 'content-type': 'application/gzip', authorization: expect.stringMatching(/^AWS4-HMAC-SHA256 Credential=test\//u) as string }) as object }]);
  });

  it('takes one that is there already for written', async () => { expect((await put([412, 'PreconditionFailed'])).outcome).toBe('present'); });

  it.each<[string, readonly Answer[], string]>([
    ['a service that is overloaded', [[503, 'SlowDown'], [500, 'InternalError'], [200]], 'written'],
    ['an answer that was lost after the write', ['hang up', [412, 'PreconditionFailed']], 'present'],
    ['another writer at the same moment', [[409, 'ConditionalRequestConflict'], [412, 'PreconditionFailed']], 'present'],
  ])('tries again after %s', async (_what, answers, outcome) => {
    const result = await put(...answers);
    expect([result.outcome, result.seen.length]).toEqual([outcome, answers.length]);
  });

  it('gives up after four attempts', async () => {
    const { outcome, seen } = await put([503, 'SlowDown'], [503, 'SlowDown'], [503, 'SlowDown'], [503, 'SlowDown'], [200]);
    expect([outcome, seen.length]).toEqual(['ServiceFault: PutObject s3://bucket/raw/a b/dt=2026-03-01/x(1).gz was refused: SlowDown', 4]);
  });

  it('does not try again what it may not do', async () => {
    const { outcome, seen } = await put([403, 'AccessDenied']);
    expect([outcome, seen.length]).toEqual([expect.stringContaining('AccessDenied'), 1]);
  });
});

describe('the lake writer', () => {
  it('writes each object compressed into its zone', async () => {
    const written: unknown[] = [];
    const zone = (name: string) => ({ writeOnce: async (key: string, body: Uint8Array, type: string) => { written.push([name, key, gunzipSync(body).toString(), type]); return await Promise.resolve('written' as const); } });
    const { write } = lakeWriter({ raw: zone('raw'), quarantine: zone('quarantine') });
    expect(await write({ zone: 'quarantine', key: 'q', content: Buffer.from('line\n') })).toBe('written');
    await write({ zone: 'raw', key: 'r', content: Buffer.from('other\n') });
    expect(written).toEqual([['quarantine', 'q', 'line\n', 'application/gzip'], ['raw', 'r', 'other\n', 'application/gzip']]);
  });
});
