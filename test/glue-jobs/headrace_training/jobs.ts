import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../../../core/manifest/hash';
import type { EvaluationReport } from '../../../core/model/evaluation';
import type { TrainingRequest } from '../../../core/model/training-request';
import { withDatabase } from '../../../lib/runtime/duckdb';

const root = join(__dirname, '..', '..', '..');
const python = join(root, '.headrace', 'venv', 'bin', 'python');
export const platformTrainer = join(root, 'glue-jobs', 'train.py');

const inputs = ['a', 'b', 'size'] as const;
const slices = [{ slice: 'size', input: 'size', at: [100, 1000] }] as const;
/** Rows are learned from in the first half of the days, and judged in the other. */
const ranges = { learn: { from: '2001-01-01T00:00:00.000Z', to: '2001-01-31T00:00:00.000Z' }, judge: { from: '2001-01-31T00:00:00.000Z', to: '2001-03-02T00:00:00.000Z' } } as const;

/** A row as it is in the training set. */
export interface Row { readonly a: number; readonly b: number | null; readonly size: number | null; readonly label: boolean; readonly day: number }

/** The same numbers for the same seed, from 0 to 1. */
export const numbers = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = Math.imul(state ^ (state >>> 15), state | 1);
    state ^= state + Math.imul(state ^ (state >>> 7), state | 61);
    return ((state ^ (state >>> 14)) >>> 0) / 4_294_967_296 || 0.5;
  };
};

const sigmoid = (score: number): number => 1 / (1 + Math.exp(-score));

/** Rows of small places, whose label depends on `b`, and of larger ones, whose label depends on `a`; a value in fifty is absent. */
export const rowsOf = (count: number, random: () => number): readonly Row[] => Array.from({ length: count }, (_row, index): Row => {
  const [a, b, size] = [random() * 4 - 2, random() * 4 - 2, random() < 0.3 ? 50 : random() * 3000 + 100];
  return { a: Math.fround(a), b: random() < 0.02 ? null : Math.fround(b), size: random() < 0.02 ? null : Math.fround(size), label: random() < sigmoid((size < 100 ? 2 * b : 2 * a) - 1), day: index % 60 };
});

/** Puts rows where a training set's are; each label is known an hour after its moment. */
export const writeRows = async (directory: string, rows: readonly Row[]): Promise<string> => {
  const [source, file] = [join(directory, 'rows.ndjson'), join(directory, 'examples.parquet')];
  writeFileSync(source, rows.map((row) => JSON.stringify(row)).join('\n'));
  await withDatabase(directory, async (database) => {
    await database.run({ step: 'rows', sql: `COPY (
      SELECT 'test' AS "example.source", CAST(row_number() OVER () AS VARCHAR) AS "example.id", CAST(a AS FLOAT) AS a, CAST(b AS FLOAT) AS b, CAST(size AS FLOAT) AS size,
        m AS "example.moment", m + INTERVAL 1 HOUR AS "example.known", label AS "example.label"
      FROM (SELECT *, TIMESTAMP '2001-01-01 12:00:00' + to_days(CAST(day AS INTEGER)) AS m FROM read_json('${source}', columns = { a: 'DOUBLE', b: 'DOUBLE', size: 'DOUBLE', label: 'BOOLEAN', day: 'INTEGER' }))
    ) TO '${file}' (FORMAT parquet)` });
  });
  return file;
};

/** One training with its files, below a directory of its own. */
export interface Work { readonly directory: string; readonly request: string; readonly out: string; readonly report: string; readonly trainers: string }

/** Writes down what the jobs are asked for. */
export const workOn = (examples: string, trainer: string, champion: { readonly modelVersion: string; readonly file: string; readonly checksum?: string } | null = null): Work => {
  const directory = mkdtempSync(join(tmpdir(), 'training-job-'));
  const [out, trainers, contentHash] = [join(directory, 'out'), join(directory, 'trainers'), sha256(readFileSync(trainer))];
  for (const each of [out, trainers]) mkdirSync(each);
  writeFileSync(join(trainers, `${contentHash}.py`), readFileSync(trainer));
  const request: TrainingRequest = {
    model: 'late@v1', modelVersion: 'candidate', inputs, examples, trainingSetHash: 'ab', ...ranges, trainer: { file: 'trainers/late.py', contentHash }, slices,
    champion: champion === null ? null : { modelVersion: champion.modelVersion, uri: champion.file, checksum: champion.checksum ?? sha256(readFileSync(champion.file)) }, out, report: join(directory, 'report.json'),
  };
  writeFileSync(join(directory, 'request.json'), JSON.stringify(request));
  return { directory, request: join(directory, 'request.json'), out, report: request.report, trainers };
};

/** How a job ended, with what it said. */
export interface Ran { readonly status: number | null; readonly said: string }

const run = (script: string, words: readonly string[]): Ran => {
  const { status, stderr } = spawnSync(python, [join(root, 'glue-jobs', script), ...words], { encoding: 'utf8', env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' } });
  return { status, said: stderr };
};

export const train = ({ request, trainers }: Work): Ran => run('training_job.py', ['--request', request, '--trainers', trainers, '--JOB_NAME', 'train-model']);
export const evaluate = ({ request }: Work): Ran => run('evaluation_job.py', ['--request', request, '--JOB_NAME', 'evaluate-model']);

/** Puts a model file where a trainer would have left it. */
export const leave = ({ out }: Work, model: Uint8Array, metrics: unknown = {}): void => {
  writeFileSync(join(out, 'model.onnx'), model);
  writeFileSync(join(out, 'metrics.json'), JSON.stringify(metrics));
};

export const reportOf = ({ report }: Work): EvaluationReport => JSON.parse(readFileSync(report, 'utf8')) as EvaluationReport;
