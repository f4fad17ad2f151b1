import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { generateValidators } from '../../cli/generate-validators';
import { environmentOf, type Environment } from '../../core/environment';
import { compile, manifestText } from '../../core/manifest/compile';
import type { Manifest } from '../../core/manifest/manifest';
import * as flights from '../../examples/flights/definitions';
import { headraceStacks, layers, type Layer } from '../../lib';
import { discardBundles } from '../../lib/constructs/bundle-directory';

export interface Resource { readonly Type: string; readonly Properties: Readonly<Record<string, unknown>>; readonly DeletionPolicy?: string; readonly UpdateReplacePolicy?: string; readonly DependsOn?: readonly string[] }
interface Template { readonly Resources: Readonly<Record<string, Resource>>; readonly Outputs?: Readonly<Record<string, { readonly Export?: unknown }>> }

export interface Synthesis {
  readonly app: App;
  readonly environment: Environment;
  readonly manifest: Manifest;
  /** The cloud assembly. */
  readonly directory: string;
  readonly templates: Readonly<Record<Layer, Template>>;
  readonly templateFiles: readonly string[];
}

export const production = environmentOf({ name: 'production', account: '111122223333', region: 'eu-central-1', alarmEmail: 'oncall@example.com', protected: true });

const compiled = (): Manifest => {
  const compilation = compile(flights);
  if (!compilation.ok) throw new Error(JSON.stringify(compilation.problems));
  return compilation.manifest;
};

// The CDK's own check of templates takes seconds each time and only warns: cfn-lint reads them in static-checks.test.ts.
process.env['CDK_VALIDATION'] = 'false';

const directory = mkdtempSync(join(tmpdir(), 'headrace-template-'));
const assets = join(directory, 'assets');
mkdirSync(assets);
// Of each file of tests that imports this: Jest ends without what runs at a process's exit.
afterAll(() => {
  discardBundles();
  rmSync(directory, { recursive: true, force: true });
});

const flightsManifest = compiled();
// One directory for all: bundles are made once for each architecture.
writeFileSync(join(directory, 'manifest.json'), manifestText(flightsManifest));
writeFileSync(join(directory, 'validators.js'), generateValidators(flightsManifest));

/** Assets are named by their content and are some 400 MB in each cloud assembly: they are kept once for all. */
const keepAssetsOnce = (assembly: string): void => {
  for (const name of readdirSync(assembly).filter((entry) => entry.startsWith('asset.'))) {
    const [staged, kept] = [join(assembly, name), join(assets, name)];
    if (existsSync(kept)) rmSync(staged, { recursive: true });
    else renameSync(staged, kept);
    symlinkSync(kept, staged);
  }
};

/** The stacks of an environment as the CDK would deploy them, made from the flights example. */
export const synthesize = (environment: Environment = production, manifest: Manifest = flightsManifest): Synthesis => {
  const app = new App({ outdir: mkdtempSync(join(directory, 'cdk.out-')) });
  const stacks = headraceStacks(app, { environment, manifest, projectDirectory: directory, generatedDirectory: directory });
  const assembly = app.synth();
  keepAssetsOnce(assembly.directory);
  const artifacts = layers.map((layer) => [layer, assembly.getStackArtifact(stacks[layer].artifactId)] as const);
  return {
    app, environment, manifest,
    directory: assembly.directory,
    templates: Object.fromEntries(artifacts.map(([layer, artifact]) => [layer, artifact.template as Template])) as Record<Layer, Template>,
    templateFiles: artifacts.map(([, artifact]) => artifact.templateFullPath),
  };
};

/** Every resource of a type, with the stack it is in. */
export const resourcesOf = ({ templates }: Synthesis, type: string): readonly { readonly layer: Layer; readonly id: string; readonly resource: Resource }[] =>
  layers.flatMap((layer) => Object.entries(templates[layer].Resources).filter(([, resource]) => resource.Type === type).map(([id, resource]) => ({ layer, id, resource })));
