import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { batchesSection } from './batches-section';
import type { BenchCase, BenchResult } from './case';
import { measure } from './case';
import { coldStartCases } from './cold-start';
import { enginesSection } from './engines-section';
import { featuresCases } from './features';
import { foldCases } from './fold';
import { idleCostCases } from './idle-cost';
import { lakeCases } from './lake';
import { predictCases } from './predict';
import type { HistoryRun } from './three-million';
import { trainingCases } from './training';
import { trainingMemoryCases } from './training-memory';
import { validateCases } from './validate';
import { wireFormCases } from './wire-forms';

const resultsFile = join(__dirname, 'results.json');
const pageFile = join(__dirname, '..', 'docs', 'benchmarks.md');

/** All cases, in the order in which the page shows them. */
const allCases = (): readonly BenchCase[] => [...validateCases, ...wireFormCases, ...foldCases, ...featuresCases, ...predictCases, ...trainingCases, ...trainingMemoryCases, ...lakeCases, ...coldStartCases, ...idleCostCases];

const machine = (): string => `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`;

const earlier = (): readonly BenchResult[] => (existsSync(resultsFile) ? JSON.parse(readFileSync(resultsFile, 'utf8')) as BenchResult[] : []);

const cell = (value: number | null): string => (value === null ? 'did not finish' : String(value));

/** What `npm run bench:three-million` found. */
const history = (): readonly string[] => {
  const file = join(__dirname, 'three-million.json');
  if (!existsSync(file)) return [];
  const run = JSON.parse(readFileSync(file, 'utf8')) as Omit<HistoryRun, 'differences'> & { readonly differences: number; readonly table: string; readonly machine: string; readonly date: string };
  return ['## Three million flights', '',
    `All ${run.events} flights through the aggregator's own code, in batches of 500 of four simulated shards, into an ${run.table}: \`npm run bench:three-million\`.`, '',
    '| what | |', '| --- | ---: |',
    `| values compared with the flights themselves, at ${run.moments} random moments for every airport | ${run.compared} |`, `| of which differ | ${run.differences} |`,
    `| events a second and core | ${run.eventsPerSecond} |`, `| writes a second | ${run.writesPerSecond} |`, `| writes for a thousand events, two views | ${run.writesPerThousandEvents} |`, `| write units for a thousand events | ${run.writeUnitsPerThousandEvents} |`,
    ...run.itemBytes.map(({ month, median, largest }) => `| bytes of an item at the end of ${month}: median, largest | ${median}, ${largest} |`), '',
    `Machine: ${run.machine} (${run.date}).`, ''];
};

/** The page of measurements, from the results and what makes each case fair. */
const page = (results: readonly BenchResult[], cases: readonly BenchCase[]): string => [
  '# Benchmarks', '',
  'Measured by `npm run bench`, never typed in. Each number is the median of five runs, ours and the peer\'s in turn, in one go on one machine;',
  '`ratio` is how many times better ours is than the peer. Run it on your own machine: only ratios carry over.', '',
  '| id | what | ours | peer | unit | ratio | goal |', '| --- | --- | ---: | ---: | --- | ---: | ---: |',
  ...results.map((each) => `| \`${each.id}\` | ${each.what} | ${cell(each.ours)} | ${cell(each.peer)} | ${each.unit} | ${cell(each.ratio)} | ${each.goal} |`), '',
  '## How each is made fair', '',
  ...cases.filter(({ id }) => results.some((each) => each.id === id)).map((each) => `- \`${each.id}\`: ${each.fair}`), '',
  `Machine: ${[...new Set(results.map((each) => `${each.machine} (${each.date})`))].join('; ')}.`, '', ...history(), ...batchesSection(), ...enginesSection(),
].join('\n');

const main = async (): Promise<void> => {
  const wanted = process.argv.slice(2);
  const cases = allCases();
  const chosen = wanted.length === 0 ? cases : cases.filter(({ id }) => wanted.some((prefix) => id === prefix || id.startsWith(`${prefix}.`)));
  if (chosen.length === 0) throw new Error(`No case is named ${wanted.join(', ')}; there are ${cases.map(({ id }) => id).join(', ')}.`);
  for (const bench of chosen) {
    process.stderr.write(`${bench.id} …\n`);
    const result = await measure(bench, machine(), new Date().toISOString().slice(0, 10));
    process.stderr.write(`  ours ${cell(result.ours)}, peer ${cell(result.peer)} ${result.unit}: ratio ${cell(result.ratio)} (goal ${result.goal})\n`);
    // Written after each: what is stopped, or runs beside another, loses nothing that was measured.
    const results = new Map([...earlier(), result].map((each) => [each.id, each]));
    const ordered = cases.flatMap(({ id }) => results.get(id) ?? []);
    writeFileSync(resultsFile, `${JSON.stringify(ordered, null, 1)}\n`);
    writeFileSync(pageFile, page(ordered, cases));
    process.stdout.write(`${JSON.stringify(result)}\n`);
  }
};

void main().catch((error: unknown) => { process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`); process.exitCode = 1; });
