import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathsIn } from '../../../local/paths';

/** Process ids of the runs of Glue jobs in a local cloud, Python and Java, by the directory that each runs in. */
export const jobProcesses = (home: string): readonly number[] => readdirSync('/proc').filter((name) => /^\d+$/u.test(name)).flatMap((pid) => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(join(pathsIn(home).temporary, 'glue-')) ? [Number(pid)] : [];
  } catch {
    // It ended meanwhile, or is not ours.
    return [];
  }
});
