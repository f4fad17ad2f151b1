import { randomUUID } from 'node:crypto';
import { destinationKey } from '../destination';
import { EmulatorLost } from '../emulator';
import type { Runner, RunnerOptions } from '../runner';
import { openSession, type Session } from './session';
import type { KafkaMappingSettings } from './settings';

type KafkaRunnerOptions = Omit<RunnerOptions, 'settings'> & { readonly settings: KafkaMappingSettings };

const lookInterval = 50;
const pauseAfterFault = 500;

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
const same = (one: KafkaMappingSettings, other: KafkaMappingSettings): boolean => JSON.stringify(one) === JSON.stringify(other);

/**
 * Drives a mapping of a topic of MSK: is a member of its consumer group for each poller while the mapping is enabled, and begins
 * anew, from what is committed, when its settings change or the broker was away for long.
 */
export const runKafka = ({ emulator, settings: initial, checkpoints, log, onLost }: KafkaRunnerOptions): Runner => {
  let [settings, wanted] = [initial, initial];
  let session: Session | undefined;
  let lastError: string | undefined;
  const life = { dropped: false, stopping: false };
  const known = { ...checkpoints };
  const goesOn = (): boolean => !life.dropped && !life.stopping;

  /** Works until the settings change, the end, or a fault. */
  const work = async (): Promise<void> => {
    const opened = await openSession({
      emulator, settings, known, log,
      keyOf: (name, now) => destinationKey(settings, name, now, randomUUID()),
      onLost: (error) => { if (!life.dropped) onLost(error); },
    });
    session = opened;
    lastError = undefined;
    try {
      while (goesOn() && same(settings, wanted)) {
        await opened.look();
        await sleep(lookInterval);
      }
      if (!life.dropped) await opened.drain();
    } finally {
      session = undefined;
      await opened.close();
    }
  };

  const loop = (async () => {
    while (goesOn()) {
      settings = wanted;
      try {
        if (settings.enabled) await work();
      } catch (error) {
        if (error instanceof EmulatorLost) {
          if (!life.dropped) onLost(error);
          return;
        }
        const message = error instanceof Error ? error.message : String(error);
        if (message !== lastError) log(`mapping ${settings.id}: ${message}; its group is joined again`);
        lastError = message;
        await sleep(pauseAfterFault);
      }
      await sleep(lookInterval);
    }
  })();

  return {
    configure: (next) => { wanted = { ...wanted, ...next }; },
    hurry: (endWindows) => session?.hurry(endWindows),
    isDrainedSince: (moment) => (wanted.enabled ? same(settings, wanted) && session?.isDrainedSince(moment) === true : session === undefined),
    stop: async () => {
      life.stopping = true;
      await loop;
    },
    drop: () => { life.dropped = true; },
    status: () => ({
      id: wanted.id, functionArn: wanted.functionArn, streamArn: wanted.streamArn, enabled: wanted.enabled,
      shards: session?.status() ?? [{ shard: wanted.topic, checkpoint: 'not in its group', unfinished: 0, error: lastError ?? null }],
    }),
  };
};
