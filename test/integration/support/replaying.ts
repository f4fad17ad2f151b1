import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { compileFiles } from '../../../cli/commands/compile';
import type { Context } from '../../../cli/context';
import { contextFor } from '../../../cli/context';
import { runCdk } from '../../../cli/deploy';
import type { Project } from '../../../cli/project';
import type { LocalCloud } from '../../../local/cloud';
import { startLocalCloud, stopLocalCloud } from '../../../local/cloud';

const root = join(__dirname, '..', '..', '..');
const port = 4659;

/** A small project of landings, deployed into a local cloud of its own. */
export interface Landings { readonly home: string; readonly cloud: LocalCloud; readonly context: Context }

/** Starts an empty local cloud and deploys the definitions of test/fixtures/evolution/first.ts into it. */
export const startLandings = async (): Promise<Landings> => {
  const home = join(root, '.headrace', 'replay');
  await stopLocalCloud({ home });
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  const generated = join(home, 'generated');
  process.env['HEADRACE_HOME'] = home;
  process.env['HEADRACE_LOCAL_PORT'] = String(port);
  process.env['HEADRACE_TEST_GENERATED'] = generated;
  const cloud = await startLocalCloud({ home, port });
  process.env['AWS_ENDPOINT_URL'] = cloud.endpoint;
  const project: Project = {
    directory: root, home, definitions: join(root, 'test', 'fixtures', 'evolution', 'first.ts'), environments: join(root, 'examples', 'flights', 'environments.ts'),
    manifest: join(generated, 'manifest.json'), validators: join(generated, 'validators.js'), contracts: join(generated, 'contracts'),
    app: 'node --import tsx test/integration/support/generated-app.ts', output: join(home, 'cdk.out'),
  };
  try {
    compileFiles(project, false);
    const context = contextFor('local', project);
    await runCdk(context, ['bootstrap', `aws://${context.environment.account}/${context.environment.region}`]);
    await runCdk(context, ['deploy', '--all', '--require-approval', 'never', '--concurrency', '4']);
    return { home, cloud, context };
  } catch (error) {
    await cloud.stop();
    throw error;
  }
};
