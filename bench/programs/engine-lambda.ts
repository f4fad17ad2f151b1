import { readFileSync, writeSync } from 'node:fs';
import { compileFunction } from 'node:vm';
import { createInterface } from 'node:readline';
import type { MSKEvent } from 'aws-lambda';
import { contractsOf, type ValidatorModule } from '../../core/contract/contracts';
import type { Manifest } from '../../core/manifest/manifest';
import { aggregate } from '../../lambdas/feature-aggregator/aggregate';
import { foldingOf, type Folding } from '../../lambdas/feature-aggregator/prepare';
import { applyPartials } from '../../lambdas/feature-partials/apply';
import { flinkPlans, preparePartials } from '../../lambdas/feature-partials/prepare';
import type { SchemaRegistry } from '../../lib/runtime/schema-registry';
import { streamBatches } from '../../lib/runtime/stream-batch';
import { receiveBatch } from '../../lib/runtime/wire/receive';
import { memoryTable } from '../memory-table';

/*
 * The code of functions in a process of its own: `validator BUNDLE`, `aggregator MANIFEST VALIDATORS`, `partials MANIFEST` or
 * `both BUNDLE MANIFEST VALIDATORS`. It reads invocations as lines, and is measured from the line to the answer, its JSON included.
 */

type Handler = (event: MSKEvent) => Promise<void>;

const streamRetention = 86_400_000;
const settings = { streamRetention, deadline: Number.POSITIVE_INFINITY, concurrency: 32 };
const table = memoryTable();
const effects = {
  store: table.store, setAside: () => Promise.reject(new Error('Every flight can be folded.')), isUnmendable: () => false, waitAfterConflict: () => Promise.resolve(false),
  complain: (_message: string, error: unknown) => { throw error; },
};
const counts = { folded: 0, late: 0, duplicates: 0 };
const json = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

const validator = (bundle: string): Handler => {
  const { handler } = require(bundle) as { readonly handler: (event: MSKEvent, context: { readonly getRemainingTimeInMillis: () => number }) => Promise<{ readonly batchItemFailures: readonly unknown[] }> };
  return async (event) => {
    const { batchItemFailures } = await handler(event, { getRemainingTimeInMillis: () => 120_000 });
    if (batchItemFailures.length > 0) throw new Error('The validator has not kept a batch.');
  };
};

const aggregator = (manifestFile: string, validatorsFile: string): Handler => {
  const exported: Record<string, unknown> = {};
  (compileFunction(readFileSync(validatorsFile, 'utf8'), ['exports']) as (exports: object) => void)(exported);
  const manifest = json(manifestFile) as Manifest;
  const folding: Folding = { ...foldingOf(manifest, contractsOf(manifest, exported as unknown as ValidatorModule)), generationsOf: () => [1] };
  const registry: SchemaRegistry = { kind: 'glue', resolve: () => Promise.resolve(new Map()) };
  return async (event) => {
    for (const batch of streamBatches(event)) {
      const { records } = await receiveBatch(batch.records, registry);
      const outcome = await aggregate(records, folding, effects, settings);
      if (outcome.failedFrom !== undefined) throw new Error('The aggregator has not folded a batch.');
      for (const name of ['folded', 'late', 'duplicates'] as const) counts[name] += outcome[name];
    }
  };
};

const partials = (manifestFile: string): Handler => {
  const manifest = json(manifestFile) as Manifest;
  const plans = flinkPlans(manifest);
  return async (event) => {
    for (const { records } of streamBatches(event)) {
      const { failedFrom } = await applyPartials(preparePartials(records, plans, manifest, []), effects, settings);
      if (failedFrom !== undefined) throw new Error('The partials of a batch were not put into items.');
    }
  };
};

const handlerOf = ([kind, ...files]: readonly string[]): Handler => {
  const [first = '', second = '', third = ''] = files;
  if (kind === 'validator') return validator(first);
  if (kind === 'aggregator') return aggregator(first, second);
  if (kind === 'partials') return partials(first);
  const [keep, fold] = [validator(first), aggregator(second, third)];
  // The aggregator is invoked with a tenth of the validator's records at once.
  return async (event) => {
    await keep(event);
    for (const [partition, records] of Object.entries(event.records)) for (let from = 0; from < records.length; from += 500) await fold({ ...event, records: { [partition]: records.slice(from, from + 500) } });
  };
};

const answer = (value: unknown): void => { writeSync(3, `${JSON.stringify(value)}\n`); };
const peakMemory = (): number => Number(/^VmHWM:\s+(\d+) kB$/mu.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) * 1024;

const main = async (): Promise<void> => {
  const handle = handlerOf(process.argv.slice(2));
  let [milliseconds, cpu, invocations] = [0, 0, 0];
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === '"end"') {
      answer({ seconds: milliseconds / 1000, cpuSeconds: cpu / 1e6, memoryBytes: peakMemory(), invocations, ...counts, reads: table.reads(), writes: table.writes(), writeUnits: table.writeUnits() });
      continue;
    }
    const [began, used] = [performance.now(), process.cpuUsage()];
    await handle(JSON.parse(line) as MSKEvent);
    const { user, system } = process.cpuUsage(used);
    milliseconds += performance.now() - began;
    cpu += user + system;
    invocations += 1;
    answer('done');
  }
};

void main().catch((error: unknown) => { process.stderr.write(`${error instanceof Error ? String(error.stack) : String(error)}\n`); process.exitCode = 1; });
