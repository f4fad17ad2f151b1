import { join } from 'node:path';
import type { RawPlace } from '../lib/runtime/raw-files';
import type { Context } from './context';

/** Where raw of an environment is read from, and kept on this machine. */
export const rawPlace = ({ manifest, environment, names, project }: Context): RawPlace =>
  ({ manifest, region: environment.region, rawBucket: names.bucket('raw'), directory: join(project.home, 'cache') });
