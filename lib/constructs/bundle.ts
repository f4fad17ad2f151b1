import { cpSync, existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { BuildOptions, Metafile } from 'esbuild';
import { buildSync } from 'esbuild';
import type { Environment } from '../../core/environment/environment';
import { bundleDirectory } from './bundle-directory';
import { foreignPackage } from './foreign-package';
import { packageDirectory } from './package-directory';

/** What decides a Lambda's bundle: the same answers give the same bytes. */
export interface BundleProps {
  /** Folder below lambdas/. */
  readonly name: string;
  readonly target: Pick<Environment, 'architecture' | 'platform'>;
  readonly generatedDirectory: string;
  /** Whether processes of it are kept started: then its handler is `warm.handler`, beside `index.handler`. */
  readonly isKeptStarted?: boolean;
}

/**
 * The entry of a function whose processes are kept started: Lambda waits for an ES module before it calls a process ready,
 * and so for what `warm` loads. The bundle itself is no ES module.
 * Source: AWS Compute Blog, "Using Node.js ES modules and top-level await in AWS Lambda".
 */
const warmEntry = `import { createRequire } from 'node:module';
const { handler, warm } = createRequire(import.meta.url)('./index.js');
await warm();
export { handler };
`;

/** Node's name for an architecture, as native packages use it in their paths. */
const nodeArchitecture = { arm64: 'arm64', x86_64: 'x64' } as const satisfies Record<Environment['architecture'], string>;

/** A package with native parts: esbuild leaves it out, and what one machine needs of it is copied beside the bundle. */
interface NativePackage {
  readonly name: string;
  /** Whether a file, by its path inside the package, is needed on that machine. */
  readonly needed: (path: string, platform: string, architecture: string) => boolean;
  readonly requires: readonly string[];
  /** The package with the native part, which npm installs on that machine alone. */
  readonly native?: (platform: string, architecture: string) => string;
}

const nativePackages: readonly NativePackage[] = [{
  name: 'onnxruntime-node',
  // The package carries the binaries of every platform (288 MB); a Lambda needs one of them.
  needed: (path, platform, architecture) =>
    path === 'package.json' || /^dist(\/[^/]+\.js)?$/u.test(path) ||
    ['bin', 'bin/napi-v6', `bin/napi-v6/${platform}`].includes(path) || path.startsWith(`bin/napi-v6/${platform}/${architecture}`),
  requires: ['onnxruntime-common'],
}, {
  name: 'onnxruntime-common',
  needed: (path) => path === 'package.json' || path === 'dist' || path === 'dist/cjs' || (path.startsWith('dist/cjs/') && !path.endsWith('.map') && !path.endsWith('.d.ts')),
  requires: [],
}, {
  name: '@duckdb/node-api',
  needed: (path) => !path.endsWith('.map') && !path.endsWith('.d.ts'),
  requires: ['@duckdb/node-bindings'],
}, {
  name: '@duckdb/node-bindings',
  needed: (path) => !path.endsWith('.d.ts'),
  requires: ['detect-libc'],
  native: (platform, architecture) => `@duckdb/node-bindings-${platform}-${architecture}`,
}, {
  name: 'detect-libc',
  needed: (path) => !path.endsWith('.d.ts'),
  requires: [],
}, {
  // No native part, but a file of WebAssembly that it looks for beside itself.
  name: '@platformatic/wasm-utils',
  needed: (path) => !path.endsWith('.map') && !path.endsWith('.d.ts'),
  requires: ['@platformatic/dynamic-buffer'],
}, {
  name: '@platformatic/dynamic-buffer',
  needed: (path) => !path.endsWith('.map') && !path.endsWith('.d.ts'),
  requires: [],
}];

/** Lambdas with packages that ask for their own place, as ES modules do: a bundle's is that of its file. */
const placed: ReadonlySet<string> = new Set(['event-writer', 'kafka-topic', 'kafka-brokers']);
const place = { banner: { js: "const bundlePlace = require('node:url').pathToFileURL(__filename).href;" }, define: { 'import.meta.url': 'bundlePlace' } } as const;

/**
 * Packages that only some requests need: each is a file of its own beside the bundle, which is read when it is asked for. In
 * the bundle, a cold start would read them though nobody did.
 */
const latePackages: readonly string[] = ['@aws-sdk/client-sagemaker-runtime'];

/** Where an installed package really lies, whatever its `exports` allow to be resolved. */
const findPackage = (name: string, from: string): string | undefined => {
  const found = createRequire(from).resolve.paths(name)?.map((directory) => join(directory, name)).find((directory) => existsSync(join(directory, 'package.json')));
  // Package installers that link (pnpm) put what a package requires beside its real place.
  return found === undefined ? undefined : realpathSync(found);
};

const installedPackage = (name: string, from: string): string => {
  const found = findPackage(name, from);
  if (found === undefined) throw new Error(`package ${name} is not installed where ${from} looks for it; run npm ci.`);
  return found;
};

const copyNative = (name: string, from: string, directory: string, target: BundleProps['target']): void => {
  const native = nativePackages.find((each) => each.name === name);
  if (native === undefined) return;
  const source = installedPackage(name, from);
  cpSync(source, join(directory, 'node_modules', name), {
    recursive: true,
    dereference: true,
    filter: (path) => path === source || native.needed(path.slice(source.length + 1).replaceAll('\\', '/'), target.platform, nodeArchitecture[target.architecture]),
  });
  for (const required of native.requires) copyNative(required, join(source, 'package.json'), directory, target);
  if (!native.native) return;
  const part = native.native(target.platform, nodeArchitecture[target.architecture]);
  const { version } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as { readonly version: string };
  cpSync(findPackage(part, join(source, 'package.json')) ?? foreignPackage(part, version), join(directory, 'node_modules', part), { recursive: true, dereference: true });
};

const generatedFile = (directory: string, file: string): string => {
  const path = join(directory, file);
  if (!existsSync(path)) throw new Error(`there is no ${path}, which the Lambdas are made with; run npx headrace compile.`);
  return path;
};

const generatedAlias = (directory: string): Record<string, string> => ({
  '@generated/manifest': generatedFile(directory, 'manifest.json'),
  '@generated/validators': generatedFile(directory, 'validators.js'),
});

const bundles = new Map<string, string>();
/** What every bundle is made with. */
const settings = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  // The AWS SDK's ES modules can be shaken, its CommonJS cannot: half the size, and a faster cold start.
  mainFields: ['module', 'main'],
  minify: true,
  legalComments: 'none',
  logLevel: 'error',
  tsconfigRaw: { compilerOptions: { target: 'es2024' } },
} satisfies BuildOptions;

