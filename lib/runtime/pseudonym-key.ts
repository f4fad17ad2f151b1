import { ServiceFault, callJson } from './aws-json';
import type { AwsService } from './aws-request';

const getParameter = { target: 'AmazonSSM.GetParameter', jsonVersion: '1.1' } as const;
const limits = { timeoutMilliseconds: 2000, attempts: 4, baseMilliseconds: 50, longestMilliseconds: 500 };

/**
 * The key under which the log of predictions hashes who somebody is.
 *
 * @param name of the parameter that keeps it
 * @throws ServiceFault when SSM refuses or has none; Error when no answer came
 */
export const pseudonymKey = async (service: AwsService, name: string): Promise<Uint8Array> => {
  const { Parameter } = await callJson(service, getParameter, { Name: name, WithDecryption: true }, limits) as { readonly Parameter?: { readonly Value?: string } };
  const key = Buffer.from(Parameter?.Value ?? '', 'base64');
  if (key.length !== 32) throw new Error(`The parameter ${name} holds ${key.length} bytes, and the key of pseudonyms has 32; deploy again where it was never made, or put back what it held.`);
  return key;
};

/**
 * The key, or undefined where none was ever made: no model of the environment has predicted for persons, and no log has a pseudonym.
 *
 * @throws what {@link pseudonymKey} throws but for the parameter that is not there
 */
export const madePseudonymKey = async (service: AwsService, name: string): Promise<Uint8Array | undefined> => {
  try {
    return await pseudonymKey(service, name);
  } catch (error) {
    if (error instanceof ServiceFault && error.code === 'ParameterNotFound') return undefined;
    throw error;
  }
};

/** Asks for the key once, and again where that failed. */
export const rememberedKey = (service: AwsService, name: string): (() => Promise<Uint8Array>) => {
  let asked: Promise<Uint8Array> | undefined;
  return () => {
    asked ??= pseudonymKey(service, name).catch((error: unknown) => {
      asked = undefined;
      throw error;
    });
    return asked;
  };
};
