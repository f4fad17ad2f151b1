import type { Emulator } from './emulator';
import { EmulatorLost, emulatorAt, instanceAt } from './emulator';
import { flinkWaitsFor } from './flink';
import { runKafka } from './kafka/runner';
import { followJobs } from './kafka/streaming-jobs';
import { isKafkaMapping, kafkaSettingsOf } from './kafka/settings';
import type { MappingStatus, Runner } from './runner';
import { run } from './runner';
import { settingsOf } from './settings';

export interface DriverStatus {
  /** The emulator answers. */
  readonly connected: boolean;
  readonly mappings: readonly MappingStatus[];
  /** Mappings that cannot be driven, and why. */
  readonly refused: readonly { readonly id: string; readonly reason: string }[];
}

/** What a wait for everything to be consumed came to. */
export type Drained = { readonly drained: true } | { readonly drained: false; readonly waitingFor: readonly string[] };

export interface Driver {
  readonly status: () => DriverStatus;
  /**
   * Waits until every enabled mapping has consumed what its stream held at the call, and every streaming job of Glue what its topic held, and that is stored; then
   * until Flink has sent on what it was sent by that, and this is consumed too.
   * `endWindows`: batches do not wait to fill meanwhile, which spares a test the batching windows.
   */
  readonly drained: (options: { readonly endWindows: boolean; readonly timeout: number }) => Promise<Drained>;
  readonly stop: () => Promise<void>;
}

const refreshInterval = 1_000;
const drainPoll = 25;
const jobPoll = 500;
const flinkPoll = 250;

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Drives all event source mappings of an emulator, of Kinesis streams and of topics of MSK, and follows their changes.
 *
 * When the emulator goes away everything in memory is dropped: one that comes back may hold an earlier state, and its
 * own checkpoints say where that state stands.
 */
export const startDriver = (endpoint: string, region: string, log: (message: string) => void): Driver => {
  const runners = new Map<string, Runner>();
  const refused = new Map<string, string>();
  let emulator: Emulator | undefined;
  const life = { stopped: false };
  let refreshing: Promise<void> | undefined;

  const lose = (error: EmulatorLost): void => {
    if (emulator) log(error.message);
    emulator = undefined;
    for (const runner of runners.values()) runner.drop();
    runners.clear();
  };

  const follow = async (current: Emulator): Promise<void> => {
    const mappings = await current.mappings();
    for (const [id, runner] of runners) {
      if (mappings.some((mapping) => mapping.UUID === id)) continue;
      log(`mapping ${id}: deleted`);
      runner.drop();
      runners.delete(id);
    }
    for (const id of refused.keys()) if (!mappings.some((mapping) => mapping.UUID === id)) refused.delete(id);
    for (const mapping of mappings) {
      const kafka = isKafkaMapping(mapping) ? kafkaSettingsOf(mapping) : undefined;
      const read = kafka ?? settingsOf(mapping);
      if ('refused' in read) {
        if (refused.get(mapping.UUID) !== read.refused) log(`mapping ${mapping.UUID} of ${mapping.FunctionArn} is NOT driven: ${read.refused}`);
        refused.set(mapping.UUID, read.refused);
        await runners.get(mapping.UUID)?.stop();
        runners.delete(mapping.UUID);
        continue;
      }
      refused.delete(mapping.UUID);
      const runner = runners.get(mapping.UUID);
      if (runner) runner.configure(read.settings);
      else {
        const checkpoints = await current.checkpoints(mapping.UUID);
        if (life.stopped || emulator !== current) return;
        log(`mapping ${mapping.UUID}: ${mapping.EventSourceArn} to ${mapping.FunctionArn}${read.settings.enabled ? '' : ' (disabled)'}`);
        const options = { emulator: current, checkpoints, log, onLost: lose };
        runners.set(mapping.UUID, kafka !== undefined && 'settings' in kafka ? runKafka({ ...options, settings: kafka.settings }) : run({ ...options, settings: read.settings }));
      }
    }
  };

  const refresh = (): Promise<void> => {
    refreshing ??= (async () => {
      try {
        emulator ??= emulatorAt(endpoint, region, await instanceAt(endpoint));
        await follow(emulator);
      } catch (error) {
        if (error instanceof EmulatorLost) lose(error);
        else log(`the mappings could not be read: ${error instanceof Error ? error.message : String(error)}`);
      } finally {
        refreshing = undefined;
      }
    })();
    return refreshing;
  };

  const loop = (async () => {
    while (!life.stopped) {
      await refresh();
      await sleep(refreshInterval);
    }
  })();

  const waitingFor = (moment: number): readonly string[] => [
    ...(emulator ? [] : [`the emulator at ${endpoint} does not answer`]),
    ...[...refused].map(([id, reason]) => `mapping ${id}: ${reason}`),
    ...[...runners].filter(([, runner]) => !runner.isDrainedSince(moment)).map(([, runner]) => JSON.stringify(runner.status())),
  ];

  /** Waits for all mappings and jobs; gives what is still waited for when the time is up. */
  const consumed = async (endWindows: boolean, end: number): Promise<readonly string[]> => {
    // Reads of the millisecond of the call may have begun before it.
    const moment = Date.now() + 1;
    await sleep(2);
    await refreshing;
    await refresh();
    // Jobs are looked at when the mappings have done theirs: they may put on a topic what a job takes.
    const jobs = followJobs(() => emulator?.jobs() ?? Promise.resolve([]));
    for (;;) {
      for (const runner of runners.values()) if (!runner.isDrainedSince(moment)) runner.hurry(endWindows);
      const mappings = waitingFor(moment);
      const waiting = mappings.length > 0 ? mappings : await jobs.waitingFor();
      if (waiting.length === 0 || Date.now() > end) return waiting;
      await sleep(mappings.length > 0 ? drainPoll : jobPoll);
    }
  };

  /** Waits for Flink; says whether there was anything to wait for. */
  const sentOn = async (end: number): Promise<{ readonly waiting: readonly string[]; readonly hasFlink: boolean }> => {
    let hasFlink = false;
    for (;;) {
      const { applications, waiting } = await flinkWaitsFor(endpoint);
      hasFlink ||= applications > 0;
      if (waiting.length === 0 || Date.now() > end) return { waiting, hasFlink };
      await sleep(flinkPoll);
    }
  };

  return {
    status: () => ({ connected: emulator !== undefined, mappings: [...runners.values()].map((runner) => runner.status()), refused: [...refused].map(([id, reason]) => ({ id, reason })) }),
    drained: async ({ endWindows, timeout }) => {
      const end = Date.now() + timeout;
      const result = (waiting: readonly string[]): Drained => (waiting.length === 0 ? { drained: true } : { drained: false, waitingFor: waiting });
      const first = await consumed(endWindows, end);
      if (first.length > 0) return result(first);
      const { waiting, hasFlink } = await sentOn(end);
      return result(waiting.length > 0 || !hasFlink ? waiting : await consumed(endWindows, end));
    },
    stop: async () => {
      life.stopped = true;
      await Promise.all([...runners.values()].map((runner) => runner.stop()));
      for (const runner of runners.values()) runner.drop();
      await loop;
    },
  };
};
