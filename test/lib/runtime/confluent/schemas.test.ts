import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { referenceLimits } from '../../../../lib/runtime/confluent/references';
import { confluentSchemaRegistry } from '../../../../lib/runtime/confluent/schemas';
import type { ConfluentRegistrySettings } from '../../../../lib/runtime/confluent/client';
import type { SchemaRegistry } from '../../../../lib/runtime/schema-registry';

const record = (name: string, field: unknown = 'string') => JSON.stringify({ type: 'record', name, fields: [{ name: 'f', type: field }] });
const chain = (length: number, from = 1): Readonly<Record<string, object>> => Object.fromEntries(Array.from({ length }, (_each, index) => [`/subjects/chain-${from + index}/versions/1`,
  { schema: record(`c${from + index}`), version: 1, ...(index + 1 < length ? { references: [{ name: `c${from + index + 1}`, subject: `chain-${from + index + 1}`, version: 1 }] } : {}) }]));
const referring = (references: readonly (readonly [string, string])[]) => ({ schema: record('root', references[0]?.[0]), references: references.map(([name, subject]) => ({ name, subject, version: 1 })) });
const notFound = { error_code: 40403, message: 'Schema not found' };

const answers: Readonly<Record<string, object>> = {
  '/schemas/ids/1': { schema: record('r') },
  '/schemas/ids/1/versions': [{ subject: 'elsewhere', version: 9 }, { subject: 'staging.order.shipped.avro', version: 3 }],
  '/schemas/ids/2': { schema: record('r') },
  '/schemas/ids/2/versions': [{ subject: 'order.shipped.avro', version: 1 }, { subject: 'staging.order.shipped-value', version: 1 }],
  '/schemas/ids/3': referring([['c1', 'chain-1']]), '/schemas/ids/3/versions': [{ subject: 'staging.a.avro', version: 1 }], ...chain(3),
  '/schemas/ids/4': referring([['c100', 'chain-100']]), '/schemas/ids/4/versions': [{ subject: 'staging.a.avro', version: 1 }], ...chain(referenceLimits.deepest + 1, 100),
  '/schemas/ids/5': referring(Array.from({ length: referenceLimits.most + 1 }, (_each, index) => [`w${index}`, `wide-${index}`])), '/schemas/ids/5/versions': [{ subject: 'staging.a.avro', version: 1 }],
  ...Object.fromEntries(Array.from({ length: referenceLimits.most + 1 }, (_each, index) => [`/subjects/wide-${index}/versions/1`, { schema: record(`w${index}`) }])),
  '/schemas/ids/6': referring([['long', 'long']]), '/schemas/ids/6/versions': [{ subject: 'staging.a.avro', version: 1 }], '/subjects/long/versions/1': { schema: record('long', 'x'.repeat(referenceLimits.longest)) },
  '/schemas/ids/7': referring([['gone', 'gone']]), '/schemas/ids/7/versions': [{ subject: 'staging.a.avro', version: 1 }],
  '/schemas/ids/8': { schema: '{"$ref":"https://example.com/other.json"}', schemaType: 'JSON', references: [{ name: 'https://example.com/other.json', subject: 'gone', version: 1 }] }, '/schemas/ids/8/versions': [{ subject: 'staging.b.json', version: 2 }],
  '/schemas/ids/9': { schema: '{', references: [{ name: 'c3', subject: 'chain-3', version: 1 }] }, '/schemas/ids/9/versions': [{ subject: 'staging.a.avro', version: 1 }],
  '/schemas/ids/12': { schema: record('r') }, '/schemas/ids/12/versions': [{ subject: 'staging.eu.order.shipped.avro', version: 1 }, { subject: 'staging.order.shipped.avro', version: 2 }],
  '/schemas/ids/11': { schema: 'THRIFT', schemaType: 'THRIFT' },
};

type Respond = (request: IncomingMessage, response: ServerResponse, path: string) => boolean;

/** A registry at /api that answers with the answers above, unless `respond` does. */
const withRegistry = async (settings: Omit<ConfluentRegistrySettings, 'url'>, work: (registry: SchemaRegistry, asked: readonly string[], origin: string) => Promise<void>, respond: Respond = () => false): Promise<void> => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/^\/api/u, '');
    asked.push(path);
    if (respond(request, response, path)) return;
    const answer = answers[path];
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/vnd.schemaregistry.v1+json' }).end(JSON.stringify(answer ?? notFound));
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try { await work(confluentSchemaRegistry({ url: `${origin}/api/`, subjectPrefix: 'staging.', now: Date.now, ...settings }), asked, origin); } finally {
    server.closeAllConnections();
    await new Promise((resolve) => { server.close(resolve); });
  }
};

const whyOf = async (registry: SchemaRegistry, id: string): Promise<unknown> => {
  const known = (await registry.resolve([id])).get(id);
  return known?.kind === 'missing' ? known.why ?? 'there is none' : known?.kind;
};

