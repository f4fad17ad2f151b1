/*
 * A stand-in for S3 over a directory, as a process of its own: `directory-store DIRECTORY`. It lists a bucket's keys and gives
 * their objects; what is put is thrown away. So whoever reads from it has the memory of its own work alone.
 */
import { createReadStream, readdirSync, statSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';

const root = process.argv[2] ?? '';
const keys = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => relative(root, join(entry.parentPath, entry.name))).sort();

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://127.0.0.1');
  if (request.method === 'PUT') {
    request.resume().on('end', () => { response.writeHead(200, { etag: '"put"' }).end(); });
    return;
  }
  if (searchParams.has('list-type')) {
    const found = keys.filter((key) => key.startsWith(searchParams.get('prefix') ?? ''));
    response.end(`<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated>${found.map((key) => `<Contents><Key>${key}</Key><Size>${statSync(join(root, key)).size}</Size></Contents>`).join('')}</ListBucketResult>`);
    return;
  }
  const key = decodeURIComponent(pathname.split('/').slice(2).join('/'));
  if (keys.includes(key)) createReadStream(join(root, key)).pipe(response);
  else response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>');
});
server.listen(0, '127.0.0.1', () => {
  createInterface({ input: process.stdin })
    .on('line', () => { writeSync(3, `${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`); })
    .on('close', () => { process.exit(0); });
});
