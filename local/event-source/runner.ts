import { randomUUID } from 'node:crypto';
import { destinationDocument, destinationKey, eventOf } from './destination';
import type { Emulator, Invoked } from './emulator';
import { EmulatorLost } from './emulator';
import { deliverGivenUp } from './give-up';
import type { MappingCommand, MappingEvent, MappingState } from './mapping';
import { isMappingDrainedSince, mappingWakesAt, mappingWith, stepMapping } from './mapping';
import type { Outcome } from './outcome';
import { outcomeOf } from './outcome';
import type { Checkpoint, StreamRecord } from './record';
import type { MappingSettings } from './settings';
import { isIdle } from './shard';

/** How far a shard is, or a partition. */
export interface ShardStatus { readonly shard: string; readonly checkpoint: string; readonly unfinished: number; readonly error: string | null }

/** A mapping's progress, as `headrace local status` shows it. */
export interface MappingStatus {
  readonly id: string;
  readonly functionArn: string;
  readonly streamArn: string;
  readonly enabled: boolean;
  readonly shards: readonly ShardStatus[];
}

/** One mapping being driven over the emulator. */
export interface Runner {
  readonly configure: (settings: MappingSettings) => void;
  readonly hurry: (endWindows: boolean) => void;
  /** Everything that its stream held at `moment` is done, and that is stored. */
  readonly isDrainedSince: (moment: number) => boolean;
  /** Starts nothing more, and resolves when what is under way has ended and is stored. */
  readonly stop: () => Promise<void>;
  /** Forgets everything, at once: the emulator is gone. */
  readonly drop: () => void;
  readonly status: () => MappingStatus;
}

export interface RunnerOptions {
  readonly emulator: Emulator;
  readonly settings: MappingSettings;
  readonly checkpoints: Readonly<Record<string, Checkpoint>>;
  readonly log: (message: string) => void;
  /** Called when the emulator has gone. */
  readonly onLost: (error: EmulatorLost) => void;
}

const pollForEnd = 20;

const outcomeFor = (settings: MappingSettings, invoked: Invoked, records: readonly StreamRecord[]): Outcome => {
  if (invoked.kind === 'not-run') return invoked;
  if (invoked.kind === 'function-error') return { kind: 'failed', functionError: invoked.functionError };
  return settings.reportsItemFailures ? outcomeOf(invoked.answer, records) : { kind: 'done' };
};

const statusOf = ({ wanted, checkpoints, shards }: MappingState): MappingStatus => ({
  id: wanted.id,
  functionArn: wanted.functionArn,
  streamArn: wanted.streamArn,
  enabled: wanted.enabled,
  shards: Object.entries(checkpoints).map(([shard, checkpoint]) => ({
    shard,
    checkpoint: checkpoint.kind === 'after' ? checkpoint.sequence : checkpoint.kind === 'start' ? checkpoint.position : 'end',
    unfinished: shards[shard]?.unfinished.length ?? 0,
    error: shards[shard]?.lanes.find((lane) => lane.lastError !== undefined)?.lastError ?? null,
  })),
});

