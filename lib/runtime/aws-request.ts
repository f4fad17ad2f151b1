import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders, RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Credentials, SigningScope } from './signature';
import { signedHeaders } from './signature';

/**
 * The calls on the path of an event and of a prediction (read and write state, read and write objects, put an event) go over this small signed
 * client and not over the SDK: a call costs a third of the SDK's time and a cold start does not load it. Everything off
 * that path uses the SDK.
 */
export interface AwsService {
  readonly endpoint: URL;
  readonly scope: SigningScope;
  readonly credentials: () => Credentials | Promise<Credentials>;
}

export interface AwsRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Percent-encoded, with the query if there is one. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export interface AwsReply { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: Buffer }

/** How long a request may take in all, and how large its answer may be where it is not a service of AWS that gives it. */
export interface RequestLimit { readonly timeoutMilliseconds: number; readonly mostAnswerBytes?: number }

/** The keys that Lambda gives a function, read anew each time as they are replaced while it lives. */
const environmentCredentials = (): Credentials => {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken } = process.env;
  if (!accessKeyId || !secretAccessKey) throw new Error('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set; Lambda sets them, elsewhere pass credentials.');
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
};

/**
 * A service in the process's region, at `AWS_ENDPOINT_URL_<SERVICE>` or `AWS_ENDPOINT_URL` where those are set, as the SDKs have it.
 *
 * @param service the name in signatures and endpoints, such as `dynamodb`
 */
export const awsService = (service: string, credentials: AwsService['credentials'] = environmentCredentials): AwsService => {
  const region = process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'];
  if (!region) throw new Error('AWS_REGION is not set; Lambda sets it, elsewhere set it to the region of the environment.');
  const set = process.env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] ?? process.env['AWS_ENDPOINT_URL'];
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return { endpoint: new URL(set ?? `https://${service}.${region}.${domain}`), scope: { service, region }, credentials };
};

// Connections are kept: a handshake costs more than the call. Services close idle ones after some minutes.
const agentOptions = { keepAlive: true, maxSockets: 64, scheduling: 'lifo' } as const;
const transports = {
  'http:': { request: httpRequest, agent: new HttpAgent(agentOptions) },
  'https:': { request: httpsRequest, agent: new HttpsAgent(agentOptions) },
} as const;

const exchange = (protocol: keyof typeof transports, options: RequestOptions, body: string | Uint8Array, { timeoutMilliseconds, mostAnswerBytes = Number.POSITIVE_INFINITY }: RequestLimit): Promise<AwsReply> =>
  new Promise((resolve, reject) => {
    const { request, agent } = transports[protocol];
    const outgoing = request({ ...options, agent }, (reply) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      reply.on('data', (part: Buffer) => {
        parts.push(part);
        bytes += part.length;
        if (bytes > mostAnswerBytes) outgoing.destroy(new Error(`more than ${mostAnswerBytes} bytes from ${options.hostname ?? 'the service'}`));
      });
      reply.on('end', () => {
        clearTimeout(timer);
        resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body: parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts) });
      });
      reply.on('error', (error) => { clearTimeout(timer); reject(error); });
    });
    const timer = setTimeout(() => { outgoing.destroy(new Error(`no answer from ${options.hostname ?? 'the service'} within ${timeoutMilliseconds} ms`)); }, timeoutMilliseconds);
    outgoing.on('error', (error) => { clearTimeout(timer); reject(error); });
    outgoing.end(body);
  });

/**
 * Sends one request as it is, without a signature, over the same connections; gives whatever is answered, faults included.
 *
 * @throws Error when no answer came: refused, reset or not in time
 */
export const sendUnsigned = (endpoint: URL, { method, path, headers, body }: AwsRequest, limit: RequestLimit): Promise<AwsReply> => {
  const { protocol } = endpoint;
  if (protocol !== 'http:' && protocol !== 'https:') throw new Error(`the endpoint ${endpoint.href} is neither http nor https; set AWS_ENDPOINT_URL to one that is.`);
  return exchange(protocol, {
    method,
    // Names below localhost are this machine (RFC 6761), whether or not its resolver knows them.
    hostname: endpoint.hostname.endsWith('.localhost') ? '127.0.0.1' : endpoint.hostname,
    ...(endpoint.port ? { port: endpoint.port } : {}),
    path,
    headers: { ...headers, 'host': endpoint.host, 'content-length': Buffer.byteLength(body) },
  }, body, limit);
};

/**
 * Signs and sends one request; gives whatever the service answers, faults included.
 *
 * @throws Error when no answer came: refused, reset or not in time
 */
export const send = async ({ endpoint, scope, credentials }: AwsService, request: AwsRequest, limit: RequestLimit): Promise<AwsReply> =>
  await sendUnsigned(endpoint, { ...request, headers: signedHeaders({ ...request, host: endpoint.host }, scope, await credentials(), new Date()) }, limit);
