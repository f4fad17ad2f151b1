import { randomUUID } from 'node:crypto';
import type { Emulator } from '../emulator';
import { EmulatorLost } from '../emulator';
import { deliverGivenUp } from '../give-up';
import type { Checkpoint } from '../record';
import type { ShardStatus } from '../runner';
import { kafkaDestinationDocument, kafkaEventOf } from './destination';
import { groupMember, type GroupMember } from './member';
import { kafkaOutcomeOf } from './outcome';
import type { Offsets, PollerCommand, PollerEvent, PollerState } from './poller';
import { isPollerDrainedSince, isPollerIdle, pollerWakesAt, stepPoller, unassignedPoller } from './poller';
import { partitionName, type KafkaRecord } from './record';
import type { KafkaMappingSettings } from './settings';

/** A mapping at work: its pollers are members of its consumer group. */
export interface Session {
  /** To be called again and again: sees faults, and partitions that were added. Throws what ends the session. */
  readonly look: () => Promise<void>;
  readonly hurry: (endWindows: boolean) => void;
  readonly isDrainedSince: (moment: number) => boolean;
  /** Starts nothing more, and resolves when what is under way has ended and is stored. */
  readonly drain: () => Promise<void>;
  readonly close: () => Promise<void>;
  readonly status: () => readonly ShardStatus[];
}

export interface SessionOptions {
  readonly emulator: Emulator;
  readonly settings: KafkaMappingSettings;
  /** Checkpoints in the emulator, by the partitions' names; kept up to date here. */
  readonly known: Record<string, Checkpoint>;
  readonly log: (message: string) => void;
  /** Name of an object for a batch that is given up. */
  readonly keyOf: (partition: string, now: number) => string;
  readonly onLost: (error: EmulatorLost) => void;
}

interface Poller {
  state: PollerState;
  readonly member: GroupMember;
  timer: NodeJS.Timeout | undefined;
  unsaved: Record<number, bigint>;
  saving: boolean;
}

const countInterval = 1_000;
const idleLook = 20;
/** So long a group may take to give each partition to a poller. */
const longestRebalance = 5_000;
/** Reads and commits that fail one after the other, after which the group is joined again. */
const mostFailures = 10;

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const nextAfter = (checkpoint: Checkpoint | undefined): bigint | undefined => (checkpoint?.kind === 'after' ? BigInt(checkpoint.sequence) + 1n : undefined);
const lower = (one: bigint, other: bigint | undefined): bigint => (other !== undefined && other < one ? other : one);

