import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import type { BatchReference } from '../../core/dataset/batch';
import type { EventDefinition } from '../../core/manifest/manifest';
import { versionedName } from '../../core/manifest/manifest';
import { fileHash } from '../../lib/runtime/file-hash';
import { batchRecordsIn } from '../../lib/runtime/batch-records';
import { s3Objects } from '../../lib/runtime/object-store';
import { CommandError } from '../command-error';
import type { Context } from '../context';
import { chunksThere } from './chunks-there';
import { countRows, typeIn } from './rows';
import type { WorkerReport, WorkerTask } from './worker';
import { chunkRows } from './worker';

/** What an import came to. */
export interface ImportedHistory {
  readonly batch: string;
  readonly rows: number;
  readonly accepted: number;
  readonly rejected: number;
  /** The file was imported before: nothing was done. */
  readonly already: boolean;
}

const workers = 2;

const typeNamed = ({ manifest }: Pick<Context, 'manifest'>, name: string): EventDefinition => {
  const found = Object.values(manifest.events).filter((event) => event.name === name || versionedName(event) === name).sort((left, right) => right.version - left.version)[0];
  if (!found) throw new CommandError(`There is no event type '${name}'; the manifest has ${Object.keys(manifest.events).join(', ')}.`, { exitCode: 2 });
  return found;
};

/**
 * The event type of a file's rows: the one that is named, or that its first event says.
 *
 * @throws CommandError when there is no such file or type, or nobody says which
 */
export const eventTypeOf = async (context: Pick<Context, 'manifest'>, file: string, named: string | undefined): Promise<EventDefinition> => {
  if (named !== undefined) typeNamed(context, named);
  if (!existsSync(file)) throw new CommandError(`There is no file ${file}.`, { next: 'give a Parquet file, or CloudEvents as NDJSON', exitCode: 2 });
  const said = named ?? await typeIn(file);
  if (said !== undefined) return typeNamed(context, said);
  const types = [...new Set(Object.values(context.manifest.events).map(({ name }) => name).filter((name) => !name.startsWith('prediction.')))];
  throw new CommandError(`${file.endsWith('.parquet') ? 'Rows of Parquet do not say which event type they are of' : `The first line of ${file} is no event that says its type`}: say it with --as, which takes ${types.join(', ')}.`, { next: `npx headrace import ${file} --as ${types[0] ?? 'TYPE'}`, exitCode: 2 });
};

const runWorker = (task: WorkerTask, onReport: (report: WorkerReport) => void): Promise<void> => new Promise((resolve, reject) => {
  // From sources a worker needs the loader that this process has, however it was started.
  const fromSources = __filename.endsWith('.ts');
  const worker = new Worker(join(__dirname, fromSources ? 'worker.ts' : 'worker.js'), { workerData: task, env: { ...process.env }, ...(fromSources ? { execArgv: ['--import', pathToFileURL(require.resolve('tsx')).href] } : {}) });
  worker.on('message', onReport);
  worker.on('error', reject);
  worker.on('exit', (code) => { if (code === 0) resolve(); else reject(new Error(`A worker of the import ended with code ${code}.`)); });
});

/** Cuts a file's rows into as many ranges as there are workers, at the ends of chunks. */
const rangesOf = (rows: number): readonly { readonly start: number; readonly end: number }[] => {
  const each = Math.max(1, Math.ceil(rows / chunkRows / workers)) * chunkRows;
  return Array.from({ length: Math.ceil(rows / each) }, (_range, index) => ({ start: index * each, end: Math.min(rows, (index + 1) * each) }));
};

/**
 * Brings a history of events into raw, each judged by its contract and with the position at which it stood: file and row.
 * The same file is the same batch: imported again it changes nothing, and an import that was broken off writes, when it is
 * given again, what is missing and nothing twice.
 *
 * @param type the event type of the rows; undefined: what the first event of the file says
 * @param file Parquet (columns `id`, `source`, `time`, `recordedtime` and the type's fields), or CloudEvents as NDJSON, `.gz` too
 * @param onProgress takes how many rows are in the lake, those of an earlier attempt included, and how many there are
 */
export const importHistory = async (context: Context, file: string, type: string | undefined, onProgress: (done: number, total: number) => void = () => undefined): Promise<ImportedHistory> => {
  const { environment, names, manifest, project } = context;
  const definition = await eventTypeOf(context, file, type);
  const checksum = await fileHash(file);
  const batch = `import-${checksum.slice(0, 12)}`;
  const records = batchRecordsIn(new DynamoDBClient({ region: environment.region }), names.batchTable);
  const dataset: BatchReference['dataset'] = versionedName({ name: `import/${definition.name}`, version: definition.version });
  const earlier = await records.get(dataset, batch);
  const reference: BatchReference = { dataset, batch, key: basename(file), checksum, attempt: (earlier?.attempt ?? 0) + 1 };
  const record = await records.begin(reference, Date.now());
  if (record.status === 'committed') {
    const [rows, rejected] = [record.rows ?? 0, record.rejected ?? 0];
    return { batch, rows, rejected, accepted: rows - rejected, already: true };
  }

  const total = await countRows(file);
  const source = `import/${basename(file)}-${checksum.slice(0, 12)}`;
  let [rows, rejected] = [0, 0];
  // An attempt after the first goes through what is there once more, and is as far as the one before from its start.
  const chunks = earlier === undefined ? new Set<number>() : await chunksThere(s3Objects(new S3Client({ region: environment.region }), names.bucket('raw')).list(`raw/${definition.name}/v${definition.version}/`), record.arrival, chunkRows);
  const done = (): number => [...chunks].reduce((sum, chunk) => sum + Math.max(0, Math.min(chunkRows, total - chunk * chunkRows)), 0);
  if (chunks.size > 0) onProgress(done(), total);
  await Promise.all(rangesOf(total).map((range) => runWorker({
    file, range, manifest, definition, validators: project.validators, source, batchId: batch,
    // The first attempt's: a later one makes the same lines, and so the same objects.
    arrival: record.arrival, buckets: { raw: names.bucket('raw'), quarantine: names.bucket('quarantine') }, region: environment.region,
  }, (report) => {
    rows += report.rows;
    rejected += report.rejected;
    chunks.add(report.chunk);
    onProgress(done(), total);
  })));
  if (rows !== total) throw new Error(`The import of ${file} kept ${rows} of ${total} rows; import it again.`);
  const committed = await records.move(reference, ['landing'], { status: 'committed', rows, rejected, manifestHash: manifest.hash, contractHash: definition.hash, committedAt: Date.now() });
  if (committed.status !== 'committed') throw new CommandError(`The import of ${file} was taken over by another one (attempt ${committed.attempt}).`, { next: 'wait for the other, or give the command again' });
  return { batch, rows, rejected, accepted: rows - rejected, already: false };
};
