import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SchemaRegistry } from '../../../lib/runtime/schema-registry';
import { glueSchemaRegistry } from '../../../lib/runtime/schema-registry';

const there = '11111111-1111-4111-8111-111111111111';
const answers: Readonly<Record<string, readonly [number, object]>> = {
  [there]: [200, { SchemaVersionId: there, SchemaDefinition: '{}', DataFormat: 'JSON', SchemaArn: 'arn:aws:glue:us-east-1:000000000000:schema/ours/a.b.json', VersionNumber: 2, Status: 'AVAILABLE', CreatedTime: '2026-03-01T12:00:00.000Z' }],
  'another registry': [200, { SchemaDefinition: '{}', DataFormat: 'JSON', SchemaArn: 'arn:aws:glue:us-east-1:000000000000:schema/theirs/a.b.json', VersionNumber: 1, Status: 'AVAILABLE', CreatedTime: '2026-03-01T12:00:00.000Z' }],
  'not available': [200, { SchemaDefinition: '{}', DataFormat: 'JSON', SchemaArn: 'arn:aws:glue:us-east-1:000000000000:schema/ours/a.b.json', VersionNumber: 1, Status: 'FAILURE', CreatedTime: '2026-03-01T12:00:00.000Z' }],
  'being checked': [200, { SchemaDefinition: '{}', DataFormat: 'JSON', SchemaArn: 'arn:aws:glue:us-east-1:000000000000:schema/ours/a.b.json', VersionNumber: 1, Status: 'PENDING', CreatedTime: '2026-03-01T12:00:00.000Z' }],
  denied: [400, { __type: 'AccessDeniedException', Message: 'no' }],
};

const withRegistry = async (work: (registry: SchemaRegistry, asked: readonly string[], stop: () => Promise<void>, most: () => number) => Promise<void>): Promise<void> => {
  const asked: string[] = [];
  let open = 0;
  let most = 0;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { SchemaVersionId: id } = JSON.parse(Buffer.concat(parts).toString('utf8')) as { SchemaVersionId: string };
      asked.push(id);
      most = Math.max(most, (open += 1));
      setTimeout(() => {
        open -= 1;
        const [status, body] = answers[id] ?? [400, { __type: 'EntityNotFoundException', Message: 'Schema version is not found.' }];
        response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
      }, 5);
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const endpoint = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    if (server.listening) await new Promise((resolve) => { server.close(resolve); });
  };
  const service = { endpoint, scope: { service: 'glue', region: 'us-east-1' }, credentials: () => ({ accessKeyId: 'test', secretAccessKey: 'test' }) };
  try { await work(glueSchemaRegistry({ registryName: 'ours', service, now: Date.now }), asked, stop, () => most); } finally { await stop(); }
};

describe('the schema registry', () => {
  it('is asked once for an id, whoever asks at the same time, and not again', async () => {
    await withRegistry(async (registry, asked) => {
      await Promise.all([registry.resolve([there]), registry.resolve([there, there])]);
      expect((await registry.resolve([there])).get(there)).toMatchObject({ kind: 'found', version: { schemaName: 'a.b.json', versionNumber: 2, format: 'JSON', createdAt: Date.parse('2026-03-01T12:00:00Z') } });
      expect(asked).toEqual([there]);
    });
  });

  it('has none of another registry, and none that is not available', async () => {
    await withRegistry(async (registry) => {
      expect([...(await registry.resolve(['another registry', 'not available', 'made up'])).values()].map(({ kind }) => kind)).toEqual(['missing', 'missing', 'missing']);
    });
  });

  it('is asked again for one that it is still comparing with those before', async () => {
    await withRegistry(async (registry) => {
      expect((await registry.resolve(['being checked'])).get('being checked')).toMatchObject({ kind: 'failing' });
    });
  });

  it('is not flooded by ids that are made up: few calls at a time, and one for each', async () => {
    await withRegistry(async (registry, asked, _stop, most) => {
      const ids = Array.from({ length: 300 }, (_id, index) => `made-up-${index}`);
      await registry.resolve(ids);
      await registry.resolve(ids);
      expect([asked.length, most() <= 4]).toEqual([300, true]);
    });
  });

  it('tells what it is not allowed to know from what there is not: that may be mended', async () => {
    await withRegistry(async (registry) => {
      expect((await registry.resolve(['denied'])).get('denied')).toMatchObject({ kind: 'failing' });
    });
  });

  it('is not needed for what was seen before', async () => {
    await withRegistry(async (registry, _asked, stop) => {
      await registry.resolve([there]);
      await stop();
      const known = await registry.resolve([there, 'new']);
      expect([known.get(there)?.kind, known.get('new')?.kind]).toEqual(['found', 'failing']);
    });
  }, 20_000);
});
