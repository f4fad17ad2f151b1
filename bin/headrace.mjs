#!/usr/bin/env node
/** `npx headrace`: the command line, from the built package or, in the repository, from its sources. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const sources = join(root, 'cli', 'headrace.ts');
const pinned = join(root, 'node_modules', 'node', 'bin', 'node');
// A project's definitions are TypeScript: the loader is there in either case.
const child = spawn(existsSync(pinned) ? pinned : process.execPath, ['--import', pathToFileURL(require.resolve('tsx')).href, existsSync(sources) ? sources : join(root, 'dist', 'cli', 'headrace.js'), ...process.argv.slice(2)], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => { if (signal === 'SIGTERM') child.kill(signal); });
child.on('close', (code, signal) => { process.exitCode = code ?? (signal ? 1 : 0); });
