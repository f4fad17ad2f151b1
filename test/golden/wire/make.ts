/**
 * Makes vectors.json: frames written by other people's clients against the local schema registry, and sees that these
 * clients read ours. See README.md for what has to be installed before.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { GlueClient } from '@aws-sdk/client-glue';
import { registerContracts } from '../../../core/contract/registration/register';
import { wantedSchemas } from '../../../core/contract/registration/wanted';
import { event, float, int, optional, string } from '../../../core/definition';
import { compile } from '../../../core/manifest/compile';
import { glueFrames } from '../../../lib/producer';
import type { SentEvent } from '../../../lib/producer';
import { glueRegistry } from '../../../lib/runtime/glue-registry';
import { aggregate } from '../../../lib/runtime/wire/kpl';
import { startLocalCloud } from '../../../local/cloud';

const landed = event('flight.landed', { version: 1, partitionBy: 'origin', fields: { origin: string(), delayMinutes: int(), distance: float(), carrier: optional(string()) } });
const events: readonly SentEvent[] = [
  { specversion: '1.0', id: 'f-1', source: '/ops', type: 'flight.landed', time: '2001-06-01T14:05:00.000Z', data: { origin: 'ORD', delayMinutes: -7, distance: 740.5, carrier: 'AA' } },
  { specversion: '1.0', id: 'f-2', source: '/ops', type: 'flight.landed', time: '2001-06-01T14:05:00.123Z', data: { origin: 'Zürich ✈', delayMinutes: 9_007_199_254_740_991, distance: -0.1, carrier: null } },
];

interface Answer { readonly vectors: readonly object[]; readonly payloads?: readonly object[]; readonly aggregate?: object; readonly unpacked?: readonly (readonly [string, string])[]; readonly decoded: readonly Readonly<Record<string, unknown>>[] }

/** Without what is absent: a client may say null for it or leave it out. */
const said = (value: unknown): unknown => (typeof value !== 'object' || value === null ? value : Object.fromEntries(Object.entries(value).filter(([, each]) => each !== null).map(([name, each]) => [name, said(each)])));

const run = (command: string, words: readonly string[], input: unknown): Answer => {
  const { stdout, stderr, status } = spawnSync(command, words, { input: JSON.stringify(input), encoding: 'utf8', maxBuffer: 1 << 26, env: { ...process.env, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' } });
  if (status !== 0) throw new Error(`${command} failed:\n${stderr}`);
  return JSON.parse(stdout) as Answer;
};

const main = async (): Promise<void> => {
  const [python = 'python3', classPath = ''] = process.argv.slice(2);
  const home = mkdtempSync(join(tmpdir(), 'headrace-golden-'));
  const cloud = await startLocalCloud({ home, port: 4661, fresh: true });
  try {
    const compilation = compile({ landed });
    if (!compilation.ok) throw new Error(JSON.stringify(compilation.problems));
    const client = new GlueClient({ endpoint: cloud.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
    const schemas = wantedSchemas(Object.values(compilation.manifest.events));
    await registerContracts(schemas, compilation.manifest.hash, { registry: glueRegistry('golden', '', client), sleep: (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); }) });
    const frames: { readonly format: string; readonly event: number; readonly frame: string }[] = [];
    for (const format of ['AVRO', 'JSON'] as const) for (const compression of ['none', 'zlib'] as const) for (const [index, each] of events.entries())
      frames.push({ format, event: index, frame: Buffer.from(await glueFrames({ registryName: 'golden', format, compression, client })(landed, each)).toString('base64') });
    const input = {
      endpoint: cloud.endpoint, registry: 'golden', events, frames,
      schemas: Object.fromEntries(schemas.map(({ name, format, versions }) => [format, { name, definition: versions[0]?.definition }])),
      aggregate: Buffer.from(aggregate(events.map((each, index) => ({ partitionKey: `key-${index}`, data: Buffer.from(JSON.stringify(each)) })))).toString('base64'),
    };
    const [fromPython, fromJava] = [run(python, [join(__dirname, 'interop.py')], input), run('java', ['-cp', classPath, 'Interop'], input)];
    for (const [name, { decoded }] of [['Python', fromPython], ['Java', fromJava]] as const)
      for (const [index, each] of decoded.entries()) if (!isDeepStrictEqual(said(each), said(events[frames[index]?.event ?? 0]))) throw new Error(`${name} reads frame ${index} otherwise: ${JSON.stringify(each)}`);
    const unpacked = fromPython.unpacked?.map(([key, text]) => [key, JSON.parse(text) as unknown]);
    if (!isDeepStrictEqual(unpacked, events.map((each, index) => [`key-${index}`, JSON.parse(JSON.stringify(each)) as unknown]))) throw new Error(`Python unpacks our aggregate otherwise: ${JSON.stringify(unpacked)}`);
    writeFileSync(join(__dirname, 'vectors.json'), `${JSON.stringify({ definitions: input.schemas, events, vectors: [...fromPython.vectors, ...fromJava.vectors], payloads: fromPython.payloads, aggregate: fromPython.aggregate }, null, 1)}\n`);
    process.stdout.write(`${fromPython.decoded.length + fromJava.decoded.length} frames of ours read by others; ${fromPython.vectors.length + fromJava.vectors.length} of theirs written to vectors.json\n`);
  } finally {
    await cloud.stop();
    rmSync(home, { recursive: true, force: true });
  }
};

void main();
