import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { layers } from '../../lib';

jest.setTimeout(60_000);
/** A synthesis brings the wheels of the Python layer from the registry, beside another file's tests. */
const synthesisMilliseconds = 240_000;

const repository = join(__dirname, '..', '..');
const temporary = mkdtempSync(join(tmpdir(), 'headrace-package-'));
const sources = join(temporary, 'headrace');
const shop = join(temporary, 'shop');

/** An app of one's own: three files, and what every Node project has. */
const app: Readonly<Record<string, string>> = {
  'definitions/index.ts': `
    import { count, entity, event, featureView, float, over, string, sum } from 'headrace';
    export const orderPlaced = event('order.placed', { version: 1, partitionBy: 'customer', fields: { customer: string(), amount: float({ min: 0 }) } });
    export const customer = entity('customer', { customer: string() });
    export const spending = featureView('customer_spending', {
      version: 1, entity: customer, from: orderPlaced, by: (order) => ({ customer: order.customer }),
      features: (order) => [over(['1h', '7d'], { orders: count(), spent: sum(order.amount) })],
    });`,
  'environments.ts': `
    import { environmentOf, localEnvironment } from 'headrace/cdk';
    export default [localEnvironment(), environmentOf({ name: 'staging', account: '111122223333', region: 'eu-west-1' })];`,
  'app.ts': `
    import { App } from 'aws-cdk-lib';
    import { headraceStacks, selectEnvironment } from 'headrace/cdk';
    import environments from './environments';
    const app = new App();
    headraceStacks(app, { environment: selectEnvironment(environments, process.env['HEADRACE_ENV'] ?? 'local'), projectDirectory: __dirname });
    app.synth();`,
  'package.json': '{ "name": "shop", "private": true }',
  'cdk.json': '{ "app": "node --import tsx app.ts" }',
  'tsconfig.json': '{ "compilerOptions": { "strict": true, "noEmit": true, "module": "nodenext", "types": ["node"] }, "include": ["**/*.ts"] }',
};

const run = async (directory: string, command: string, words: readonly string[], variables: NodeJS.ProcessEnv = {}): Promise<string> => {
  const { NODE_PATH: _own, ...inherited } = process.env;
  const environment = { ...inherited, PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`, CDK_DISABLE_CLI_TELEMETRY: 'true', ...variables };
  const { stdout } = await promisify(execFile)(command, words, { cwd: directory, env: environment })
    .catch((error: { message: string; stdout: string; stderr: string }) => { throw new Error(`${error.message}\n${error.stdout}\n${error.stderr}`); });
  return stdout;
};

const installed = (command: string): string => join(shop, 'node_modules', '.bin', command);

/** Packs a copy of the repository, so that nothing is left behind in it. */
const pack = async (): Promise<string> => {
  mkdirSync(sources);
  for (const name of ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'README.md', 'LICENSE', 'bin', 'cli', 'core', 'glue-jobs', 'lambdas', 'lib', 'local'])
    cpSync(join(repository, name), join(sources, name), { recursive: true });
  symlinkSync(join(repository, 'node_modules'), join(sources, 'node_modules'));
  await run(sources, 'npm', ['pack', '--offline', '--pack-destination', temporary], { PATH: `${join(repository, 'node_modules', '.bin')}:${process.env['PATH'] ?? ''}` });
  const [archive] = readdirSync(temporary).filter((name) => name.endsWith('.tgz'));
  if (archive === undefined) throw new Error(`npm pack left no archive in ${temporary}`);
  return join(temporary, archive);
};

/** What npm would do with the archive: unpack it beside its declared dependencies, of which all are here already. */
const install = async (archive: string): Promise<void> => {
  const modules = join(shop, 'node_modules');
  const own = join(modules, 'headrace');
  mkdirSync(join(modules, '.bin'), { recursive: true });
  mkdirSync(own);
  await run(temporary, 'tar', ['-xzf', archive, '-C', own, '--strip-components', '1']);
  const { dependencies, bin } = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8')) as { readonly dependencies: Readonly<Record<string, string>>; readonly bin: Readonly<Record<string, string>> };
  for (const name of [...Object.keys(dependencies), '@types/node']) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(repository, 'node_modules', name), join(modules, name));
  }
  for (const command of ['cdk', 'tsc']) symlinkSync(join(repository, 'node_modules', '.bin', command), installed(command));
  for (const [command, file] of Object.entries(bin)) symlinkSync(join(own, file), installed(command));
};

beforeAll(async () => {
  await install(await pack());
  for (const [name, content] of Object.entries(app)) {
    mkdirSync(dirname(join(shop, name)), { recursive: true });
    writeFileSync(join(shop, name), content);
  }
});

afterAll(() => { rmSync(temporary, { recursive: true, force: true }); });

describe('an app of one\'s own, with the packed headrace', () => {
  it('finds no build, and nothing that a machine left behind, in the repository\'s sources', () => {
    const files = readdirSync(join(shop, 'node_modules', 'headrace'), { recursive: true, encoding: 'utf8' });
    expect(files).toEqual(expect.arrayContaining(['bin/headrace.mjs', 'dist/core/definition/index.d.ts', 'dist/cli/headrace.js', 'lambdas/ingest-validator/handler.ts', 'glue-jobs/train.py', 'local/requirements.txt']));
    expect(files.filter((file) => /__pycache__|\.pyc$|(^|\/)test\/|^examples|^definitions|^environments/u.test(file))).toEqual([]);
  });

  it('has every command, with no package that is not a dependency', async () => {
    expect(await run(shop, installed('headrace'), ['--help'])).toMatch(/compile .*deploy .*doctor .*training-set /su);
  });

  it('compiles its definitions', async () => {
    const compiled = JSON.parse(await run(shop, installed('headrace'), ['compile', '--json'])) as Readonly<Record<string, unknown>>;
    expect(compiled).toMatchObject({ events: 1, datasets: 0, entities: 1, views: 1, models: 0 });
    expect(await run(shop, installed('headrace'), ['compile', '--check'])).toContain('up to date');
  });

  it('has its types', async () => {
    expect(await run(shop, installed('tsc'), ['-p', '.'])).toBe('');
  });

  it('synthesizes the stacks of its environment, with the table of its event', async () => {
    await run(shop, installed('cdk'), ['synth', '--quiet', '--no-notices'], { HEADRACE_ENV: 'staging' });
    const templates = layers.map((layer) => join(shop, 'cdk.out', `headrace-staging-${layer}.template.json`));
    expect(templates.filter((file) => !existsSync(file))).toEqual([]);
    const resources = templates.flatMap((file) => Object.values((JSON.parse(readFileSync(file, 'utf8')) as { readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties: { readonly TableInput?: { readonly Name: string } } }>> }).Resources));
    const tables = resources.filter(({ Type }) => Type === 'AWS::Glue::Table').map(({ Properties }) => Properties.TableInput?.Name);
    expect(new Set(tables)).toEqual(new Set(['lineage', 'quarantine', 'raw_order_placed_v1']));
  }, synthesisMilliseconds);
});
