import type { TokenAuthorization } from '../../core/environment/api';
import type { Environment } from '../../core/environment/environment';
import type { Finding } from './finding';
import { well, wrong } from './finding';

const check = 'token issuer';

/** A document at an address, as JSON. @throws Error when there is none */
const documentAt = async (address: string): Promise<Readonly<Record<string, unknown>>> => {
  const reply = await fetch(address, { signal: AbortSignal.timeout(10_000), redirect: 'error' });
  if (!reply.ok) throw new Error(`${address} answers ${reply.status}`);
  const document: unknown = await reply.json();
  if (typeof document !== 'object' || document === null) throw new Error(`${address} holds no JSON object`);
  return document as Readonly<Record<string, unknown>>;
};

const reason = (error: unknown): string => (error instanceof Error ? `${error.message}${error.cause instanceof Error ? `: ${error.cause.message}` : ''}` : String(error));

const examineIssuer = async ({ issuer }: TokenAuthorization): Promise<Finding> => {
  const remedy = 'mend authorization.issuer in environments.ts: the address whose /.well-known/openid-configuration says the same issuer, to the letter';
  try {
    const { issuer: own, jwks_uri: keysAt } = await documentAt(`${issuer.replace(/\/$/u, '')}/.well-known/openid-configuration`);
    if (own !== issuer) return wrong(check, `${issuer} calls itself ${JSON.stringify(own)}, and so do its tokens: each would be refused`, remedy);
    const { keys } = await documentAt(String(keysAt));
    const usable = (Array.isArray(keys) ? keys as readonly { readonly kty?: unknown; readonly kid?: unknown }[] : []).filter(({ kty, kid }) => kty === 'RSA' && typeof kid === 'string').length;
    return usable > 0 ? well(check, `${issuer}, ${usable} ${usable === 1 ? 'key' : 'keys'}`) : wrong(check, `${issuer} publishes no RSA key with a kid, and the gateway verifies signatures by no other`, 'have the provider sign by RS256');
  } catch (error) {
    return wrong(check, `${issuer} was not found: ${reason(error)}`, remedy);
  }
};

/** Whether the provider of tokens that an environment names is there, is called so, and has keys that the gateway can use; nothing where requests are signed. */
export const examineTokens = async ({ authorization }: Pick<Environment, 'authorization'>): Promise<readonly Finding[]> => (authorization.kind === 'jwt' ? [await examineIssuer(authorization)] : []);
