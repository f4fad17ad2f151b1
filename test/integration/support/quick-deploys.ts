import { mkdirSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Project } from '../../../cli/project';

const shared = join(__dirname, '..', '..', '..', '.headrace', 'cache', 'asset-archives');
const keptMilliseconds = 86_400_000;

/**
 * Makes deploys of a test quick. All find the archives that one of them has packed: the CDK names them by their content, moves
 * them into place when they are whole, and packs none that is there. And the CDK's own check of templates is left to their tests.
 */
export const quickenDeploys = ({ output }: Project): void => {
  process.env['CDK_VALIDATION'] = 'false';
  mkdirSync(shared, { recursive: true });
  for (const name of readdirSync(shared)) {
    const file = join(shared, name);
    if (Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) > keptMilliseconds) rmSync(file, { force: true });
  }
  mkdirSync(output, { recursive: true });
  const place = join(output, '.cache');
  rmSync(place, { recursive: true, force: true });
  symlinkSync(shared, place);
};
