import type { MappingCommand, MappingEvent, MappingState } from './mapping';
import { isMappingDrainedSince, mappingWakesAt, mappingWith, stepMapping } from './mapping';
import type { Outcome } from './outcome';
import type { DiscardedBatch } from './destination';
import type { Checkpoint, StreamRecord } from './record';
import { compareSequence } from './record';
import type { MappingSettings } from './settings';

/** A shard that exists from `openedAt` and takes records until `closedAt`; a record can be read from its arrival on. */
export interface SimulatedShard {
  readonly shard: string;
  readonly parents: readonly string[];
  readonly openedAt: number;
  readonly closedAt: number | undefined;
  /** Ascending by sequence and arrival. */
  readonly records: readonly StreamRecord[];
}

/** What is simulated. Every function is asked once per occurrence, so a fault schedule decides all of it. */
export interface Simulation<Answer = Outcome> {
  readonly settings: MappingSettings;
  readonly shards: readonly SimulatedShard[];
  /** Milliseconds that the next call of this kind takes. */
  readonly duration: (call: 'read' | 'invoke' | 'discard' | 'checkpoint' | 'list') => number;
  /** Runs the function, at the end of the invocation's duration. Its effects stand even when nobody waits for the answer. */
  readonly invoke: (shard: string, records: readonly StreamRecord[], now: number) => Answer;
  /** Whether the next read fails. */
  readonly readFails?: () => boolean;
  /** Takes a discarded batch; false when the destination does not answer. */
  readonly discard?: (batch: DiscardedBatch, now: number) => boolean;
  /** Moments at which the driver is killed and begins again from the checkpoints that were stored by then. */
  readonly kills?: readonly number[];
  /** Moments at which the mapping gets other settings. */
  readonly changes?: readonly { readonly at: number; readonly settings: MappingSettings }[];
  /** The simulation ends when everything is consumed, at the latest at this moment. */
  readonly until: number;
}

export interface Simulated {
  /** Everything was consumed before `until`. */
  readonly drained: boolean;
  readonly endedAt: number;
  readonly checkpoints: Readonly<Record<string, Checkpoint>>;
}

const readable = ({ records }: SimulatedShard, position: Checkpoint, now: number): readonly StreamRecord[] => {
  const arrived = records.filter((record) => record.arrival <= now);
  if (position.kind === 'end') return [];
  if (position.kind === 'after') return arrived.filter((record) => compareSequence(record.sequence, position.sequence) > 0);
  return position.position === 'TRIM_HORIZON' ? arrived : arrived.filter((record) => record.arrival >= position.timestamp);
};

/** What happens at a moment; a promise is waited for before the clock goes on. */
type Occurrence = () => Promise<void> | undefined;

