#!/usr/bin/env node
/** `npx headrace`: the command line, from the built package or, in a clone of the repository, from its sources after their set-up. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const words = process.argv.slice(2);
const setUp = join(root, 'setup', 'run.mjs');

const command = existsSync(setUp)
  ? [setUp, join('cli', 'headrace.ts'), ...words]
  // A project's definitions are TypeScript: the loader is there in either case.
  : ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href, join(root, 'dist', 'cli', 'headrace.js'), ...words];

const child = spawn(process.execPath, command, { stdio: 'inherit' });
// On a terminal Ctrl-C reaches the command by itself; else it is told. It stops in its own time, and this process with it.
process.on('SIGINT', () => { if (!process.stdin.isTTY) child.kill('SIGINT'); });
process.on('SIGTERM', () => { child.kill('SIGTERM'); });
child.on('close', (code, signal) => { process.exitCode = code ?? (signal ? 1 : 0); });
