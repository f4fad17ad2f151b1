import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Command } from 'commander';
import { manifestText } from '../../core/manifest/compile';
import type { Manifest } from '../../core/manifest/manifest';
import { planView } from '../../core/window';
import { itemSizeOf } from '../../core/window/item-size';
import { generateValidators } from '../generate-validators';
import { CommandError } from '../command-error';
import { keepContracts } from '../kept-contracts';
import type { Project } from '../project';
import { compileProject, projectIn } from '../project';

/** The generated files with their texts. */
const generated = (project: Project, manifest: Manifest): Readonly<Record<string, string>> => ({
  [project.manifest]: manifestText(manifest),
  [project.validators]: generateValidators(manifest),
});

const isCurrent = ([file, text]: readonly [string, string]): boolean => existsSync(file) && readFileSync(file, 'utf8') === text;

/**
 * Compiles the project's definitions into its generated files.
 *
 * @param check only compare: a file that is stale is an error
 * @returns the manifest, and the files that were written
 */
export const compileFiles = (project: Project, check: boolean): { readonly manifest: Manifest; readonly written: readonly string[] } => {
  const compilation = compileProject(project);
  if (!compilation.ok) throw new CommandError(`The definitions do not compile:\n${compilation.problems.map(({ definition, problem }) => `  ${definition} ${problem}`).join('\n')}`);
  const stale = Object.entries(generated(project, compilation.manifest)).filter((entry) => !isCurrent(entry));
  if (check && stale.length > 0)
    throw new CommandError(`Generated files differ from the definitions:\n${stale.map(([file]) => `  ${file}`).join('\n')}`, { next: 'npx headrace compile, then commit generated/' });
  const keptFiles = keepContracts(project.contracts, compilation.superseded);
  for (const [file, text] of stale) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return { manifest: compilation.manifest, written: [...keptFiles, ...stale.map(([file]) => file)] };
};

export const registerCompile = (program: Command): void => {
  program.command('compile')
    .description('compile definitions/ into generated/')
    .option('--check', 'only compare, and fail when generated/ is stale')
    .option('--json', 'print the result as JSON')
    .action((options: { check?: boolean; json?: boolean }) => {
      const { manifest, written } = compileFiles(projectIn(), options.check === true);
      const counts = { events: manifest.events, datasets: manifest.datasets, entities: manifest.entities, views: manifest.views, models: manifest.models };
      const summary = Object.fromEntries(Object.entries(counts).map(([kind, group]) => [kind, Object.keys(group).length]));
      const items = Object.entries(manifest.views).filter(([, { from }]) => from.kind === 'event').map(([view, definition]) => ({ view, ...itemSizeOf(planView(manifest, definition)) }));
      if (options.json) process.stdout.write(`${JSON.stringify({ hash: manifest.hash, ...summary, written, items })}\n`);
      else process.stdout.write(`manifest ${manifest.hash.slice(0, 12)}: ${Object.entries(summary).map(([kind, number]) => `${number} ${kind}`).join(', ')}${written.length > 0 ? `; wrote ${written.join(', ')}` : '; up to date'}\n${items.map(({ view, tiles, expected, writeUnits }) => `  ${view}: ${tiles} tiles, about ${(expected / 1024).toFixed(1)} KB an item, ${writeUnits} write units a fold\n`).join('')}`);
    });
};
