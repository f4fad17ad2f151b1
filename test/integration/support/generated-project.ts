import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { compileFiles } from '../../../cli/commands/compile';
import { contextFor, type Context } from '../../../cli/context';
import { deployStacks } from '../../../cli/deploy';
import type { Project } from '../../../cli/project';
import { stopLocalCloud } from '../../../local/cloud';
import { quickenDeploys } from './quick-deploys';

const root = join(__dirname, '..', '..', '..');
const generatedIn = (home: string): string => join(home, 'generated');

/** Makes a directory below .headrace ready for a local cloud of a test's own, and tells the command line and the app of it. */
export const emptyHome = async (home: string, port: number): Promise<void> => {
  await stopLocalCloud({ home });
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  Object.assign(process.env, { HEADRACE_HOME: home, HEADRACE_LOCAL_PORT: String(port), HEADRACE_TEST_GENERATED: generatedIn(home) });
};

/**
 * A project whose definitions are a test's, and whose files are generated below its home.
 *
 * @param definitions file below test/fixtures
 */
export const generatedProject = (home: string, definitions: string): Project => {
  const generated = generatedIn(home);
  return {
    directory: root, home, definitions: join(root, 'test', 'fixtures', definitions), environments: join(root, 'examples', 'flights', 'environments.ts'),
    manifest: join(generated, 'manifest.json'), validators: join(generated, 'validators.js'), contracts: join(generated, 'contracts'),
    app: 'node --import tsx test/integration/support/generated-app.ts', output: join(home, 'cdk.out'),
  };
};

/** Deploys what is generated, with the CDK and no check before. */
export const deployGenerated = async (context: Context): Promise<void> => {
  quickenDeploys(context.project);
  await deployStacks(context);
};

/** Compiles a project and deploys it into the local cloud that runs. */
export const deployProject = async (project: Project): Promise<Context> => {
  compileFiles(project, false);
  const context = contextFor('local', project);
  await deployGenerated(context);
  return context;
};
