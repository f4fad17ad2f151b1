import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { S3Client } from '@aws-sdk/client-s3';
import type { ValidatorModule } from '../../core/contract/contracts';
import { contractsOf } from '../../core/contract/contracts';
import type { LakeObject } from '../../core/lake/object';
import { fileShard } from '../../core/lake/object';
import { lakeBatch } from '../../core/lake/batch';
import type { EventDefinition, Manifest } from '../../core/manifest/manifest';
import { lakeWriter } from '../../lib/runtime/lake-writer';
import { s3Objects } from '../../lib/runtime/object-store';
import type { RowRange } from './rows';
import { historyRows } from './rows';

/** What a worker is started with: a contiguous range of a file's rows. */
export interface WorkerTask {
  readonly file: string;
  readonly range: RowRange;
  readonly manifest: Manifest;
  readonly validators: string;
  readonly definition: EventDefinition;
  readonly source: string;
  readonly batchId: string;
  readonly arrival: number;
  readonly buckets: Readonly<Record<'raw' | 'quarantine', string>>;
  readonly region: string;
}

/** What a worker tells while it works; `chunk` is the number of the chunk in its file, and rows and rejected are of it. */
export interface WorkerReport { readonly chunk: number; readonly rows: number; readonly rejected: number; readonly written: number; readonly present: number }

/** Rows of one chunk: its objects are made, compressed and written together. Part of the names: changing it writes history anew. */
export const chunkRows = 20_000;
const writesInFlight = 4;
/** Storage is read far more often than imported; but an import is waited for. */
const compressionLevel = 3;

const work = async (task: WorkerTask, report: (progress: WorkerReport) => void): Promise<void> => {
  const contracts = contractsOf(task.manifest, createRequire(task.validators)(task.validators) as ValidatorModule);
  const client = new S3Client({ region: task.region });
  const writer = lakeWriter({ raw: s3Objects(client, task.buckets.raw), quarantine: s3Objects(client, task.buckets.quarantine) }, compressionLevel);
  const pending = new Set<Promise<void>>();
  const failures: unknown[] = [];

  const flush = async (chunk: number, objects: readonly LakeObject[], rows: number, rejected: number): Promise<void> => {
    const written = (async () => {
      const outcomes = await Promise.all(objects.map((object) => writer.write(object)));
      report({ chunk, rows, rejected, written: outcomes.filter((outcome) => outcome === 'written').length, present: outcomes.filter((outcome) => outcome === 'present').length });
    })().catch((error: unknown) => { failures.push(error); });
    const tracked: Promise<void> = written.finally(() => pending.delete(tracked));
    pending.add(tracked);
    if (pending.size >= writesInFlight) await Promise.race(pending);
    if (failures.length > 0) throw failures[0];
  };

  let batch = lakeBatch(contracts);
  let [rows, rejected, chunk] = [0, 0, 0];
  for await (const { row, data } of historyRows(task.file, task.definition, task.range)) {
    const judgement = batch.add({ position: { source: task.source, shard: fileShard, sequence: String(row), subSequence: 0 }, partitionKey: 'import', arrival: task.arrival, batchId: task.batchId, data });
    rows += 1;
    chunk = Math.floor(row / chunkRows);
    if (!judgement.accepted) rejected += 1;
    // Chunks begin at multiples, so that every run cuts the file alike.
    if ((row + 1) % chunkRows === 0) {
      await flush(chunk, batch.objects(), rows, rejected);
      batch = lakeBatch(contracts);
      [rows, rejected] = [0, 0];
    }
  }
  if (rows > 0) await flush(chunk, batch.objects(), rows, rejected);
  await Promise.all(pending);
  if (failures.length > 0) throw failures[0];
};

if (parentPort) {
  const port = parentPort;
  void work(workerData as WorkerTask, (progress) => { port.postMessage(progress); });
}
