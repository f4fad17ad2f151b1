import type { KeyObject } from 'node:crypto';
import { createHmac, createSecretKey, hash } from 'node:crypto';

/** Keys of an identity; `sessionToken` for temporary ones. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Where a signature holds. */
export interface SigningScope { readonly service: string; readonly region: string }

/** A request as it is sent. */
export interface UnsignedRequest {
  readonly method: string;
  /** With its port unless it is the scheme's own. */
  readonly host: string;
  /** Percent-encoded as on the wire, with the query if there is one. */
  readonly path: string;
  /** Lower-case names; all of them are signed. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

const algorithm = 'AWS4-HMAC-SHA256';
const hmac = (key: string | Uint8Array, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** RFC 3986 encoding, which is stricter than encodeURIComponent. */
const encoded = (text: string): string => encodeURIComponent(text).replaceAll(/[!'()*]/gu, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

/** Derived keys change once a day. A Lambda calls several services in turn, so there is one for each; as key objects they are made ready once. */
const derived = new Map<string, KeyObject>();
const mostDerived = 32;

const signingKey = (day: string, scope: SigningScope, secret: string): KeyObject => {
  const of = `${day}/${scope.region}/${scope.service}/${secret}`;
  const known = derived.get(of);
  if (known) return known;
  // Days and temporary credentials pass: what is over is made again if it is needed again.
  if (derived.size >= mostDerived) derived.clear();
  const key = createSecretKey([day, scope.region, scope.service, 'aws4_request'].reduce<Buffer>(hmac, Buffer.from(`AWS4${secret}`)));
  derived.set(of, key);
  return key;
};

const canonicalQuery = (query: string): string => query.split('&').filter((pair) => pair !== '')
  .map((pair) => (pair.includes('=') ? pair : `${pair}=`)).sort().join('&');

/**
 * Signs a request with AWS Signature Version 4.
 *
 * Source: IAM user guide, "Create a signed AWS API request"; the tests hold it to AWS's published examples.
 *
 * @param at the time of signing; services refuse a signature that is more than five minutes off
 * @returns all headers to send, `host` included
 */
export const signedHeaders = (request: UnsignedRequest, scope: SigningScope, credentials: Credentials, at: Date): Readonly<Record<string, string>> => {
  const timestamp = `${at.toISOString().slice(0, 19).replaceAll(/[-:]/gu, '')}Z`;
  const day = timestamp.slice(0, 8);
  const bodyHash = hash('sha256', request.body, 'hex');
  const headers: Record<string, string> = { ...request.headers, host: request.host, 'x-amz-date': timestamp };
  if (credentials.sessionToken !== undefined) headers['x-amz-security-token'] = credentials.sessionToken;
  if (scope.service === 's3') headers['x-amz-content-sha256'] = bodyHash;
  const names = Object.keys(headers).sort();
  const [path = '/', query = ''] = request.path.split('?', 2);
  // S3 takes the path as it is sent; every other service encodes it once more.
  const canonicalPath = scope.service === 's3' ? path : path.split('/').map(encoded).join('/');
  const canonical = [request.method, canonicalPath, canonicalQuery(query),
    ...names.map((name) => `${name}:${(headers[name] ?? '').trim().replaceAll(/ +/gu, ' ')}`), '', names.join(';'), bodyHash].join('\n');
  const credentialScope = `${day}/${scope.region}/${scope.service}/aws4_request`;
  const text = [algorithm, timestamp, credentialScope, hash('sha256', canonical, 'hex')].join('\n');
  const signature = createHmac('sha256', signingKey(day, scope, credentials.secretAccessKey)).update(text).digest('hex');
  headers['authorization'] = `${algorithm} Credential=${credentials.accessKeyId}/${credentialScope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return headers;
};
