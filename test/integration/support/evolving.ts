import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileFiles } from '../../../cli/commands/compile';
import type { Context } from '../../../cli/context';
import { contextFor } from '../../../cli/context';
import { runCdk } from '../../../cli/deploy';
import { generateValidators } from '../../../cli/generate-validators';
import type { Project } from '../../../cli/project';
import { contentHash, sha256 } from '../../../core/manifest/hash';
import { manifestText } from '../../../core/manifest/compile';
import type { EventDefinition, Manifest } from '../../../core/manifest/manifest';
import type { LocalCloud } from '../../../local/cloud';
import { startLocalCloud, stopLocalCloud } from '../../../local/cloud';
import type { PlatformPlace } from './platform';

const root = join(__dirname, '..', '..', '..');

export type Stage = 'first' | 'second' | 'third';

/** A project whose definitions go from one stage to the next. */
export interface Evolving {
  readonly home: string;
  readonly cloud: LocalCloud;
  /** Compiles a stage's definitions into the project's generated files. */
  readonly compile: (stage: Stage) => Manifest;
  readonly context: () => Context;
  /** Deploys what is generated, with the CDK and no check before. */
  readonly deploy: () => Promise<void>;
  /** Puts an event into the generated files that no compile has seen, as somebody does who goes round it. */
  readonly smuggle: (event: Omit<EventDefinition, 'hash'>) => void;
}

const projectOf = (home: string, stage: Stage): Project => {
  const generated = join(home, 'generated');
  return {
    directory: root, home, definitions: join(root, 'test', 'fixtures', 'evolution', `${stage}.ts`), environments: join(root, 'examples', 'flights', 'environments.ts'),
    manifest: join(generated, 'manifest.json'), validators: join(generated, 'validators.js'), contracts: join(generated, 'contracts'),
    app: 'node --import tsx test/integration/support/generated-app.ts', output: join(home, 'cdk.out'),
  };
};

/** Starts an empty local cloud for a project of its own, in a directory below .headrace. */
export const startEvolving = async ({ directory, port }: PlatformPlace = { directory: 'evolution', port: 4657 }): Promise<Evolving> => {
  const home = join(root, '.headrace', directory);
  await stopLocalCloud({ home });
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  process.env['HEADRACE_HOME'] = home;
  process.env['HEADRACE_LOCAL_PORT'] = String(port);
  process.env['HEADRACE_TEST_GENERATED'] = join(home, 'generated');
  const cloud = await startLocalCloud({ home, port });
  process.env['AWS_ENDPOINT_URL'] = cloud.endpoint;
  let project = projectOf(home, 'first');
  const context = (): Context => contextFor('local', project);
  return {
    home, cloud, context,
    compile: (stage) => {
      project = projectOf(home, stage);
      return compileFiles(project, false).manifest;
    },
    deploy: async () => {
      await runCdk(context(), ['bootstrap', `aws://${context().environment.account}/${context().environment.region}`]);
      await runCdk(context(), ['deploy', '--all', '--require-approval', 'never', '--concurrency', '4']);
    },
    smuggle: (event) => {
      const manifest = JSON.parse(readFileSync(project.manifest, 'utf8')) as Manifest;
      const { reads: _reads, ...meaning } = event;
      const hash = contentHash(meaning);
      const changed: Manifest = { ...manifest, hash: sha256(`${manifest.hash} ${hash}`), events: { ...manifest.events, [`${event.name}@v${event.version}`]: { ...event, hash } } };
      writeFileSync(project.manifest, manifestText(changed));
      writeFileSync(project.validators, generateValidators(changed));
    },
  };
};
