import { compileFunction } from 'node:vm';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileFiles } from '../cli/commands/compile';
import { projectIn } from '../cli/project';
import type { Contracts, ValidatorModule } from '../core/contract/contracts';
import { contractsOf } from '../core/contract/contracts';
import type { Manifest } from '../core/manifest/manifest';
import { flightsProject } from '../examples/flights/project';
import { readFlights } from '../examples/flights/flight';
import type { Flight } from '../examples/flights/flight';
import { playbackStart, prepareFlights } from '../examples/flights/prepare';
import { benchDirectory } from './peers';

/** Every case works on the example, whatever the project's own definitions are: its definitions, compiled, and real flights. */
export interface FlightsExample {
  readonly manifest: Manifest;
  readonly contracts: Contracts;
  /** Holds manifest.json and validators.js, which Lambdas are bundled with. */
  readonly generatedDirectory: string;
  /** Landings of a range of time, in the order in which they became known. */
  readonly landings: (from: number, to: number) => Promise<readonly Flight[]>;
  /** The file of the airports, CSV. */
  readonly airports: string;
}

const loadValidators = (file: string): ValidatorModule => {
  const exported: Record<string, unknown> = {};
  (compileFunction(readFileSync(file, 'utf8'), ['exports']) as (exports: object) => void)(exported);
  return exported as unknown as ValidatorModule;
};

const open = async (): Promise<FlightsExample> => {
  const generatedDirectory = join(benchDirectory, 'generated');
  mkdirSync(generatedDirectory, { recursive: true });
  const project = { ...flightsProject(), manifest: join(generatedDirectory, 'manifest.json'), validators: join(generatedDirectory, 'validators.js') };
  const { manifest } = compileFiles(project, false);
  const prepared = await prepareFlights(join(projectIn(project.directory).home, 'cache', 'flights'));
  return {
    manifest, generatedDirectory, airports: prepared.airports,
    contracts: contractsOf(manifest, loadValidators(project.validators)),
    landings: async (from, to) => {
      const split = Date.parse(playbackStart);
      const parts = await Promise.all([...(from < split ? [prepared.history] : []), ...(to > split ? [prepared.playback] : [])].map((file) => readFlights(file, from, to)));
      return parts.flat().filter(({ landing }) => landing >= from && landing < to);
    },
  };
};

let example: Promise<FlightsExample> | undefined;

/** The example, opened once. */
export const flightsExample = (): Promise<FlightsExample> => (example ??= open());
