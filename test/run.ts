import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** A stage of the whole check: a command, and for Jest the file with its own results. */
interface Stage { readonly name: string; readonly command: readonly string[]; readonly results?: string }

const root = join(__dirname, '..');
const reports = join(root, '.headrace', 'reports');
const program = (name: string): string => join(root, 'node_modules', '.bin', name);

const jest = (project: string, words: readonly string[] = []): Stage => {
  const results = join(reports, `${project}.json`);
  return { name: project, results, command: [program('jest'), '--selectProjects', project, '--json', `--outputFile=${results}`, ...words] };
};

const stages: readonly Stage[] = [
  { name: 'lint', command: [program('oxlint'), '--type-aware', '--deny-warnings'] },
  { name: 'types', command: [program('tsc'), '-p', '.'] },
  { name: 'dependency rules', command: ['npm', 'run', '--silent', 'dependencies'] },
  { name: 'unused', command: [program('knip')] },
  { name: 'manifest', command: [process.execPath, '--import', 'tsx', join(root, 'cli', 'headrace.ts'), 'compile', '--check'] },
  jest('unit'),
  jest('template', ['--runInBand']),
  jest('integration', ['--runInBand']),
];

const runStage = ({ command: [command = '', ...words] }: Stage): Promise<number> => new Promise((resolve, reject) => {
  // Jest's own report goes to stderr; its JSON to the file.
  const child = spawn(command, words, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  child.on('error', reject);
  child.on('close', (code) => { resolve(code ?? 1); });
});

interface JestResults { readonly numPassedTests: number; readonly numFailedTests: number; readonly numPendingTests: number; readonly numTodoTests: number; readonly numRuntimeErrorTestSuites: number }

const main = async (): Promise<number> => {
  const wanted = process.argv.slice(2);
  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports, { recursive: true });
  const totals = { passed: 0, failed: 0, skipped: 0 };
  let failed = false;
  for (const stage of stages.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
    process.stdout.write(`\n── ${stage.name}\n`);
    const began = Date.now();
    const code = await runStage(stage);
    if (stage.results !== undefined && existsSync(stage.results)) {
      const results = JSON.parse(readFileSync(stage.results, 'utf8')) as JestResults;
      totals.passed += results.numPassedTests;
      // A file that cannot be loaded has run no test: it still counts as one that failed.
      totals.failed += results.numFailedTests + results.numRuntimeErrorTestSuites;
      totals.skipped += results.numPendingTests + results.numTodoTests;
    }
    process.stdout.write(`── ${stage.name}: ${code === 0 ? 'passed' : `failed (exit code ${code})`} in ${((Date.now() - began) / 1000).toFixed(1)} s\n`);
    failed ||= code !== 0;
    if (failed) break;
  }
  process.stdout.write(`\ntests: ${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`);
  return failed ? 1 : 0;
};

void main().then((code) => { process.exitCode = code; });
