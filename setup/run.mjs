/**
 * `node setup/run.mjs FILE [WORDS]`: does the set-up where it is not done, then runs a TypeScript program of the project
 * under the Node that the project pins.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, setUp } from './set-up.mjs';

const [program, ...words] = process.argv.slice(2);

try {
  await setUp();
} catch (error) {
  process.stderr.write(`${error instanceof Error && error.name === 'SetUpError' ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
}

if (program !== undefined) {
  const pinned = join(root, 'node_modules', 'node', 'bin', 'node');
  const node = existsSync(pinned) ? pinned : process.execPath;
  const child = spawn(node, ['--import', pathToFileURL(join(root, 'node_modules', 'tsx', 'dist', 'loader.mjs')).href, join(root, program), ...words], {
    stdio: 'inherit',
    env: { ...process.env, PATH: [join(root, 'node_modules', '.bin'), join(root, 'node_modules', 'node', 'bin'), process.env.PATH ?? ''].join(delimiter) },
  });
  // Ctrl-C reaches the program by itself: it stops in its own time, and this process ends with it.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => { if (signal === 'SIGTERM') child.kill(signal); });
  child.on('close', (code, signal) => { process.exitCode = code ?? (signal ? 1 : 0); });
}
