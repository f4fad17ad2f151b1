import { join } from 'node:path';
import type { Context } from '../../../cli/context';
import type { LocalCloud } from '../../../local/cloud';
import { startLocalCloud } from '../../../local/cloud';
import { deployProject, emptyHome, generatedProject } from './generated-project';

const root = join(__dirname, '..', '..', '..');
const port = 4659;

/** A small project of landings, deployed into a local cloud of its own. */
export interface Landings { readonly home: string; readonly cloud: LocalCloud; readonly context: Context }

/** Starts an empty local cloud and deploys the definitions of test/fixtures/evolution/first.ts into it. */
export const startLandings = async (): Promise<Landings> => {
  const home = join(root, '.headrace', 'replay');
  await emptyHome(home, port);
  const cloud = await startLocalCloud({ home, port });
  process.env['AWS_ENDPOINT_URL'] = cloud.endpoint;
  try {
    const context = await deployProject(generatedProject(home, 'evolution/first.ts'));
    return { home, cloud, context };
  } catch (error) {
    await cloud.stop();
    throw error;
  }
};