/** Gives what is to be waited for, and at its end what the simulation came to. */
function* occurrences(simulation: Simulation<Outcome | Promise<Outcome>>): Generator<Promise<void>, Simulated, void> {
  const agenda: { at: number; order: number; run: Occurrence }[] = [];
  const stored: Record<string, Checkpoint> = {};
  let now = 0;
  let order = 0;
  let life = 0;
  let settings = simulation.settings;
  let state: MappingState = mappingWith(settings, {});
  const latest = Math.max(0, ...simulation.shards.flatMap((shard) => [shard.openedAt, shard.closedAt ?? 0, ...shard.records.map((record) => record.arrival)]),
    ...(simulation.kills ?? []), ...(simulation.changes ?? []).map((change) => change.at));

  const at = (moment: number, run: Occurrence): void => {
    order += 1;
    agenda.push({ at: Math.max(moment, now), order, run });
  };

  /** Something that the driver waits for: told only to the life that asked. */
  const answer = (delay: number, asked: number, event: () => MappingEvent | Promise<MappingEvent>): void => at(now + delay, () => {
    const happened = event();
    const tell = (told: MappingEvent): undefined => { if (asked === life) step(told); };
    return happened instanceof Promise ? happened.then(tell) : tell(happened);
  });

  const perform = (command: MappingCommand): void => {
    switch (command.kind) {
      case 'list-shards':
        return answer(simulation.duration('list'), life, () => ({
          kind: 'shards-listed',
          shards: simulation.shards.filter((shard) => shard.openedAt <= now)
            .map(({ shard, parents, closedAt }) => ({ shard, parents, closed: closedAt !== undefined && closedAt <= now })),
        }));
      case 'read':
        return answer(simulation.duration('read'), life, () => {
          const source = simulation.shards.find(({ shard }) => shard === command.shard);
          if (!source || simulation.readFails?.()) return { kind: 'shard', shard: command.shard, event: { kind: 'read-failed' } };
          const all = readable(source, command.position, now);
          const records = all.slice(0, command.limit);
          const ended = source.closedAt !== undefined && source.closedAt <= now && records.length === all.length;
          return { kind: 'shard', shard: command.shard, event: { kind: 'read', records, ended } };
        });
      case 'invoke':
        return answer(simulation.duration('invoke'), life, () => {
          const ended = (outcome: Outcome): MappingEvent => ({ kind: 'shard', shard: command.shard, event: { kind: 'invoked', activity: command.activity, outcome } });
          const outcome = simulation.invoke(command.shard, command.records, now);
          return outcome instanceof Promise ? outcome.then(ended) : ended(outcome);
        });
      case 'discard':
        return answer(simulation.duration('discard'), life, () => {
          const delivered = simulation.discard?.(command, now) ?? true;
          return { kind: 'shard', shard: command.shard, event: { kind: 'discarded', activity: command.activity, delivered } };
        });
      case 'checkpoint':
        return at(now + simulation.duration('checkpoint'), () => {
          // Saves of one shard are made in their order; a slow one must not undo a later one.
          const before = stored[command.shard];
          const later = before?.kind !== 'end' && !(before?.kind === 'after' && command.checkpoint.kind === 'after' && compareSequence(before.sequence, command.checkpoint.sequence) > 0);
          if (later) stored[command.shard] = command.checkpoint;
          return undefined;
        });
    }
  };

  const step = (event: MappingEvent): void => {
    const next = stepMapping(state, event, now);
    state = next.state;
    for (const command of next.commands) perform(command);
    const wake = mappingWakesAt(state);
    const asked = life;
    if (wake !== undefined) at(wake, () => { if (asked === life && (mappingWakesAt(state) ?? Infinity) <= now) step({ kind: 'tick' }); return undefined; });
  };

  for (const moment of simulation.kills ?? []) at(moment, () => {
    life += 1;
    state = mappingWith(settings, { ...stored });
    step({ kind: 'tick' });
    return undefined;
  });
  for (const change of simulation.changes ?? []) at(change.at, () => {
    settings = change.settings;
    step({ kind: 'configured', settings });
    return undefined;
  });
  step({ kind: 'tick' });

  while (agenda.length > 0 && now <= simulation.until) {
    agenda.sort((one, other) => one.at - other.at || one.order - other.order);
    const [first] = agenda.splice(0, 1);
    if (!first) break;
    now = first.at;
    const pending = first.run();
    if (pending) yield pending;
    if (now > latest && isMappingDrainedSince(state, latest + 1)) return { drained: true, endedAt: now, checkpoints: state.checkpoints };
  }
  return { drained: false, endedAt: now, checkpoints: state.checkpoints };
}

/**
 * Runs the scheduler over simulated shards and a simulated clock that starts at 0: thousands of fault schedules a minute.
 *
 * Calls that are under way when the driver is killed still take effect: an invocation runs to its end (and may overlap
 * with its successor's), a checkpoint that was sent is stored.
 */
export const simulate = (simulation: Simulation): Simulated => {
  const { done, value } = occurrences(simulation).next();
  if (!done) throw new Error('A function of this simulation answered with a promise; use simulateAsync.');
  return value;
};

/** Like {@link simulate}, over a function that takes its time: the simulated clock stands still meanwhile. */
export const simulateAsync = async (simulation: Simulation<Promise<Outcome>>): Promise<Simulated> => {
  const steps = occurrences(simulation);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    await value;
  }
};
