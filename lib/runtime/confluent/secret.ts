import { callJson } from '../aws-json';
import type { AwsService } from '../aws-request';
import type { BasicCredentials } from './client';

const getSecret = { target: 'secretsmanager.GetSecretValue', jsonVersion: '1.1' } as const;
const limits = { timeoutMilliseconds: 3000, attempts: 4, baseMilliseconds: 100, longestMilliseconds: 1000 };
/** A registry that refuses everybody is no reason to ask for the secret each time. */
const leastMillisecondsBetween = 30_000;

const credentialsIn = (text: string, name: string): BasicCredentials => {
  let value: unknown;
  try { value = JSON.parse(text); } catch { value = undefined; }
  const { username, password } = (typeof value === 'object' && value !== null ? value : {}) as { readonly username?: unknown; readonly password?: unknown };
  if (typeof username !== 'string' || typeof password !== 'string' || username === '' || username.includes(':'))
    throw new Error(`The secret ${name} holds no credentials of the schema registry; it has to be JSON with a username, which has no colon, and a password.`);
  return { username, password };
};

/**
 * Credentials out of Secrets Manager: JSON with `username` and `password`.
 *
 * @param secret its name or its ARN
 */
export const secretCredentials = (secret: string, service: AwsService, now: () => number = Date.now): ((renewed: boolean) => Promise<BasicCredentials>) => {
  let asked: { readonly at: number; readonly credentials: Promise<BasicCredentials> } | undefined;
  const ask = async (): Promise<BasicCredentials> => {
    const { SecretString } = await callJson(service, getSecret, { SecretId: secret }, limits) as { readonly SecretString?: string };
    return credentialsIn(SecretString ?? '', secret);
  };
  return (renewed) => {
    if (asked === undefined || (renewed && now() - asked.at > leastMillisecondsBetween)) {
      const credentials = ask();
      asked = { at: now(), credentials };
      credentials.catch(() => { asked = undefined; });
    }
    return asked.credentials;
  };
};
