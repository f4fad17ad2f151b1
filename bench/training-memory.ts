import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { count, entity, event, featureView, float, mean, model, over, string, timestamp } from '../core/definition';
import { isoText } from '../core/event/time';
import { compile } from '../core/manifest/compile';
import type { BenchCase } from './case';
import { caseIn } from './case';
import { benchDirectory, startProgram } from './peers';
import type { Side } from './side';
import { startSide } from './side';

const day = 86_400_000;
const begin = Date.UTC(2026, 0, 1);
/** Days of the shorter range; each has so many payments, and each payment is a row. */
const [days, paymentsOfDay, accounts] = [30, 60_000, 5000];
/** A payment was asked for an hour before: that is when its amount would have been predicted. */
const asked = 3_600_000;
const limits = { memory: '512MB', rowsAtOnce: 250_000 };

const payment = event('payment', { version: 1, partitionBy: 'account', fields: { account: string(), amount: float(), asked: timestamp() } });
const account = entity('account', { id: string() });
const spending = featureView('spending', { version: 1, entity: account, from: payment, by: (f) => ({ id: f.account }), features: (f) => [over(['1h', '24h', '7d'], { payments: count(), mean: mean(f.amount) })] });
const large = model('large', { version: 1, predicts: 'number', entities: { account }, request: {}, features: (slots) => ({ account: spending.of(slots.account) }),
  examples: { from: payment, row: (f) => ({ entities: { account: { id: f.account } }, request: {}, at: f.asked, label: f.amount }) } });

/** Raw of twice the range, an object an hour; it is kept for the next run. */
const writeRaw = (directory: string): void => {
  if (existsSync(directory)) return;
  const made = `${directory}.part`;
  rmSync(made, { recursive: true, force: true });
  let number = 0;
  for (let hour = 0; hour < 2 * days * 24; hour += 1) {
    const [from, perHour] = [begin + hour * 3_600_000, paymentsOfDay / 24];
    const lines = Array.from({ length: perHour }, (_each, index) => {
      const at = from + Math.floor((index * 3_600_000) / perHour);
      const time = isoText(at);
      number += 1;
      return JSON.stringify({ event: { id: String(number), source: 'bench', data: { account: `a${(number * 7919) % accounts}`, amount: (number % 1000) / 4, asked: isoText(at - asked) } }, lineage: { position: String(number).padStart(9, '0'), arrival: time, effective_time: time, known_at: time } });
    });
    const folder = join(made, 'raw', 'payment', 'v1', `dt=${isoText(from).slice(0, 10)}`, `hr=${isoText(from).slice(11, 13)}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'payments.ndjson.gz'), gzipSync(`${lines.join('\n')}\n`, { level: 1 }));
  }
  renameSync(made, directory);
};

interface World { readonly store: Side; readonly settings: string; readonly environment: Readonly<Record<string, string>> }

const openWorld = async (): Promise<World> => {
  const compiled = compile({ payment, account, spending, large });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  const directory = join(benchDirectory, 'training-memory');
  mkdirSync(directory, { recursive: true });
  const raw = join(directory, `raw-${days}-${paymentsOfDay}-${accounts}`);
  writeRaw(raw);
  const settings = join(directory, 'settings.json');
  writeFileSync(settings, JSON.stringify({ manifest: compiled.manifest, model: 'large@v1', directory, ...limits }));
  const store = startProgram('directory-store', [raw]);
  const { port } = await store.ask<{ readonly port: number }>({});
  return { store, settings, environment: { AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`, AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_EC2_METADATA_DISABLED: 'true' } };
};

/** The most memory that building a set of so many days takes, MB; a process of its own, as memory is not given back. */
const peakOf = (ofDays: number) => async ({ settings, environment }: World): Promise<number> => {
  // Not bundled: DuckDB is a native module.
  const side = startSide(process.execPath, ['--import', 'tsx', join(__dirname, 'programs', 'training-set-process.ts'), settings], environment);
  try {
    const { rows, bytes } = await side.ask<{ readonly rows: number; readonly bytes: number }>({ from: begin, to: begin + ofDays * day });
    // What is known after the range has ended is no example.
    if (rows < ofDays * paymentsOfDay * 0.99) throw new Error(`${ofDays} days have ${ofDays * paymentsOfDay} payments, and the set has ${rows} rows.`);
    return bytes / 1e6;
  } finally {
    await side.close();
  }
};

/** Memory of a training set: it is bounded by configuration and not by the range. */
export const trainingMemoryCases: readonly BenchCase[] = [caseIn({
  id: 'training.memory-range', what: `peak memory of building a training set of ${2 * days} days, against one of ${days} days`, unit: 'MB', better: 'less', goal: 0.85,
  fair: `the platform's own build, in a process each, with ${limits.memory} for DuckDB and ${limits.rowsAtOnce} rows at once; ${paymentsOfDay} events a day, each a row with six windows of one of ${accounts} entities. Here both sides are ours: the ratio says whether twice the range takes more memory.`,
  open: openWorld, close: ({ store }) => store.close(), ours: peakOf(2 * days), peer: peakOf(days),
})];
