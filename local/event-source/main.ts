import { writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { startDriver } from './driver';

const required = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`The event source driver is started by local/cloud.ts; ${name} is not set.`);
  return value;
};

const log = (message: string): void => { process.stdout.write(`${new Date().toISOString()} ${message}\n`); };

const answer = (response: ServerResponse, body: unknown): void => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
};

const driver = startDriver(required('AWS_ENDPOINT_URL'), required('AWS_REGION'), log);

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  if (url.pathname === '/status') return answer(response, driver.status());
  if (url.pathname === '/drained') {
    driver.drained({ endWindows: url.searchParams.get('windows') === 'end', timeout: Number(url.searchParams.get('timeout') ?? 60_000) })
      .then((result) => answer(response, result), (error: unknown) => { log(String(error)); response.writeHead(500).end(); });
    return;
  }
  response.writeHead(404).end();
});

// Any free port; the file tells it to who started this.
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address && typeof address === 'object') writeFileSync(required('HEADRACE_EVENT_SOURCE_FILE'), JSON.stringify({ pid: process.pid, port: address.port }));
});

const longestStop = 20_000;
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => {
  setTimeout(() => process.exit(1), longestStop).unref();
  driver.stop().then(() => process.exit(0), () => process.exit(1));
});
