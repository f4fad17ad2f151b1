import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const repository = join(__dirname, '..', '..');

/** Rows of the table of exit codes: the code, and a command that it names. */
const documented = readFileSync(join(repository, 'docs', 'command-line.md'), 'utf8').split('\n').flatMap((line) => {
  const code = /^\| (\d) \|/u.exec(line)?.[1];
  const named = line.split(' | ').at(-1) ?? '';
  return code === undefined ? [] : [...named.matchAll(/`npx headrace ([^`]+)`/gu)].map(([, words = '']) => [Number(code), words] as const);
});

const receipt = { erasure: 'left-over', outcome: 'incomplete', erasedAt: '2026-03-01T00:00:00.000Z', endedAt: '2026-03-01T01:00:00.000Z', rounds: [], goesLater: [], rebuild: [] };

/** An environment in which nothing was promoted, and an erasure has not come to its end. */
const answerTo = (method: string, url: string): readonly [status: number, body: string] => {
  if (method === 'POST') return [200, '<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::000000000000:user/somebody</Arn><UserId>u</UserId><Account>000000000000</Account></GetCallerIdentityResult></GetCallerIdentityResponse>'];
  if (url.includes('list-type=2')) return [200, '<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>'];
  if (url.includes('/erasures/left-over.json')) return [200, JSON.stringify(receipt)];
  return [404, '<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>'];
};

describe('the exit code of a command', () => {
  let server: Server;
  beforeAll(async () => {
    server = createServer(({ method = '', url = '' }, response) => {
      const [status, body] = answerTo(method, url);
      response.writeHead(status, { 'content-type': body.startsWith('{') ? 'application/json' : 'application/xml' }).end(body);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => { server.close(); });

  it('is told for each of the three', () => { expect([...new Set(documented.map(([code]) => code))]).toEqual([0, 1, 2]); });

  it.each(documented)('is %i of headrace %s', async (code, words) => {
    const { port } = server.address() as AddressInfo;
    const child = spawn(process.execPath, ['--import', 'tsx', join(repository, 'cli', 'headrace.ts'), ...words.split(' ')], { cwd: repository, env: { ...process.env, AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` }, stdio: ['ignore', 'ignore', 'pipe'] });
    const [stderr] = await Promise.all([text(child.stderr), once(child, 'close')]);
    expect([child.exitCode, stderr.match(/^\s+at .*/mu)?.[0]]).toEqual([code, undefined]);
  });
});
