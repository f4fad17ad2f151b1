import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { runCdk } from '../../../cli/deploy';
import type { Authorization } from '../../../core/environment/api';
import { parameterNames } from '../../../core/environment/deployed';
import type { AwsRequest } from '../../../lib/runtime/aws-request';
import { sendUnsigned } from '../../../lib/runtime/aws-request';
import { signedHeaders } from '../../../lib/runtime/signature';
import type { Serving } from './serving';

/** What stands in every hostile request, in its body and in a header, and must stand in no log. */
export const marker = 'only-the-caller-knows-this';

/** What was answered: the status, and the type of the problem document where it is one. */
export interface Refusal { readonly status: number; readonly type: string | undefined }

/** A request as somebody sends it who does not keep to what clients do. */
export interface Sent {
  readonly path?: string;
  readonly method?: 'GET' | 'POST';
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const predictionBody = JSON.stringify({ instances: [{ entities: { origin: 'A1' }, request: { distance: 600 } }] });

/** Asks the API directly. `sign` signs with that secret what is sent; `sent` can then change what was signed. */
export const hostileApi = async ({ context }: Serving) => {
  const { Parameter } = await new SSMClient({ region: context.environment.region }).send(new GetParameterCommand({ Name: parameterNames(context.names).apiUrl }));
  const endpoint = new URL(Parameter?.Value ?? '');
  const ask = async ({ path = '/v1/models/late/predictions', method = 'POST', body = method === 'GET' ? '' : predictionBody, headers = {} }: Sent, { secret, sent = {} }: { readonly secret?: string; readonly sent?: Partial<AwsRequest> } = {}): Promise<Refusal> => {
    const request: AwsRequest = { method, path, body, headers: { 'content-type': 'application/json', 'x-marker': marker, ...headers } };
    const signed = secret === undefined ? request.headers
      : signedHeaders({ ...request, host: endpoint.host }, { service: 'execute-api', region: context.environment.region }, { accessKeyId: 'test', secretAccessKey: secret }, new Date());
    const reply = await sendUnsigned(endpoint, { ...request, headers: signed, ...sent }, { timeoutMilliseconds: 30_000 });
    const text = reply.body.toString('utf8');
    const type = /"type":"urn:headrace:problem:(\w+)"/u.exec(text)?.[1];
    return { status: reply.status, type };
  };
  return { ask };
};

/** Bodies that are not answered, with how they are refused. */
export const hostileBodies: readonly (readonly [string, string, Refusal])[] = [
  ['a body over the limit', JSON.stringify({ [marker]: 'x'.repeat(1_000_000) }), { status: 413, type: 'body_too_large' }],
  ['lists in lists, too deep for a stack', `{"instances":${'['.repeat(400_000)}${']'.repeat(400_000)}}`, { status: 422, type: 'invalid_request' }],
  ['objects in objects', `${'{"instances":'.repeat(60_000)}1${'}'.repeat(60_000)}`, { status: 422, type: 'invalid_request' }],
  ['lists that do not end', '['.repeat(900_000), { status: 400, type: 'bad_json' }],
  ['sixty thousand fields that are not known', `{"instances":[{${Array.from({ length: 60_000 }, (_, index) => `"f${index}":0`).join(',')}}]}`, { status: 422, type: 'invalid_request' }],
  ['fields of every object', `{"__proto__":{"instances":[]},"constructor":"${marker}","instances":[{"entities":{"origin":"${marker}"},"request":{"distance":"${marker}"}}]}`, { status: 422, type: 'invalid_request' }],
  ['no JSON', `{"instances": ${marker}}`, { status: 400, type: 'bad_json' }],
];

/** Names of models that are paths, or are written in more ways than one, percent-encoded. */
export const hostileNames: readonly string[] = ['late%2F..%2Flate', '..%2F..%2Fetc%2Fpasswd', '%2e%2e', '%252e%252e%252flate', 'late%00', 'late%0A', 'l%C3%A0te', '%EF%BD%8C%EF%BD%81%EF%BD%94%EF%BD%85', 'late%5C', '__proto__', 'constructor', 'late@v1@v1', 'late%20', '%FF', 'a'.repeat(2000)];

/** Deploys the serving stack anew with another authorization, and nothing else. */
export const deployServing = async ({ context }: Serving, authorization: Authorization): Promise<void> => {
  process.env['HEADRACE_TEST_AUTHORIZATION'] = JSON.stringify(authorization);
  await runCdk(context, ['deploy', context.names.stack('serving'), '--exclusively', '--require-approval', 'never']);
};
