import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import { parameterNames } from '../../core/environment/deployed';
import type { Environment } from '../../core/environment/environment';
import type { Names } from '../../core/environment/names';
import type { AwsRequest, AwsService } from './aws-request';
import { send, sendUnsigned } from './aws-request';

/** Where the API is: an environment and its names. */
export interface ApiContext {
  readonly environment: Pick<Environment, 'name' | 'region'>;
  readonly names: Pick<Names, 'parameterPath'>;
}

/** The API's answer; `body` is parsed JSON, or text where it is none. */
export interface ApiReply { readonly status: number; readonly body: unknown }

/** There is no API in the environment (yet). */
export class ApiNotDeployed extends Error {
  constructor(environment: string, parameter: string, cause: unknown) {
    super(`The environment ${environment} has no API: there is no parameter ${parameter}. Deploy it first.`, { cause });
    this.name = 'ApiNotDeployed';
  }
}

const longestAnswer = 30_000;
const apis = new Map<string, Promise<AwsService>>();

/** The API of an environment, from the parameter that the serving stack leaves, with the process's credentials. */
const findApi = async ({ environment, names }: ApiContext): Promise<AwsService> => {
  const ssm = new SSMClient({ region: environment.region });
  const parameter = parameterNames(names).apiUrl;
  try {
    const answer = await ssm.send(new GetParameterCommand({ Name: parameter }));
    return { endpoint: new URL(answer.Parameter?.Value ?? ''), scope: { service: 'execute-api', region: environment.region }, credentials: () => ssm.config.credentials() };
  } catch (error) {
    if (error instanceof ParameterNotFound) throw new ApiNotDeployed(environment.name, parameter, error);
    throw error;
  }
};

const parsed = (body: Buffer): unknown => {
  const text = body.toString('utf8');
  try { return JSON.parse(text); } catch { return text; }
};

/** The API, looked up once. */
const apiOf = (context: ApiContext): Promise<AwsService> => {
  // Two local clouds have environments of one name.
  const key = `${process.env['AWS_ENDPOINT_URL'] ?? ''} ${context.environment.region}${context.names.parameterPath}`;
  const found = apis.get(key) ?? findApi(context);
  apis.set(key, found);
  found.catch(() => { apis.delete(key); });
  return found;
};

const requestOf = ({ endpoint }: AwsService, path: string, body: unknown): AwsRequest => {
  const whole = `${endpoint.pathname.replace(/\/$/u, '')}${path}`;
  return body === undefined ? { method: 'GET', path: whole, headers: {}, body: '' } : { method: 'POST', path: whole, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
};

/**
 * Asks an environment's API, with JSON or without, signed (SigV4) with the credentials of this process. Connections are kept, and the
 * API's address is looked up once.
 *
 * @param path such as `/v1/models/late_arrival/predictions`
 * @param body what is posted; without one the path is got
 * @returns the answer, problem documents included
 * @throws ApiNotDeployed when the environment has no API; Error when no answer came
 */
export const signedFetch = async (context: ApiContext, path: string, body?: unknown): Promise<ApiReply> => {
  const service = await apiOf(context);
  const reply = await send(service, requestOf(service, path, body), { timeoutMilliseconds: longestAnswer });
  return { status: reply.status, body: parsed(reply.body) };
};

/**
 * As {@link signedFetch}, of an environment whose API asks for tokens.
 *
 * @param token an access token; it is sent to the API alone
 */
export const tokenFetch = async (context: ApiContext, token: string, path: string, body?: unknown): Promise<ApiReply> => {
  const service = await apiOf(context);
  const request = requestOf(service, path, body);
  const reply = await sendUnsigned(service.endpoint, { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } }, { timeoutMilliseconds: longestAnswer });
  return { status: reply.status, body: parsed(reply.body) };
};
