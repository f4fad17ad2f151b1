import { readFileSync } from 'node:fs';
import type { Environment } from '../core/environment/environment';
import { CommandError } from './command-error';

/** How a command is given a token: in a file or in HEADRACE_TOKEN, and not in its own words, which other users of the machine can read. */
export const tokenFileOption = ['--token-file <file>', 'file with an access token, where the environment\'s API asks for one; else it is read from HEADRACE_TOKEN'] as const;

const tokenIn = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandError(`--token-file ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, { exitCode: 2, cause: error });
  }
};

/** The form of a JWT, whatever it says. */
const form = /^[\w-]+\.[\w-]+\.[\w-]+$/u;

/**
 * The access token for an environment's API; `undefined` where requests are signed.
 *
 * @param file what `--token-file` names
 * @throws CommandError when the API asks for a token and there is none, or a file is named and it asks for none
 */
export const accessTokenFor = ({ name, authorization }: Pick<Environment, 'name' | 'authorization'>, file?: string): string | undefined => {
  if (authorization.kind === 'iam') {
    if (file !== undefined) throw new CommandError(`The API of ${name} asks for signatures of AWS identities, not for tokens; leave --token-file out.`, { exitCode: 2 });
    return undefined;
  }
  const given = file === undefined ? process.env['HEADRACE_TOKEN'] : tokenIn(file);
  const token = given?.trim().replace(/^Bearer /iu, '') ?? '';
  if (token === '') throw new CommandError(`The API of ${name} asks for an access token of ${authorization.issuer}, made for ${authorization.audience.join(' or ')}${file === undefined ? ', and HEADRACE_TOKEN is not set' : `, and ${file} is empty`}.`, { next: 'export HEADRACE_TOKEN=…, or --token-file FILE', exitCode: 2 });
  if (!form.test(token)) throw new CommandError(`${file === undefined ? 'HEADRACE_TOKEN' : file} holds no access token: a JWT is three parts of letters, digits, - and _ with dots between them.`, { exitCode: 2 });
  return token;
};
