import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Problem } from '../../core/model/problem';

/** What is asked for, by its method and path. */
export type Route =
  | { readonly kind: 'predict' | 'features' | 'model'; readonly name: string }
  | { readonly kind: 'models' | 'openapi' };

const named = [
  { kind: 'predict', method: 'POST', pattern: /^\/v1\/models\/([^/]+)\/predictions$/u },
  { kind: 'features', method: 'POST', pattern: /^\/v1\/features\/([^/]+)\/query$/u },
  { kind: 'model', method: 'GET', pattern: /^\/v1\/models\/([^/]+)$/u },
] as const;
const unnamed = [{ kind: 'models', path: '/v1/models' }, { kind: 'openapi', path: '/v1/openapi.json' }] as const;

const decoded = (segment: string): string => {
  try { return decodeURIComponent(segment); } catch { return segment; }
};

/** The route of a request; `undefined` when no path of the API is like it. */
export const routeOf = ({ rawPath, requestContext: { http: { method } } }: Pick<APIGatewayProxyEventV2, 'rawPath' | 'requestContext'>): Route | undefined => {
  for (const { kind, method: own, pattern } of named) {
    const name = method === own ? pattern.exec(rawPath)?.[1] : undefined;
    if (name !== undefined) return { kind, name: decoded(name) };
  }
  const found = method === 'GET' ? unnamed.find(({ path }) => path === rawPath) : undefined;
  return found && { kind: found.kind };
};

/** The body's bytes; API Gateway gives those of some content types in base64. */
export const bodyOf = ({ body, isBase64Encoded }: Pick<APIGatewayProxyEventV2, 'body' | 'isBase64Encoded'>): Uint8Array => Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8');

/** An answer, from JSON that is text already. */
export const jsonTextAnswer = (body: string): APIGatewayProxyStructuredResultV2 => ({ statusCode: 200, headers: { 'content-type': 'application/json' }, body });

/** An answer. */
export const jsonAnswer = (body: unknown): APIGatewayProxyStructuredResultV2 => jsonTextAnswer(JSON.stringify(body));

/** A problem document; what a retry can mend says when. */
export const problemAnswer = (problem: Problem): APIGatewayProxyStructuredResultV2 => ({
  statusCode: problem.status,
  headers: { 'content-type': 'application/problem+json', ...(problem.status === 503 ? { 'retry-after': '1' } : {}) },
  body: JSON.stringify(problem),
});
