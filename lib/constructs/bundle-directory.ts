import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let root: string | undefined;

/** Takes away what was bundled: the CDK has copied it into its own output. Nothing is bundled after it. */
export const discardBundles = (): void => {
  if (root !== undefined) rmSync(root, { recursive: true, force: true });
};

/** An empty directory for a bundle, which lives as long as the process. */
export const bundleDirectory = (name: string): string => {
  if (root === undefined) {
    root = mkdtempSync(join(tmpdir(), 'headrace-bundles-'));
    process.once('exit', discardBundles);
  }
  return mkdtempSync(join(root, `${name}-`));
};
