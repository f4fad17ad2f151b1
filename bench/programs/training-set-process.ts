/*
 * Builds a training set as `headrace training-set build` does, in a process of its own: `training-set-process SETTINGS`.
 * A command `{from, to}` builds one and answers with its rows and the most memory that the process ever had, bytes.
 */
import { mkdtempSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Manifest } from '../../core/manifest/manifest';
import { buildTrainingSet } from '../../lib/runtime/training/build';

interface Settings { readonly manifest: Manifest; readonly model: string; readonly directory: string; readonly memory: string; readonly rowsAtOnce: number }

const { manifest, model: name, directory, memory, rowsAtOnce } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Settings;

const measure = async ({ from, to }: { readonly from: number; readonly to: number }): Promise<unknown> => {
  const model = manifest.models[name];
  if (!model) throw new Error(`The settings name the model ${name}, which their manifest does not have.`);
  const work = mkdtempSync(join(directory, 'set-'));
  try {
    const place = { manifest, environment: 'bench', region: 'us-east-1', rawBucket: 'raw', featuresBucket: 'features', directory: work, committed: () => Promise.resolve([]) };
    const { metadata } = await buildTrainingSet(place, model, from, to, () => undefined, { memory, threads: 2, rowsAtOnce });
    return { rows: metadata.rows, dropped: metadata.dropped, bytes: process.resourceUsage().maxRSS * 1024 };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};

const serve = async (): Promise<void> => {
  for await (const line of createInterface({ input: process.stdin })) writeSync(3, `${JSON.stringify(await measure(JSON.parse(line) as { from: number; to: number }))}\n`);
};

void serve();
