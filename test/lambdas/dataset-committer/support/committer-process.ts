import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { BatchReference } from '../../../../core/dataset/batch';
import type { Manifest } from '../../../../core/manifest/manifest';
import { pythonBundle } from '../../../../lib/constructs/python-bundle';
import type { LakePlace } from '../../../glue-jobs/headrace_lake/support/lake-place';

const python = join(__dirname, '..', '..', '..', '..', '.headrace', 'venv', 'bin', 'python');

interface Answer { readonly outcome?: string; readonly refusal?: string; readonly fault?: string; readonly request?: string }

/** The function in a process of its own. */
export interface CommitterProcess {
  /** Runs a step; undefined when the process was killed meanwhile. */
  readonly run: (step: 'quality gate' | 'write table' | 'ask Spark' | 'hear Spark', reference: BatchReference) => Promise<Answer | undefined>;
  readonly process: ChildProcess;
  readonly end: () => void;
}

/** Starts the function's own bundle in a process. */
export const startCommitterProcess = async (place: LakePlace, manifest: Manifest): Promise<CommitterProcess> => {
  const process_ = spawn(python, [join(__dirname, 'commit_batches.py')], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      PATH: process.env['PATH'], PYTHONPATH: pythonBundle('dataset-committer', manifest), PYTHONDONTWRITEBYTECODE: '1', AWS_ENDPOINT_URL: place.endpoint, AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test',
      DATABASE: place.database, RAW_BUCKET: place.raw, CURATED_BUCKET: place.curated, BATCH_RETENTION_DAYS: '400', HEADRACE_ENVIRONMENT: 'test', POWERTOOLS_LOG_LEVEL: 'CRITICAL',
    },
  });
  process_.stdin.on('error', () => undefined);
  const lines = createInterface({ input: process_.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string | undefined> => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done === true) return undefined;
      // The logger writes to stdout too, as Lambda's does.
      if (value === 'ready' || value.includes('"outcome"') || value.includes('"fault"')) return value;
    }
  };
  await next();
  return {
    process: process_,
    run: async (step, reference) => {
      process_.stdin.write(`${JSON.stringify({ ...reference, step })}\n`);
      const answer = await next();
      return answer === undefined ? undefined : JSON.parse(answer) as Answer;
    },
    end: () => { process_.stdin.end(); },
  };
};
