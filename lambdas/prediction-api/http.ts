import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Problem } from '../../core/model/problem';

/** What is asked for, by its path. */
export type Route =
  | { readonly kind: 'predict'; readonly model: string }
  | { readonly kind: 'features'; readonly view: string };

const paths = [
  { kind: 'predict', pattern: /^\/v1\/models\/([^/]+)\/predictions$/u },
  { kind: 'features', pattern: /^\/v1\/features\/([^/]+)\/query$/u },
] as const;

const decoded = (segment: string): string => {
  try { return decodeURIComponent(segment); } catch { return segment; }
};

/** The route of a request; `undefined` when no path of the API is like it. */
export const routeOf = (event: Pick<APIGatewayProxyEventV2, 'rawPath' | 'requestContext'>): Route | undefined => {
  if (event.requestContext.http.method !== 'POST') return undefined;
  for (const { kind, pattern } of paths) {
    const name = pattern.exec(event.rawPath)?.[1];
    if (name !== undefined) return kind === 'predict' ? { kind, model: decoded(name) } : { kind, view: decoded(name) };
  }
  return undefined;
};

/** The body's bytes; API Gateway gives those of some content types in base64. */
export const bodyOf = ({ body, isBase64Encoded }: Pick<APIGatewayProxyEventV2, 'body' | 'isBase64Encoded'>): Uint8Array => Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8');

/** An answer. */
export const jsonAnswer = (body: unknown): APIGatewayProxyStructuredResultV2 => ({ statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

/** A problem document; what a retry can mend says when. */
export const problemAnswer = (problem: Problem): APIGatewayProxyStructuredResultV2 => ({
  statusCode: problem.status,
  headers: { 'content-type': 'application/problem+json', ...(problem.status === 503 ? { 'retry-after': '1' } : {}) },
  body: JSON.stringify(problem),
});