const bundleLate = (name: string, directory: string): void => {
  const place = join(directory, 'node_modules', name);
  buildSync({ ...settings, absWorkingDir: packageDirectory(), entryPoints: [name], outfile: join(place, 'index.js') });
  writeFileSync(join(place, 'package.json'), '{"main":"index.js"}');
};

/** Packages that a bundle asks for and does not hold. */
const externalPackages = ({ outputs }: Metafile): ReadonlySet<string> => new Set(Object.values(outputs).flatMap(({ imports }) => imports.filter(({ external }) => external === true).map(({ path }) => path)));

const build = ({ name, target, generatedDirectory, isKeptStarted = false }: BundleProps): string => {
  const home = packageDirectory();
  const entry = join(home, 'lambdas', name, 'handler.ts');
  if (!existsSync(entry)) throw new Error(`Lambda ${name} has no handler at ${entry}; the headrace package is incomplete, install it again.`);
  const directory = bundleDirectory(name);
  const { metafile } = buildSync({
    ...settings,
    absWorkingDir: home,
    entryPoints: [entry],
    outfile: join(directory, 'index.js'),
    metafile: true,
    external: [...nativePackages.map((each) => each.name), ...latePackages],
    ...(placed.has(name) ? place : {}),
    alias: generatedAlias(generatedDirectory),
  });
  for (const name of externalPackages(metafile)) {
    if (latePackages.includes(name)) bundleLate(name, directory);
    else copyNative(name, entry, directory, target);
  }
  if (isKeptStarted) writeFileSync(join(directory, 'warm.mjs'), warmEntry);
  return directory;
};

/**
 * Bundles a Lambda with its dependencies, the AWS SDK included, into one file, and copies native packages for its target beside it.
 * esbuild runs in this process, so that it works without Docker and without a shell, and a bundle is made once however many stacks and regions use it.
 *
 * @returns the directory whose `index.handler`, or `warm.handler`, is the Lambda's
 * @throws Error when the Lambda, a generated file or a native package is not there
 */
export const bundleLambda = (props: BundleProps): string => {
  const key = [props.name, props.target.architecture, props.target.platform, props.generatedDirectory, String(props.isKeptStarted ?? false)].join('\n');
  const known = bundles.get(key);
  if (known !== undefined) return known;
  const directory = build(props);
  bundles.set(key, directory);
  return directory;
};

/** A program that is no Lambda: its file below the package, and where it goes. */
export interface ProgramProps extends Pick<BundleProps, 'target' | 'generatedDirectory'> {
  readonly entry: string;
  readonly outfile: string;
}

/** Bundles a program into one file, and copies the packages that ask for a place of their own beside it. */
export const bundleProgram = ({ entry, outfile, target, generatedDirectory }: ProgramProps): void => {
  const file = join(packageDirectory(), entry);
  const { metafile } = buildSync({ ...settings, ...place, absWorkingDir: packageDirectory(), entryPoints: [file], outfile, metafile: true, external: nativePackages.map(({ name }) => name), alias: generatedAlias(generatedDirectory) });
  for (const name of externalPackages(metafile)) copyNative(name, file, dirname(outfile), target);
};
