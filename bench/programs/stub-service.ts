/*
 * A stand-in for DynamoDB, Kinesis and S3 that answers from memory, as a process of its own: `stub-service FILE`.
 * It costs both sides of a measurement the same, and as little as possible: what is left is what they cost themselves.
 */
import { readFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';

interface WireKey { readonly entity: { readonly S: string }; readonly view: { readonly S: string } }
interface BatchGet { readonly RequestItems: Readonly<Record<string, { readonly Keys: readonly WireKey[] }>> }
interface PutRecords { readonly Records: readonly { readonly Data: string }[] }
/** Tables of items, by `entity\nview`, and objects in base64, by path. */
interface Content { readonly tables: Readonly<Record<string, readonly (WireKey & Readonly<Record<string, unknown>>)[]>>; readonly objects: Readonly<Record<string, string>> }

const { tables, objects } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Content;
const textOf = ({ entity, view }: WireKey): string => `${entity.S}\n${view.S}`;
const items = new Map(Object.entries(tables).map(([name, rows]) => [name, new Map(rows.map((row) => [textOf(row), JSON.stringify(row)]))]));
const files = new Map(Object.entries(objects).map(([path, data]) => [path, Buffer.from(data, 'base64')]));
let puts = 0;

const operations: Readonly<Record<string, (input: unknown) => string>> = {
  'DynamoDB_20120810.BatchGetItem': (input) => {
    const tablesAsked = Object.entries((input as BatchGet).RequestItems);
    const answers = tablesAsked.map(([name, { Keys }]) => `${JSON.stringify(name)}:[${Keys.flatMap((key) => items.get(name)?.get(textOf(key)) ?? []).join(',')}]`);
    return `{"Responses":{${answers.join(',')}},"UnprocessedKeys":{}}`;
  },
  'Kinesis_20131202.PutRecords': (input) => {
    const records = (input as PutRecords).Records;
    puts += records.length;
    return JSON.stringify({ FailedRecordCount: 0, Records: records.map((_record, index) => ({ SequenceNumber: `4966${String(puts + index).padStart(52, '0')}`, ShardId: 'shardId-000000000000' })) });
  },
};

const answer = (request: IncomingMessage, body: string): { readonly status: number; readonly type: string; readonly body: string | Buffer } => {
  if (request.method === 'GET') {
    const file = files.get(decodeURIComponent(request.url ?? ''));
    return file ? { status: 200, type: 'application/octet-stream', body: file } : { status: 404, type: 'application/xml', body: '<Error><Code>NoSuchKey</Code></Error>' };
  }
  const target = String(request.headers['x-amz-target']);
  const operation = operations[target];
  return operation ? { status: 200, type: String(request.headers['content-type']), body: operation(JSON.parse(body)) } : { status: 400, type: 'application/x-amz-json-1.0', body: JSON.stringify({ __type: 'UnknownOperationException', message: target }) };
};

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => { parts.push(part); });
  request.on('end', () => {
    const { status, type, body } = answer(request, Buffer.concat(parts).toString('utf8'));
    response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
    response.end(body);
  });
});
// Nobody's connection is closed between two measurements.
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => {
  // Where it listens, and how many records it has taken.
  createInterface({ input: process.stdin })
    .on('line', () => { writeSync(3, `${JSON.stringify({ port: (server.address() as AddressInfo).port, puts })}\n`); })
    .on('close', () => { process.exit(0); });
});
