import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const repository = join(__dirname, '..', '..');

/** Runs a command against what listens at a port. */
const headrace = async (words: readonly string[], port: number): Promise<{ readonly status: number | null; readonly stderr: string }> => {
  const child = spawn(process.execPath, ['--import', 'tsx', join(repository, 'cli', 'headrace.ts'), ...words], { cwd: repository, env: { ...process.env, HEADRACE_LOCAL_PORT: String(port), AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` }, stdio: ['ignore', 'ignore', 'pipe'] });
  const [stderr] = await Promise.all([text(child.stderr), once(child, 'close')]);
  return { status: child.exitCode, stderr };
};

it('says which version it is of', () => {
  const { stdout, status } = spawnSync(process.execPath, ['--import', 'tsx', join(repository, 'cli', 'headrace.ts'), '--version'], { cwd: repository, encoding: 'utf8' });
  expect([stdout, status]).toEqual([`${(JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as { readonly version: string }).version}\n`, 0]);
}, 60_000);

describe('a command of the local environment', () => {
  it('says that the local cloud is not running, and how to start it', async () => {
    // Nobody listens at this port: it is reserved.
    expect(await headrace(['dataset', 'ls'], 1)).toEqual({ status: 1, stderr: expect.stringContaining('Nothing answers at 127.0.0.1:1: the local cloud is not running.\nnext: npx headrace local start\n') });
  }, 60_000);

  it('says that nothing is deployed where a service does not know what the environment has', async () => {
    const server = createServer((_request, response) => { response.writeHead(404, { 'content-type': 'application/xml' }).end('<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message></Error>'); });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { status, stderr } = await headrace(['model', 'ls', 'late_arrival'], (server.address() as AddressInfo).port);
      expect(status).toBe(1);
      expect(stderr).toContain('The environment local lacks something that this command needs, as it is not deployed');
      expect(stderr).toContain('next: npx headrace deploy --env local');
      expect(stderr).not.toMatch(/^\s+at /mu);
    } finally {
      server.close();
    }
  }, 60_000);
});
