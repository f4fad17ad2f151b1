import type { AwsReply } from '../aws-request';
import { sendUnsigned } from '../aws-request';
import { realEffects, retrying } from '../retry';

/** Who the registry is asked as: HTTP basic authentication. */
export interface BasicCredentials { readonly username: string; readonly password: string }

export interface ConfluentRegistrySettings {
  /** Of the REST API, such as `https://registry.example.com`, with a path where it has one. */
  readonly url: string;
  /** Before the names of the environment's subjects; empty when the registry is its own. */
  readonly subjectPrefix?: string;
  /** Asked for when they are needed; `renewed` after the registry has refused those of before. Absent: nobody. */
  readonly credentials?: (renewed: boolean) => Promise<BasicCredentials>;
}

/** What the registry refused; `code` is its error code, five digits that begin with the status. */
export class RegistryFault extends Error {
  readonly status: number;
  readonly code: number | undefined;
  constructor(what: string, status: number, code: number | undefined, message: string) {
    super(`the schema registry refused ${what}: ${status}${code === undefined ? '' : ` (${code})`}${message === '' ? '' : `: ${message}`}`);
    this.name = 'RegistryFault';
    this.status = status;
    this.code = code;
  }
}

interface Call { readonly method: 'GET' | 'POST' | 'PUT'; readonly path: string; readonly body?: unknown }

/** Calls the registry's REST API; what it answers, parsed. */
export type CallRegistry = (call: Call) => Promise<unknown>;

/** Schemas have 170,000 characters at most; a subject can have very many versions. */
const limits = { timeoutMilliseconds: 3000, attempts: 4, baseMilliseconds: 100, longestMilliseconds: 2000, mostAnswerBytes: 2_000_000 };
const mediaType = 'application/vnd.schemaregistry.v1+json';

const isLoopback = (hostname: string): boolean => hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]' || hostname.endsWith('.localhost');

const parsed = (text: string): unknown => {
  try { return JSON.parse(text); } catch { return undefined; }
};

const faultOf = ({ method, path }: Call, { status, body }: AwsReply): RegistryFault => {
  const answer = parsed(body.toString('utf8'));
  const { error_code: code, message } = (typeof answer === 'object' && answer !== null ? answer : {}) as { readonly error_code?: unknown; readonly message?: unknown };
  return new RegistryFault(`${method} ${path}`, status, typeof code === 'number' ? code : undefined, typeof message === 'string' ? message.slice(0, 2000) : '');
};

/** Whether the same call can succeed later: no answer at all, a fault of the registry's own, or too many calls. */
const isPassing = (error: unknown): boolean => !(error instanceof RegistryFault) || error.status >= 500 || error.status === 429 || error.status === 408;

/**
 * The REST API of a registry that speaks as Confluent's does. Source: Confluent's documentation, "Schema Registry API reference".
 * Redirections are not followed: they would take the credentials elsewhere.
 *
 * @throws Error when the URL is neither https nor of this machine; later, RegistryFault when the registry refuses, Error when no answer came
 */
export const confluentClient = ({ url, credentials }: ConfluentRegistrySettings): CallRegistry => {
  const endpoint = new URL(url);
  if (endpoint.protocol !== 'https:' && !(endpoint.protocol === 'http:' && isLoopback(endpoint.hostname)))
    throw new Error(`the schema registry is at ${endpoint.protocol}//${endpoint.host}, and would be asked without TLS; name it by https in environments.ts (http is for this machine alone).`);
  const base = endpoint.pathname.replace(/\/$/u, '');
  let current: Promise<BasicCredentials> | undefined;

  const authorization = async (renew: boolean): Promise<Readonly<Record<string, string>>> => {
    if (credentials === undefined) return {};
    if (renew || current === undefined) current = credentials(renew);
    try {
      const { username, password } = await current;
      return { authorization: `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}` };
    } catch (error) {
      current = undefined;
      throw error;
    }
  };
  const exchange = async ({ method, path, body }: Call, renew: boolean): Promise<AwsReply> => sendUnsigned(endpoint, {
    method, path: `${base}${path}`, body: body === undefined ? '' : JSON.stringify(body),
    headers: { accept: `${mediaType}, application/json`, ...(body === undefined ? {} : { 'content-type': mediaType }), ...(await authorization(renew)) },
  }, limits);

  return async (call) => await retrying(async () => {
    const first = await exchange(call, false);
    // Credentials are replaced while a process lives.
    const reply = first.status === 401 && credentials !== undefined ? await exchange(call, true) : first;
    if (reply.status < 200 || reply.status > 299) throw faultOf(call, reply);
    const answer = parsed(reply.body.toString('utf8'));
    if (answer === undefined) throw new Error(`the schema registry answered ${call.method} ${call.path} with what is no JSON; is ${endpoint.origin}${base} the address of its API?`);
    return answer;
  }, isPassing, limits, realEffects);
};

/** Confluent's codes for what there is not: a subject, a version, a schema. A plain 404 means another address instead. */
const missingCodes: ReadonlySet<number | undefined> = new Set([40401, 40402, 40403, 40408]);

/** What a call gives; `undefined` when the registry says that there is no such thing. */
export const orUndefined = async <Result>(call: Promise<Result>): Promise<Result | undefined> => {
  try { return await call; } catch (error) {
    if (error instanceof RegistryFault && missingCodes.has(error.code)) return undefined;
    throw error;
  }
};
