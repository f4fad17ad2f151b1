import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { readElf } from './elf';
import { beyondAmazonLinux } from './glibc';
import * as flights from '../../examples/flights/definitions';
import { manifestOf } from '../fixtures/contracts';
import * as fromDatabase from '../fixtures/database/definitions';
import { production, synthesize, type Synthesis } from './synthesis';

const manifest = manifestOf({ ...flights, ...fromDatabase });
const lambdas = ['definitions-guard', 'contract-registrar', 'ingest-validator', 'feature-aggregator', 'dataset-extractor-postgres', 'dataset-lander', 'prediction-api', 'feature-comparison', 'model-monitor', 'subject-eraser'] as const;
const megabyte = 1024 * 1024;

const filesBelow = (directory: string): readonly string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));

/** The directory that a Lambda's code is uploaded from. */
const bundleOf = (synthesis: Synthesis, name: string): string => {
  for (const template of Object.values(synthesis.templates)) {
    for (const { Type, Properties } of Object.values(template.Resources)) {
      if (Type !== 'AWS::Lambda::Function' || !String(Properties['FunctionName']).endsWith(`-${name}`)) continue;
      const key = String((Properties['Code'] as { S3Key: unknown }).S3Key);
      return join(synthesis.directory, `asset.${key.replace(/\.zip$/u, '')}`);
    }
  }
  throw new Error(`no Lambda ${name}`);
};

describe.each([['arm64', 0xb7], ['x86_64', 0x3e]] as const)('the bundles for %s', (architecture, machine) => {
  const synthesis = synthesize({ ...production, architecture, databases: { postgres: { secret: 'shop' } } }, manifest);

  it.each(lambdas)('%s has a handler and stays under 250 MB unzipped', (name) => {
    const files = filesBelow(bundleOf(synthesis, name));
    const handler = files.find((file) => file.endsWith('/index.js'));
    expect(handler).toBeDefined();
    const size = files.reduce((sum, file) => sum + statSync(file).size, 0);
    // Those without a native library start in a fraction of a second because they are small.
    expect(size).toBeLessThan((['prediction-api', 'feature-comparison', 'model-monitor'].includes(name) ? 250 : 5) * megabyte);
  });

  it('hold native binaries of that machine alone, which Amazon Linux 2023 can load', () => {
    const binaries = lambdas.flatMap((name) => filesBelow(bundleOf(synthesis, name))).flatMap((file) => {
      const elf = readElf(readFileSync(file));
      return elf === undefined ? [] : [{ file, elf }];
    });
    expect(new Set(binaries.map(({ file }) => file.split('/').at(-1)))).toEqual(new Set(['libonnxruntime.so.1', 'onnxruntime_binding.node', 'duckdb.node', 'libduckdb.so']));
    for (const { elf } of binaries) {
      expect(elf.machine).toBe(machine);
      expect(elf.needs.length).toBeGreaterThan(3);
      expect(beyondAmazonLinux(elf)).toEqual([]);
    }
  });

  it('ask at run time for nothing but Node and what was copied beside them', () => {
    for (const name of lambdas) {
      const directory = bundleOf(synthesis, name);
      const required = [...readFileSync(join(directory, 'index.js'), 'utf8').matchAll(/\brequire\("([^"]+)"\)/gu)].map(([, module = '']) => module);
      // The SDK's words on how to install the one are a text, not a call; the other is for who asks for libpq in the place of pg.
      const foreign = [...new Set(required)].filter((module) => !['@aws-sdk/signature-v4-crt', 'pg-native'].includes(module) && !isBuiltin(module) && !existsSync(join(directory, 'node_modules', module)));
      expect([name, foreign]).toEqual([name, []]);
    }
  });
});