describe('a Confluent schema registry', () => {
  it('gives a schema by its id, with the version that it is under a subject of this environment', async () => {
    await withRegistry({}, async (registry, asked) => {
      await registry.resolve(['1', '1']);
      expect((await registry.resolve(['1'])).get('1')).toMatchObject({ kind: 'found', version: { id: '1', schemaName: 'order.shipped.avro', versionNumber: 3, format: 'AVRO' } });
      expect(asked).toEqual(['/schemas/ids/1', '/schemas/ids/1/versions']);
    });
  });

  it('has none that stands under no subject of this environment: nobody has compared it with a contract', async () => {
    await withRegistry({}, async (registry) => { expect(await whyOf(registry, '2')).toBe('which stands under no subject of this environment'); });
  });

  it('gives it under the subject that is its own where another environment has a prefix that begins with its prefix', async () => {
    await withRegistry({}, async (registry) => { expect((await registry.resolve(['12'])).get('12')).toMatchObject({ kind: 'found', version: { schemaName: 'order.shipped.avro', versionNumber: 2 } }); });
  });

  it('has none of an id that is no number of a registry, which would take it for no address and be waited for', async () => {
    await withRegistry({}, async (registry, asked) => {
      expect([await whyOf(registry, '2147483648'), await whyOf(registry, '4294967295')]).toEqual(['there is none', 'there is none']);
      expect(asked).toEqual([]);
    }, (_request, response) => { response.writeHead(404, { 'content-type': 'application/vnd.schemaregistry.v1+json' }).end('{"error_code":404,"message":"HTTP 404 Not Found"}'); return true; });
  });

  it('remembers an id that there is none of, and does not ask again', async () => {
    await withRegistry({}, async (registry, asked) => {
      expect([await whyOf(registry, '99'), await whyOf(registry, '99')]).toEqual(['there is none', 'there is none']);
      expect(asked).toHaveLength(1);
    });
  });

  it('puts what an Avro schema refers to into it', async () => {
    await withRegistry({}, async (registry) => {
      const known = (await registry.resolve(['3'])).get('3');
      expect(known?.kind === 'found' && JSON.parse(known.version.definition)).toMatchObject({ name: 'root', fields: [{ type: { name: 'c1' } }] });
    });
  });

  it('fetches nothing that a JSON Schema refers to', async () => {
    await withRegistry({}, async (registry, asked) => {
      expect((await registry.resolve(['8'])).get('8')?.kind).toBe('found');
      expect(asked).toEqual(['/schemas/ids/8', '/schemas/ids/8/versions']);
    });
  });

  it.each([
    ['4', /nested more than 10 deep/u], ['5', /more than 64 schemas/u], ['6', /longer than 170000 characters/u], ['7', /version 1 of gone, which there is not/u], ['9', /no schema of its format/u], ['11', /a format that is not read here/u],
  ])('refuses schema %s: %s', async (id, why) => {
    await withRegistry({}, async (registry) => { expect(await whyOf(registry, id)).toMatch(why); });
  });

  it('takes a plain 404 for another address, and not for an id that there is none of', async () => {
    await withRegistry({}, async (registry) => { expect(await whyOf(registry, '1')).toBe('failing'); }, (_request, response) => { response.writeHead(404).end('<html>no such page</html>'); return true; });
  });

  it('does not follow where it is sent to, with its credentials', async () => {
    const seen: string[] = [];
    await withRegistry({ credentials: () => Promise.resolve({ username: 'u', password: 'p' }) }, async (registry) => { expect(await whyOf(registry, '1')).toBe('failing'); }, (request, response) => {
      seen.push(request.url ?? '');
      response.writeHead(307, { location: '/elsewhere' }).end();
      return true;
    });
    expect(seen).toEqual(['/api/schemas/ids/1']);
  });

  it('asks for the credentials again when they were replaced', async () => {
    const given: boolean[] = [];
    const credentials = (renewed: boolean) => { given.push(renewed); return Promise.resolve({ username: 'headrace', password: renewed ? 'new:ü' : 'old' }); };
    const wanted = `Basic ${Buffer.from('headrace:new:ü').toString('base64')}`;
    await withRegistry({ credentials }, async (registry) => { expect(await whyOf(registry, '1')).toBe('found'); }, (request, response) => {
      if (request.headers.authorization === wanted) return false;
      response.writeHead(401).end('{"error_code":401,"message":"Unauthorized"}');
      return true;
    });
    expect(given).toEqual([false, true]);
  });

  it('fails, and is not believed to have nothing, where it refuses who asks or does not answer', async () => {
    await withRegistry({}, async (registry) => { expect(await whyOf(registry, '1')).toBe('failing'); }, (_request, response) => { response.writeHead(403).end('{"error_code":40301}'); return true; });
    await withRegistry({}, async (registry) => { expect(await whyOf(registry, '1')).toBe('failing'); }, (request) => { request.socket.destroy(); return true; });
  });

  it('goes on after a fault of its own', async () => {
    let faults = 0;
    await withRegistry({}, async (registry) => { expect(await whyOf(registry, '1')).toBe('found'); }, (_request, response) => {
      if ((faults += 1) > 2) return false;
      response.writeHead(faults === 1 ? 500 : 429).end();
      return true;
    });
  });

  it('is not believed when it answers without an end', async () => {
    await withRegistry({}, async (registry) => { expect(await whyOf(registry, '1')).toBe('failing'); }, (_request, response) => {
      response.writeHead(200);
      const chunk = Buffer.alloc(1 << 20, 0x20);
      const send = (): void => { while (!response.destroyed && response.write(chunk)); };
      response.on('drain', send);
      send();
      return true;
    });
  }, 20_000);

  it('is not asked without TLS on another machine', () => {
    expect(() => confluentSchemaRegistry({ url: 'http://registry.example.com', now: Date.now })).toThrow(/without TLS/u);
  });
});
