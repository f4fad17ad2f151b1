import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { schemas } from '../contract-cases';

/** As much of AWS and of a registry as validating asks for: what is active, who was erased, schemas, and objects that are put once. */
export interface SmallCloud {
  readonly url: string;
  /** Lines of each object, by bucket and key. */
  readonly objects: () => ReadonlyMap<string, string>;
  /** How often an object was put that was there already, or with other content under a name. */
  readonly puts: { again: number; other: number };
  readonly close: () => Promise<void>;
}

export interface SmallCloudSettings {
  /** Of SSM, by path: each parameter's name and text. */
  readonly parameters: Readonly<Record<string, readonly (readonly [name: string, text: string])[]>>;
}

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts);
};

const glueVersion = (id: string): object | undefined => {
  const found = Object.entries(schemas.glue).find(([each]) => each === id)?.[1];
  return found && { SchemaVersionId: id, SchemaDefinition: found.definition, DataFormat: found.format, SchemaArn: `arn:aws:glue:us-east-1:000000000000:schema/contracts/order.shipped.${{ AVRO: 'avro', JSON: 'json', PROTOBUF: 'proto' }[found.format]}`, VersionNumber: 1, Status: 'AVAILABLE', CreatedTime: '2020-01-01T00:00:00.000Z' };
};

const confluentAnswer = (path: string): object | undefined => {
  const [, id = '', versions] = /^\/schemas\/ids\/(\d+)(\/versions)?/u.exec(path) ?? [];
  const found = Object.entries(schemas.confluent).find(([each]) => each === id)?.[1];
  if (found === undefined) return undefined;
  return versions === undefined ? { schema: found.definition, ...(found.format === 'AVRO' ? {} : { schemaType: found.format }) } : [{ subject: `order.shipped.${{ AVRO: 'avro', JSON: 'json', PROTOBUF: 'proto' }[found.format]}`, version: 1 }];
};

/** Starts it on loopback. */
export const startSmallCloud = async ({ parameters }: SmallCloudSettings): Promise<SmallCloud> => {
  const stored = new Map<string, Buffer>();
  const puts = { again: 0, other: 0 };
  const answered = async (request: IncomingMessage): Promise<readonly [status: number, answer: object]> => {
    const body = await bodyOf(request);
    const target = String(request.headers['x-amz-target'] ?? '');
    if (target.endsWith('.GetParametersByPath')) return [200, { Parameters: (parameters[(JSON.parse(body.toString()) as { readonly Path: string }).Path] ?? []).map(([Name, Value]) => ({ Name, Value })) }];
    if (target.endsWith('.GetSchemaVersion')) {
      const found = glueVersion((JSON.parse(body.toString()) as { readonly SchemaVersionId: string }).SchemaVersionId);
      return found === undefined ? [400, { __type: 'EntityNotFoundException' }] : [200, found];
    }
    if (request.method === 'PUT') {
      const place = decodeURIComponent(request.url ?? '').slice(1);
      const known = stored.get(place);
      if (known !== undefined) {
        puts.again += 1;
        if (!known.equals(body)) puts.other += 1;
        return [412, {}];
      }
      stored.set(place, body);
      return [200, {}];
    }
    const schema = confluentAnswer((request.url ?? '').replace(/^\/registry/u, ''));
    return schema === undefined ? [404, { error_code: 40403, message: 'not found' }] : [200, schema];
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [status, answer] = await answered(request);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  };
  const server = createServer((request, response) => { serve(request, response).catch(() => { response.destroy(); }); });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects: () => new Map([...stored].sort(([left], [right]) => (left < right ? -1 : 1)).map(([place, bytes]) => [place, gunzipSync(bytes).toString('utf8')])),
    puts,
    close: () => new Promise((resolve) => { server.closeAllConnections(); server.close(() => { resolve(); }); }),
  };
};
