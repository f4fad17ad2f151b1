import type { Outcome } from '../../../../local/event-source/outcome';
import type { Offsets, PollerCommand, PollerEvent, PollerState } from '../../../../local/event-source/kafka/poller';
import { pollerWakesAt, stepPoller, unassignedPoller } from '../../../../local/event-source/kafka/poller';
import { sequenceOf, type KafkaRecord } from '../../../../local/event-source/kafka/record';
import type { KafkaMappingSettings } from '../../../../local/event-source/kafka/settings';

/** A topic of simulated partitions, and the one poller that reads them, over a simulated clock that starts at 0. */
export interface SimulatedTopic {
  readonly settings: KafkaMappingSettings;
  /** Arrivals of each partition's records, ascending. */
  readonly partitions: readonly (readonly number[])[];
  /** When the group shares the partitions out anew, and which of them the poller then gets. */
  readonly assignments: readonly { readonly at: number; readonly partitions: readonly number[] }[];
  /** Moments at which the poller is killed, and begins again from what was committed by then. */
  readonly kills: readonly number[];
  readonly duration: () => number;
  readonly readFails: () => boolean;
  readonly invoke: (records: readonly KafkaRecord[]) => Outcome;
  readonly discard?: (records: readonly KafkaRecord[]) => boolean;
  readonly until: number;
}

const recordAt = (partition: number, index: number, arrival: number, assignment: number): KafkaRecord => ({
  sequence: sequenceOf(partition, BigInt(index)), partition, offset: BigInt(index), partitionKey: '', data: '', key: null, value: '', headers: [], arrival, timestampType: 'LOG_APPEND_TIME', assignment,
});

/** Runs it until everything is committed, and gives what was committed. What was under way when the poller was killed still takes effect. */
export const simulateTopic = ({ settings, partitions, assignments, kills, duration, readFails, invoke, discard = () => true, until }: SimulatedTopic): Offsets => {
  const agenda: { readonly at: number; readonly order: number; readonly run: () => void }[] = [];
  const committed: Record<number, bigint> = {};
  let [now, order, life] = [0, 0, 0];
  let state: PollerState = unassignedPoller;
  let owned: readonly number[] = [];

  const at = (moment: number, run: () => void): void => { order += 1; agenda.push({ at: Math.max(moment, now), order, run }); };
  const answer = (event: () => PollerEvent): void => {
    const asked = life;
    at(now + duration(), () => { const happened = event(); if (asked === life) step(happened); });
  };

  const perform = (command: PollerCommand): void => {
    switch (command.kind) {
      case 'read':
        return answer(() => {
          if (readFails()) return { kind: 'read-failed' };
          const next: Record<number, bigint> = {};
          const records = Object.entries(command.positions).flatMap(([name, offset]) => {
            const partition = Number(name);
            const arrived = (partitions[partition] ?? []).flatMap((arrival, index) => (arrival <= now && BigInt(index) >= offset ? [recordAt(partition, index, arrival, command.assignment)] : [])).slice(0, 7);
            const last = arrived.at(-1);
            if (last) next[partition] = last.offset + 1n;
            return arrived;
          });
          return { kind: 'read', assignment: command.assignment, records, positions: next };
        });
      case 'invoke':
        return answer(() => ({ kind: 'invoked', activity: command.activity, outcome: invoke(command.records) }));
      case 'discard':
        return answer(() => ({ kind: 'discarded', activity: command.activity, delivered: discard(command.records) }));
      case 'commit':
        Object.assign(committed, command.offsets);
    }
  };

  const step = (event: PollerEvent): void => {
    const next = stepPoller(settings, state, event, now, false);
    state = next.state;
    for (const command of next.commands) perform(command);
    const wake = pollerWakesAt(settings, state);
    const asked = life;
    if (wake !== undefined) at(wake, () => { if (asked === life && (pollerWakesAt(settings, state) ?? Infinity) <= now) step({ kind: 'tick' }); });
  };

  const assign = (given: readonly number[]): void => {
    owned = given;
    step({ kind: 'assigned', offsets: Object.fromEntries(given.map((partition) => [partition, committed[partition] ?? 0n])) });
  };
  for (const { at: moment, partitions: given } of assignments) at(moment, () => assign(given));
  for (const moment of kills) at(moment, () => {
    life += 1;
    state = unassignedPoller;
    assign(owned);
  });

  const latest = Math.max(0, ...assignments.map((each) => each.at), ...kills, ...partitions.flat());
  const isDone = (): boolean => now > latest && partitions.every((arrivals, partition) => (committed[partition] ?? 0n) === BigInt(arrivals.length));
  while (agenda.length > 0 && now <= until && !isDone()) {
    agenda.sort((one, other) => one.at - other.at || one.order - other.order);
    const first = agenda.shift();
    if (!first) break;
    now = first.at;
    first.run();
  }
  return committed;
};
