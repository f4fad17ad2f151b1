import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The directory that holds `lambdas/`: this package, whether it is a clone or in the node_modules of another app. */
export const packageDirectory = (): string => {
  for (let directory = __dirname; ; directory = dirname(directory)) {
    if (existsSync(join(directory, 'lambdas')) && existsSync(join(directory, 'package.json'))) return directory;
    if (dirname(directory) === directory) throw new Error(`found no lambdas/ above ${__dirname}; the headrace package is incomplete, install it again.`);
  }
};
