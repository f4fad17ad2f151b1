import { join } from 'node:path';
import type { Project } from '../../cli/project';
import { projectIn } from '../../cli/project';

/** The example as a project of its own: it runs whatever definitions/ and environments.ts of the repository hold. */
export const flightsProject = (): Project => {
  const directory = join(__dirname, '..', '..');
  const { home } = projectIn(directory);
  const generated = join(home, 'flights', 'generated');
  return {
    directory, home,
    definitions: join(__dirname, 'definitions.ts'), environments: join(__dirname, 'environments.ts'),
    manifest: join(generated, 'manifest.json'), validators: join(generated, 'validators.js'), contracts: join(generated, 'contracts'),
    app: 'node --import tsx examples/flights/app.ts', output: join(home, 'flights', 'cdk.out'),
  };
};
