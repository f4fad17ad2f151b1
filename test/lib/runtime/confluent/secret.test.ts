import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BasicCredentials } from '../../../../lib/runtime/confluent/client';
import { secretCredentials } from '../../../../lib/runtime/confluent/secret';

/** Secrets Manager, which gives these texts one after another. */
const withSecrets = async (texts: readonly string[], work: (credentials: (renewed: boolean) => Promise<BasicCredentials>, asked: () => number, pass: (milliseconds: number) => void) => Promise<void>): Promise<void> => {
  let [asked, now] = [0, 1_000_000];
  const server = createServer((request, response) => {
    request.resume().on('end', () => { response.end(JSON.stringify({ SecretString: texts[Math.min(asked, texts.length - 1)] })); asked += 1; });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const service = { endpoint: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), scope: { service: 'secretsmanager', region: 'us-east-1' }, credentials: () => ({ accessKeyId: 'test', secretAccessKey: 'test' }) };
  try { await work(secretCredentials('headrace/registry', service, () => now), () => asked, (milliseconds) => { now += milliseconds; }); } finally {
    server.closeAllConnections();
    await new Promise((resolve) => { server.close(resolve); });
  }
};
const secret = (password: string): string => JSON.stringify({ username: 'headrace', password });

describe('the credentials of a registry', () => {
  it('are asked for once, whoever asks', async () => {
    await withSecrets([secret('a')], async (credentials, asked) => {
      expect(await Promise.all([credentials(false), credentials(false)])).toEqual([{ username: 'headrace', password: 'a' }, { username: 'headrace', password: 'a' }]);
      expect(asked()).toBe(1);
    });
  });

  it('are read again when they were refused, but not each time', async () => {
    await withSecrets([secret('a'), secret('b'), secret('c')], async (credentials, _asked, pass) => {
      const given = [(await credentials(false)).password, (await credentials(true)).password];
      pass(31_000);
      given.push((await credentials(true)).password, (await credentials(true)).password);
      expect(given).toEqual(['a', 'a', 'b', 'b']);
    });
  });

  it.each([['no JSON', 'secret'], ['no password', '{"username":"u"}'], ['a username with a colon, which basic authentication cannot say', '{"username":"u:v","password":"p"}'], ['nothing', '']])('are refused where the secret holds %s, without showing it, and asked for again', async (_what, text) => {
    await withSecrets([text, secret('a')], async (credentials) => {
      await expect(credentials(false)).rejects.toThrow(/^The secret headrace\/registry holds no credentials of the schema registry; it has to be JSON/u);
      expect((await credentials(false)).password).toBe('a');
    });
  });
});