/** Drives a mapping: performs what the scheduler asks for, and tells it what came of it. */
export const run = ({ emulator, settings: initial, checkpoints, log, onLost }: RunnerOptions): Runner => {
  let state = mappingWith(initial, checkpoints);
  const life = { dropped: false };
  let timer: NodeJS.Timeout | undefined;
  const unsaved = new Map<string, Checkpoint>();
  const saving = new Set<string>();

  const step = (event: MappingEvent): void => {
    if (life.dropped) return;
    const next = stepMapping(state, event, Date.now());
    state = next.state;
    for (const command of next.commands) perform(command);
    clearTimeout(timer);
    const wake = mappingWakesAt(state);
    if (wake !== undefined) timer = setTimeout(() => step({ kind: 'tick' }), Math.min(Math.max(wake - Date.now(), 0), 60_000));
  };

  /** Does the work and tells its end; `onFailure` is what an error means that is not the emulator's absence. */
  const tell = (work: () => Promise<MappingEvent>, onFailure: (error: Error) => MappingEvent): void => {
    const event = async (): Promise<MappingEvent | undefined> => {
      try {
        return await work();
      } catch (error) {
        if (error instanceof EmulatorLost) {
          if (!life.dropped) onLost(error);
          return undefined;
        }
        const failure = error instanceof Error ? error : new Error(String(error));
        log(`mapping ${state.settings.id}: ${failure.message}`);
        return onFailure(failure);
      }
    };
    const told = async (): Promise<void> => {
      const happened = await event();
      if (happened) step(happened);
    };
    void told();
  };

  /** Stores the newest checkpoint of a shard; those that it overtakes are never written. */
  const save = async (shard: string): Promise<void> => {
    if (saving.has(shard)) return;
    saving.add(shard);
    try {
      for (let checkpoint = unsaved.get(shard); checkpoint && !life.dropped; checkpoint = unsaved.get(shard)) {
        await emulator.saveCheckpoint(state.settings.id, shard, checkpoint);
        if (unsaved.get(shard) === checkpoint) unsaved.delete(shard);
      }
    } catch (error) {
      if (error instanceof EmulatorLost) {
        if (!life.dropped) onLost(error);
      } else {
        log(`mapping ${state.settings.id}: a checkpoint could not be stored: ${error instanceof Error ? error.message : String(error)}`);
        setTimeout(() => void save(shard), 500);
      }
    } finally {
      saving.delete(shard);
    }
  };

  const deliver = async (command: Extract<MappingCommand, { kind: 'discard' }>): Promise<void> => {
    const { settings } = state;
    const now = Date.now();
    const [first] = command.records;
    log(`mapping ${settings.id}: gives up ${command.records.length} records of ${command.shard} from ${first?.sequence ?? '?'} on: ${command.reason}${command.functionError ? ` (${command.functionError})` : ''}`);
    if (!settings.destination) return;
    await deliverGivenUp(emulator, {
      functionArn: settings.functionArn, destination: settings.destination, key: destinationKey(settings, command.shard, now, randomUUID()),
      document: (withPayload) => destinationDocument(settings, command, now, randomUUID(), withPayload),
    });
  };

  const perform = (command: MappingCommand): void => {
    const { settings } = state;
    switch (command.kind) {
      case 'list-shards':
        return tell(async () => ({ kind: 'shards-listed', shards: await emulator.listShards(settings.functionArn, settings.streamArn) }), () => ({ kind: 'list-failed' }));
      case 'read': {
        const { shard, position, limit } = command;
        // Known before the read: what is put into a shard before it closes is then in what is read.
        const closed = state.listed.some((each) => each.shard === shard && each.closed);
        return tell(
          async () => {
            const records = await emulator.read(settings.functionArn, settings.streamArn, shard, position, limit);
            return { kind: 'shard', shard, event: { kind: 'read', records, ended: closed && records.length === 0 } };
          },
          () => ({ kind: 'shard', shard, event: { kind: 'read-failed' } }),
        );
      }
      case 'invoke': {
        const { shard, activity, records } = command;
        return tell(
          async () => {
            const invoked = await emulator.invoke(settings.functionArn, JSON.stringify(eventOf(settings, shard, records)));
            if (invoked.kind === 'function-error') log(`mapping ${settings.id}: ${settings.functionArn} failed on ${records.length} records of ${shard}: ${invoked.message}`);
            return { kind: 'shard', shard, event: { kind: 'invoked', activity, outcome: outcomeFor(settings, invoked, records) } };
          },
          (error) => ({ kind: 'shard', shard, event: { kind: 'invoked', activity, outcome: { kind: 'not-run', reason: error.message } } }),
        );
      }
      case 'discard': {
        const { shard, activity } = command;
        return tell(
          async () => { await deliver(command); return { kind: 'shard', shard, event: { kind: 'discarded', activity, delivered: true } }; },
          () => ({ kind: 'shard', shard, event: { kind: 'discarded', activity, delivered: false } }),
        );
      }
      case 'checkpoint':
        unsaved.set(command.shard, command.checkpoint);
        void save(command.shard);
    }
  };

  step({ kind: 'tick' });
  return {
    configure: (settings) => step({ kind: 'configured', settings }),
    hurry: (endWindows) => step({ kind: 'hurry', endWindows }),
    isDrainedSince: (moment) => unsaved.size === 0 && isMappingDrainedSince(state, moment),
    stop: async () => {
      step({ kind: 'configured', settings: { ...state.wanted, enabled: false } });
      while (!life.dropped && (unsaved.size > 0 || !Object.values(state.shards).every(isIdle))) await new Promise((resolve) => setTimeout(resolve, pollForEnd));
    },
    drop: () => { life.dropped = true; clearTimeout(timer); },
    status: () => statusOf(state),
  };
};
