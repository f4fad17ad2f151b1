import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Environment } from '../../core/environment';
import { CommandError } from '../../cli/command-error';
import { compileFiles } from '../../cli/commands/compile';
import { runDataset } from '../../cli/dataset/run-dataset';
import type { Context } from '../../cli/context';
import { contextFor } from '../../cli/context';
import { deployEnvironment } from '../../cli/deploy';
import { fillFeatures } from '../../cli/features/fill';
import type { ImportedHistory } from '../../cli/history/import-history';
import { importHistory } from '../../cli/history/import-history';
import { promoteModel } from '../../cli/training/model-roles';
import { trainModel } from '../../cli/training/train-model';
import type { LocalCloud } from '../../local/cloud';
import { startLocalCloud } from '../../local/cloud';
import { readFlights } from './flight';
import { outcomeLine, reliabilityTable } from './outcome-text';
import { platformOf } from './platform';
import type { Outcome, Playback } from './playback';
import { play, playbackStep } from './playback';
import type { PreparedFlights } from './prepare';
import { playbackStart, prepareFlights } from './prepare';
import type { Display } from './progress';
import { flightsProject } from './project';
import type { RunRecord, RunRecords, Trained } from './run-record';
import { recordFormat, runRecordsIn } from './run-record';
import { streamedEvents } from './streamed-events';

/** What a run came to. */
export interface RunResult {
  /** Area under the curve on May, of the model trained on January to April. */
  readonly auc: number;
  /** The same of the predictions that were made while June was played; null when too few are known. */
  readonly liveAuc: number | null;
  /** Events in the lake and in quarantine: the history and all that was played so far. */
  readonly accepted: number;
  readonly rejected: number;
  readonly predictions: number;
}

export interface RunOptions {
  readonly display: Display;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
  /** Forget what earlier runs have kept. */
  readonly fresh: boolean;
  /** What events come in by. */
  readonly ingestion: Environment['ingestion'];
  /** Told of the local cloud as soon as it runs. */
  readonly onCloud: (cloud: LocalCloud) => void;
}

const model = 'late_arrival';
const ranges = { from: Date.parse('2001-01-01'), to: Date.parse('2001-05-01'), evaluateFrom: Date.parse('2001-05-01'), evaluateTo: Date.parse('2001-06-01') };
const playedAtOnce = 2 * 86_400_000;
const playbackEnd = Date.parse('2001-07-01T00:00:00.000Z');
const outcomesShown = 8;

const counted = (value: number): string => value.toLocaleString('en');
const iso = (instant: number): string => new Date(instant).toISOString();
const minuteOf = (instant: number): string => `${iso(instant).slice(0, 16).replace('T', ' ')}Z`;

const deploy = ({ display, log }: RunOptions, context: Context): Promise<void> => display.run({
  name: 'deploy', usually: 30,
  work: (report) => deployEnvironment(context, { onLine: (line) => {
    log(line);
    const [, stack, resources] = /^(\S+)\s+\|\s+(\d+\/\d+) \|/u.exec(line) ?? [];
    if (stack !== undefined) report({ note: `${stack} ${resources}` });
  } }),
  summary: () => `seven stacks, by cdk deploy`,
});

const importPast = ({ display }: RunOptions, context: Context, { history }: PreparedFlights): Promise<ImportedHistory> => display.run({
  name: 'import', usually: 60,
  work: (report) => importHistory(context, history, 'flight.landed', (done, total) => { report({ done, total, note: `${counted(done)} of ${counted(total)} flights` }); }),
  summary: ({ accepted, rejected, already }) => `${already ? 'already there: ' : ''}January to May, ${counted(accepted)} flights accepted, ${rejected} rejected by their contract`,
});

/** Trains on January to April and judges on May, by the pipeline, and lets the model answer. */
const train = ({ display }: RunOptions, context: Context): Promise<Trained> => display.run({
  name: 'model', usually: 120,
  work: async (report) => {
    const { metadata: { modelVersion, metrics } } = await trainModel(context, model, ranges, (share, step) => { report({ done: share, total: 1, note: step }); });
    await promoteModel(context, model, modelVersion);
    return { modelVersion, auc: metrics['auc'] ?? Number.NaN };
  },
  summary: ({ modelVersion, auc }) => `version ${modelVersion}, trained on January to April by the pipeline; area under the curve on May: ${auc.toFixed(3)}`,
});

const fill = ({ display }: RunOptions, context: Context) => display.run({
  name: 'features', usually: 30,
  work: (report) => fillFeatures(context, (share) => { report({ done: share, total: 1 }); }),
  summary: (views) => views.map(({ view, items, alreadyReady }) => (alreadyReady ? `${view} already filled` : `${view}: ${counted(items)} airports`)).join(', '),
});

