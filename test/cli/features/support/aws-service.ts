import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** An answer in AWS's JSON: status and content. */
export type Answer = readonly [status: number, content: unknown];

/**
 * Starts a service of AWS's that speaks JSON, and has this process's clients ask it.
 *
 * @param answerTo gives the answer to an operation by its name, and by what it was asked
 * @returns ends it
 */
export const startAwsService = async (answerTo: (operation: string, body: string) => Answer): Promise<() => Promise<void>> => {
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request);
    const [status, content] = answerTo(String(request.headers['x-amz-target']).split('.').at(-1) ?? '', body);
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(content));
  };
  const service = createServer((request, response) => {
    void respond(request, response);
  });
  service.listen(0, '127.0.0.1');
  await once(service, 'listening');
  Object.assign(process.env, { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_ENDPOINT_URL: `http://127.0.0.1:${(service.address() as AddressInfo).port}` });
  return async () => {
    service.close();
    await once(service, 'close');
  };
};