/** Joins the consumer group of a mapping with its pollers. */
export const openSession = async ({ emulator, settings, known, log, keyOf, onLost }: SessionOptions): Promise<Session> => {
  const bootstrapServers = await emulator.bootstrapServers(settings.functionArn, settings.streamArn);
  const pollers: Poller[] = [];
  const life: { closed: boolean; draining: boolean; fault: Error | undefined; failures: number } = { closed: false, draining: false, fault: undefined, failures: 0 };
  let [partitions, countedAt, countNotBefore, allAssignedAt] = [0, 0, 0, Date.now()];

  const failed = (error: unknown): void => {
    if (error instanceof EmulatorLost) return onLost(error);
    life.failures += 1;
    if (life.failures >= mostFailures) life.fault ??= error instanceof Error ? error : new Error(String(error));
  };

  const step = (poller: Poller, event: PollerEvent): void => {
    if (life.closed) return;
    const next = stepPoller(settings, poller.state, event, Date.now(), life.draining);
    poller.state = next.state;
    for (const command of next.commands) perform(poller, command);
    clearTimeout(poller.timer);
    const wake = life.draining ? undefined : pollerWakesAt(settings, poller.state);
    if (wake !== undefined) poller.timer = setTimeout(() => step(poller, { kind: 'tick' }), Math.min(Math.max(wake - Date.now(), 0), 60_000));
  };

  /**
   * Where partitions begin that were just given: at what the group has committed, else where the mapping starts. A state of
   * the emulator that was restored after a kill is older than that: then at what is stored with it.
   */
  const beginnings = async (member: GroupMember, given: readonly number[]): Promise<Offsets> => {
    if (given.length === 0) return {};
    const [committed, first, next] = await Promise.all([member.committed(given), member.offsetsAt(given, 'first'), member.offsetsAt(given, 'next')]);
    const started = settings.startingPosition === 'TRIM_HORIZON' ? first : settings.startingPosition === 'LATEST' ? next : await member.offsetsAt(given, settings.startingTimestamp ?? 0);
    return Object.fromEntries(given.map((partition) => {
      const end = next[partition] ?? 0n;
      const start = started[partition] ?? -1n;
      const wanted = lower(committed[partition] ?? (start < 0n ? end : start), nextAfter(known[partitionName(settings.topic, partition)]));
      const kept = first[partition] ?? 0n;
      return [partition, wanted < kept ? kept : lower(wanted, end)];
    }));
  };

  const store = async (offsets: Offsets): Promise<void> => {
    await Promise.all(Object.entries(offsets).map(async ([partition, offset]) => {
      const name = partitionName(settings.topic, Number(partition));
      const checkpoint: Checkpoint = { kind: 'after', sequence: String(offset - 1n) };
      await emulator.saveCheckpoint(settings.id, name, checkpoint);
      known[name] = checkpoint;
    }));
  };

  const assigned = async (poller: Poller, given: readonly number[]): Promise<void> => {
    step(poller, { kind: 'assigned', offsets: {} });
    const offsets = await beginnings(poller.member, given);
    // The group's offsets outlive a kill of the emulator: what it then comes back with must know where it stood.
    if (Object.keys(offsets).some((partition) => known[partitionName(settings.topic, Number(partition))] === undefined)) {
      await store(offsets);
      await emulator.save();
    }
    step(poller, { kind: 'assigned', offsets });
  };

  /** Stores what is done, in the emulator first: what the group has committed must never be ahead of it. */
  const save = async (poller: Poller): Promise<void> => {
    if (poller.saving) return;
    poller.saving = true;
    try {
      while (Object.keys(poller.unsaved).length > 0 && !life.closed) {
        const offsets = poller.unsaved;
        await store(offsets);
        await poller.member.commit(offsets);
        poller.unsaved = Object.fromEntries(Object.entries(poller.unsaved).filter(([partition, offset]) => offsets[Number(partition)] !== offset));
        life.failures = 0;
      }
    } catch (error) {
      log(`mapping ${settings.id}: what is done could not be committed: ${textOf(error)}`);
      failed(error);
      setTimeout(() => void save(poller), 500);
    } finally {
      poller.saving = false;
    }
  };

  const deliver = async (command: Extract<PollerCommand, { kind: 'discard' }>): Promise<void> => {
    const now = Date.now();
    const [first] = command.records;
    log(`mapping ${settings.id}: gives up ${command.records.length} records from ${first?.sequence ?? '?'} on: ${command.reason}${command.functionError ? ` (${command.functionError})` : ''}`);
    if (!settings.destination) return;
    const event = JSON.stringify(kafkaEventOf(settings, bootstrapServers, command.records));
    await deliverGivenUp(emulator, {
      functionArn: settings.functionArn, destination: settings.destination, key: keyOf(partitionName(settings.topic, first?.partition ?? 0), now),
      document: (withPayload) => kafkaDestinationDocument(settings, bootstrapServers, command, event, now, randomUUID(), withPayload),
    });
  };

  const invoke = async (records: readonly KafkaRecord[]): Promise<Extract<PollerEvent, { kind: 'invoked' }>['outcome']> => {
    const invoked = await emulator.invoke(settings.functionArn, JSON.stringify(kafkaEventOf(settings, bootstrapServers, records)));
    if (invoked.kind === 'not-run') return invoked;
    if (invoked.kind === 'answered') return settings.reportsItemFailures ? kafkaOutcomeOf(invoked.answer, settings.topic, records) : { kind: 'done' };
    log(`mapping ${settings.id}: ${settings.functionArn} failed on ${records.length} records: ${invoked.message}`);
    return { kind: 'failed', functionError: invoked.functionError };
  };

  /** Does the work and tells its end; `onFailure` is what an error means that is not the emulator's absence. */
  const tell = async (poller: Poller, work: () => Promise<PollerEvent>, onFailure: (error: unknown) => PollerEvent): Promise<void> => {
    let event: PollerEvent;
    try {
      event = await work();
    } catch (error) {
      if (error instanceof EmulatorLost) return onLost(error);
      if (!life.closed) log(`mapping ${settings.id}: ${textOf(error)}`);
      event = onFailure(error);
    }
    step(poller, event);
  };

  const perform = (poller: Poller, command: PollerCommand): void => {
    switch (command.kind) {
      case 'read':
        return void tell(poller, async () => {
          const read = await poller.member.read(command.positions, command.assignment);
          life.failures = 0;
          return { kind: 'read', assignment: command.assignment, ...read };
        }, (error) => { failed(error); return { kind: 'read-failed' }; });
      case 'invoke':
        return void tell(poller, async () => ({ kind: 'invoked', activity: command.activity, outcome: await invoke(command.records) }),
          (error) => ({ kind: 'invoked', activity: command.activity, outcome: { kind: 'not-run', reason: textOf(error) } }));
      case 'discard':
        return void tell(poller, async () => { await deliver(command); return { kind: 'discarded', activity: command.activity, delivered: true }; },
          () => ({ kind: 'discarded', activity: command.activity, delivered: false }));
      case 'commit':
        poller.unsaved = { ...poller.unsaved, ...command.offsets };
        void save(poller);
    }
  };

  const assignedPartitions = (): number => pollers.reduce((sum, { state }) => sum + Object.keys(state.positions).length, 0);
  const join = (): Promise<unknown> => Promise.all(pollers.map(({ member }) => member.join()));

  const isQuiet = (): boolean => pollers.every(({ state, unsaved, saving }) => isPollerIdle(state) && !saving && Object.keys(unsaved).length === 0);
  const quiet = async (): Promise<void> => {
    life.draining = true;
    while (!life.closed && life.fault === undefined && !isQuiet()) await sleep(idleLook);
  };

  const close = async (): Promise<void> => {
    life.closed = true;
    for (const { timer } of pollers) clearTimeout(timer);
    await Promise.allSettled(pollers.map(({ member }) => member.close()));
  };

  for (let index = 0; index < settings.pollers; index += 1) {
    const poller: Poller = {
      state: unassignedPoller, timer: undefined, unsaved: {}, saving: false,
      member: groupMember(settings, bootstrapServers, (given) => { assigned(poller, given).catch((error: unknown) => { life.fault ??= error instanceof Error ? error : new Error(String(error)); }); }),
    };
    pollers.push(poller);
  }
  const [first] = pollers;
  try {
    partitions = await first?.member.partitionCount() ?? 0;
    await join();
  } catch (error) {
    await close();
    throw error;
  }

  return {
    look: async () => {
      if (life.fault instanceof EmulatorLost) return onLost(life.fault);
      if (life.fault !== undefined) throw life.fault;
      const now = Date.now();
      if (now < countNotBefore || first === undefined) return;
      countNotBefore = now + countInterval;
      const count = await first.member.partitionCount();
      if (assignedPartitions() === count) allAssignedAt = now;
      if (count !== partitions || now - allAssignedAt > longestRebalance) {
        log(`mapping ${settings.id}: ${settings.topic} has ${count} partitions, of which its pollers have ${assignedPartitions()}; the group shares them out anew`);
        await quiet();
        partitions = count;
        allAssignedAt = now;
        life.draining = false;
        await join();
      }
      countedAt = now;
    },
    hurry: (endWindows) => {
      countNotBefore = 0;
      for (const poller of pollers) step(poller, { kind: 'hurry', endWindows });
    },
    isDrainedSince: (moment) => countedAt >= moment && isQuiet()
      && assignedPartitions() === partitions
      && pollers.every(({ state }) => Object.keys(state.positions).length === 0 || isPollerDrainedSince(state, moment)),
    drain: quiet,
    close,
    status: () => pollers.flatMap(({ state: { committed, positions, lane } }) => Object.keys(positions).map((partition) => ({
      shard: partitionName(settings.topic, Number(partition)),
      checkpoint: String(committed[Number(partition)]),
      unfinished: Number((positions[Number(partition)] ?? 0n) - (committed[Number(partition)] ?? 0n)),
      error: lane.lastError ?? null,
    }))),
  };
};