/** Plays the next two days; how far it came is recorded after each step. */
const playOn = async ({ display, signal }: RunOptions, context: Context, cloud: LocalCloud, { playback: file }: PreparedFlights, records: RunRecords, record: RunRecord): Promise<Playback & { readonly to: number; readonly landed: number }> => {
  const from = Date.parse(record.played?.to ?? playbackStart);
  const to = Math.min(from + playedAtOnce, playbackEnd);
  if (from >= playbackEnd) throw new CommandError('All of June was played.', { next: 'npm start -- --fresh (forgets what was played, and begins at the first of June again)' });
  const streamed = streamedEvents(context);
  const drained = (): Promise<void> => cloud.drained({ endWindows: true });
  return display.run({
    name: 'playback', usually: 60,
    work: async (report) => {
      const latest: Outcome[] = [];
      // A playback that was killed may have put flights of the step that it did not finish. The stream knows: raw may hold what a killed cloud has forgotten.
      const there = record.played ? await streamed.putSince(Date.parse(record.played.recordedAt)) : new Set<string>();
      const flights = (await readFlights(file, from, to)).filter(({ id }) => !there.has(id));
      const result = await play(flights, { from, to, askFrom: record.played?.asked ? from + playbackStep : from }, {
        ...platformOf(context), drained, signal,
        onStep: async (now, landed) => {
          latest.push(...landed);
          latest.splice(0, latest.length - outcomesShown);
          report({ done: now - from, total: to - from, note: minuteOf(now), below: latest.map((outcome) => `    ${outcomeLine(outcome)}`) });
          await records.write({ ...record, played: { to: iso(now), asked: now < to, recordedAt: iso(Date.now()) } });
        },
      });
      signal.throwIfAborted();
      const landed = (record.counted?.flights ?? 0) + await streamed.landed(Date.parse(record.counted?.to ?? playbackStart), to);
      await records.write({ ...record, played: { to: iso(to), asked: false, recordedAt: iso(Date.now()) }, counted: { flights: landed, to: iso(to) } });
      return { ...result, to, landed };
    },
    summary: ({ sent, outcomes }) => `${minuteOf(from)} to ${minuteOf(to)}: ${counted(sent)} flights landed, ${counted(outcomes.length)} of them predicted`,
  });
};

const next = (playedTo: number, ingestion: RunOptions['ingestion']): readonly string[] => [
  'What to try next, in another terminal:',
  `  npx headrace predict late_arrival --entity origin=ORD --entity destination=LGA --request distance=733 --request departureHour=17 --request departureWeekday=5 --at ${iso(playedTo)}`,
  `  npx headrace features get airport_departures ORD --at ${iso(playedTo)}`,
  '  npx headrace quarantine ls',
  '  npx headrace model ls late_arrival',
  '  npx headrace local status',
  ...(ingestion === 'msk' ? [`Commands that put events or make features anew need localEnvironment({ ingestion: 'msk' }) in environments.ts.`] : []),
  'npm start again plays the next two days. When examples/flights/definitions.ts has changed: npm start -- --fresh',
];

/** A display whose phases neither begin nor end well once they are to be broken off. */
const breakable = (display: Display, signal: AbortSignal): Display => ({
  ...display,
  run: async (phase) => {
    signal.throwIfAborted();
    return display.run({ ...phase, work: async (report) => {
      const result = await phase.work(report);
      signal.throwIfAborted();
      return result;
    } });
  },
});

/**
 * All phases, one after another; what earlier runs have done is not done again.
 *
 * @throws CommandError, LocalCloudError and whatever a phase fails with; the signal's reason when it was broken off
 */
export const runFlights = async (given: RunOptions): Promise<RunResult> => {
  const options: RunOptions = { ...given, display: breakable(given.display, given.signal) };
  const { display, fresh, ingestion, onCloud } = options;
  const project = flightsProject();
  const prepared = await display.run({
    name: 'flights', usually: 15,
    work: () => prepareFlights(join(project.home, 'cache', 'flights')),
    summary: () => '3,000,000 flights of January to June 2001, ordered as they became known',
  });
  const { manifest } = compileFiles(project, false);
  const cloud = await display.run({
    name: 'local cloud', usually: 2,
    work: () => startLocalCloud({ home: project.home, fresh, ...(ingestion === 'msk' ? { kafka: true } : {}) }),
    summary: ({ endpoint, attached, bootstrapServers }) => `${endpoint}${ingestion === 'msk' ? `, Kafka at ${bootstrapServers}` : ''}${attached ? ', which ran already' : ''}`,
  });
  onCloud(cloud);
  process.env['AWS_ENDPOINT_URL'] = cloud.endpoint;
  const context = contextFor('local', project);

  const records = runRecordsIn(context);
  const inputs = createHash('sha256').update(recordFormat).update(manifest.hash).update(prepared.version).update(ingestion === 'msk' ? ingestion : '').digest('hex');
  let record = await records.read() ?? { inputs };
  if (record.inputs !== inputs) throw new CommandError('The flights, what is defined over them, or what they come in by have changed since they were imported and their features filled.', { next: 'npm start -- --fresh (forgets what the local cloud holds)' });

  await deploy(options, context);
  await display.run({
    name: 'airports', usually: 3,
    work: () => runDataset(context, 'airports', { file: prepared.airports }),
    summary: ({ rows, batch }) => `${counted(rows ?? 0)} airports landed by the batch pipeline as ${batch}`,
  });
  const history = await importPast(options, context, prepared);
  const trained = record.trained ?? await train(options, context);
  record = { ...record, trained };
  await records.write(record);
  await fill(options, context);
  const { auc, outcomes, to, landed } = await playOn(options, context, cloud, prepared, records, record);
  const rejected = history.rejected + await streamedEvents(context).rejected();

  display.say(
    '',
    ...reliabilityTable(outcomes),
    '',
    `Area under the curve: ${trained.auc.toFixed(3)} on May, ${auc?.toFixed(3) ?? 'unknown'} on the flights that were just played.`,
    `Events in the lake: ${counted(history.accepted + landed)} accepted, ${counted(rejected)} rejected and kept in quarantine.`,
    '',
    ...next(to, ingestion),
  );
  return { auc: trained.auc, liveAuc: auc ?? null, accepted: history.accepted + landed, rejected, predictions: outcomes.length };
};
