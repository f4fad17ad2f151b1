import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileFiles } from '../../../cli/commands/compile';
import type { Context } from '../../../cli/context';
import { contextFor } from '../../../cli/context';
import { generateValidators } from '../../../cli/generate-validators';
import type { Project } from '../../../cli/project';
import { contentHash, sha256 } from '../../../core/manifest/hash';
import { manifestText } from '../../../core/manifest/compile';
import type { EventDefinition, Manifest } from '../../../core/manifest/manifest';
import { setIngestion } from '../../../examples/flights/ingestion';
import type { LocalCloud } from '../../../local/cloud';
import { startLocalCloud } from '../../../local/cloud';
import type { PlatformPlace } from './platform';
import { deployGenerated, emptyHome, generatedProject } from './generated-project';

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

const projectOf = (home: string, stage: Stage): Project => generatedProject(home, `evolution/${stage}.ts`);

/** Starts an empty local cloud for a project of its own, in a directory below .headrace. */
export const startEvolving = async ({ directory, port, kafkaPort }: PlatformPlace = { directory: 'evolution', port: 4657 }): Promise<Evolving> => {
  const home = join(root, '.headrace', directory);
  await emptyHome(home, port);
  const ingestion = kafkaPort === undefined ? 'kinesis' : 'msk';
  setIngestion({ ingestion });
  process.env['HEADRACE_TEST_INGESTION'] = ingestion;
  const cloud = await startLocalCloud({ home, port, ...(kafkaPort === undefined ? {} : { kafka: true, kafkaPort }) });
  process.env['AWS_ENDPOINT_URL'] = cloud.endpoint;
  let project = projectOf(home, 'first');
  const context = (): Context => contextFor('local', project);
  return {
    home, cloud, context,
    compile: (stage) => {
      project = projectOf(home, stage);
      return compileFiles(project, false).manifest;
    },
    deploy: async () => { await deployGenerated(context()); },
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
