import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AwsService } from '../../../lib/runtime/aws-request';

interface Input { readonly Item?: Row; readonly ConditionExpression?: string; readonly ExpressionAttributeValues?: { readonly ':expected': { readonly N: string } }; readonly RequestItems?: Readonly<Record<string, { readonly Keys: readonly Row[] }>> }
export type Row = Readonly<Record<string, Readonly<Record<string, string>>>>;
/** What happens to the next call instead of, or after, what it asks for. */
export type Fault = 'lose acknowledgement' | 'throttle' | 'break' | { readonly leaveOver: number };

const keyOf = (row: Row): string => `${row['entity']?.['S']}/${row['view']?.['S']}`;

/** A DynamoDB table of two operations on a port of its own, with faults in the order given. */
export const tableServer = async (faults: (Fault | undefined)[] = []) => {
  const rows = new Map<string, Row>();
  const calls: { readonly target: string; readonly input: Input }[] = [];
  const answer = (target: string, input: Input, fault: Fault | undefined): readonly [number, unknown] => {
    if (fault === 'throttle') return [400, { __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException', message: 'slow down' }];
    if (fault === 'break') return [503, '<html>'];
    if (target.endsWith('PutItem') && input.Item) {
      const before = rows.get(keyOf(input.Item));
      const expected = input.ExpressionAttributeValues?.[':expected'].N;
      if (before?.['version']?.['N'] !== expected) return [400, { __type: 'x#ConditionalCheckFailedException', message: 'The conditional request failed', ...(before ? { Item: before } : {}) }];
      rows.set(keyOf(input.Item), input.Item);
      return [200, {}];
    }
    const [[table, { Keys: keys }] = ['', { Keys: [] }]] = Object.entries(input.RequestItems ?? {});
    if (keys.length > 100 || new Set(keys.map(keyOf)).size < keys.length) return [400, { __type: 'x#ValidationException', message: 'too many or duplicate keys' }];
    const left = typeof fault === 'object' ? keys.slice(keys.length - fault.leaveOver) : [];
    const found = keys.slice(0, keys.length - left.length).flatMap((key): readonly Row[] => { const row = rows.get(keyOf(key)); return row ? [row] : []; });
    return [200, { Responses: { [table]: found }, UnprocessedKeys: left.length > 0 ? { [table]: { Keys: left } } : {} }];
  };
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part)).on('end', () => {
      const input = JSON.parse(Buffer.concat(parts).toString()) as Input;
      const target = String(request.headers['x-amz-target']);
      calls.push({ target, input });
      const fault = faults.shift();
      const [status, body] = answer(target, input, fault);
      if (fault === 'lose acknowledgement') { request.socket.destroy(); return; }
      response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const service: AwsService = {
    endpoint: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    scope: { service: 'dynamodb', region: 'us-east-1' },
    credentials: () => ({ accessKeyId: 'test', secretAccessKey: 'test' }),
  };
  const close = async (): Promise<void> => { server.closeAllConnections(); await new Promise((resolve) => { server.close(resolve); }); };
  return { service, rows, calls, close };
};
