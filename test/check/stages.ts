import { join } from 'node:path';

/** A part of the whole check: a command, what its environment has beside the check's, and for tests the file that Jest puts their results into. */
export interface Stage { readonly name: string; readonly command: readonly string[]; readonly results?: string; readonly environment?: Readonly<Record<string, string>> }

const script = (name: string, from: string = name): Stage => ({ name, command: ['npm', 'run', '--silent', from] });

const tests = (project: string, reports: string, words: readonly string[] = []): Stage => {
  const results = join(reports, `${project}.json`);
  return { name: project, results, command: ['jest', '--ci', '--selectProjects', project, '--json', `--outputFile=${results}`, ...words] };
};

/** Jest takes one of two cores by itself, and each test here has directories and ports of its own. */
const workers = ['--maxWorkers=2'];

/**
 * The stages in their order, the quick ones first.
 *
 * @param root the project's directory
 * @param reports where Jest leaves its results
 * @param calls where the local clouds of the tests record the calls that are made
 */
export const stagesOf = (root: string, reports: string, calls: string): readonly Stage[] => [
  script('lint'),
  script('lint of Python', 'lint:python'),
  script('types'),
  script('dependency rules', 'dependencies'),
  script('unused'),
  { name: 'manifest', command: [process.execPath, '--import', 'tsx', join(root, 'cli', 'headrace.ts'), 'compile', '--check'] },
  tests('unit', reports, workers),
  tests('template', reports, workers),
  script('spark'),
  { ...tests('integration', reports, workers), environment: { HEADRACE_LOCAL_CALLS: calls } },
  { ...tests('engines', reports, workers), environment: { HEADRACE_LOCAL_CALLS: calls } },
  tests('permissions', reports),
];
