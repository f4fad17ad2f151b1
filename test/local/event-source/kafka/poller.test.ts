import fc from 'fast-check';
import type { Outcome } from '../../../../local/event-source/outcome';
import { kafkaOutcomeOf } from '../../../../local/event-source/kafka/outcome';
import type { KafkaRecord } from '../../../../local/event-source/kafka/record';
import type { KafkaMappingSettings } from '../../../../local/event-source/kafka/settings';
import { stepPoller, unassignedPoller } from '../../../../local/event-source/kafka/poller';
import { settingsWith } from '../arbitraries';
import { simulateTopic, type SimulatedTopic } from './simulated-topic';

const topicSettings = (given: Partial<KafkaMappingSettings> = {}): KafkaMappingSettings => ({ ...settingsWith(given), topic: 'events', consumerGroup: 'group', pollers: 1, ...given });

const all = [0, 1, 2];
const until = 600_000;

/** A topic of three partitions, whose poller loses and gains them, is killed and meets all kinds of faults; at the end all goes well. */
const troubledTopic = fc.record({
  partitions: fc.array(fc.array(fc.nat(4_000), { maxLength: 30 }).map((arrivals) => arrivals.sort((one, other) => one - other)), { minLength: 3, maxLength: 3 }),
  changes: fc.array(fc.record({ at: fc.nat(6_000), partitions: fc.subarray(all) }), { maxLength: 5 }),
  kills: fc.array(fc.nat(6_000), { maxLength: 4 }),
  durations: fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 40 }),
  reads: fc.array(fc.boolean(), { maxLength: 20 }),
  // 0: well; 1: throws before its work; 2: throws after; 3: stops at a record; 4: is throttled; 5: leaves out one record.
  invocations: fc.array(fc.record({ kind: fc.nat(5), at: fc.nat(19) }), { maxLength: 60 }),
  settings: fc.record({ batchSize: fc.integer({ min: 1, max: 20 }), batchingWindow: fc.constantFrom(0, 300), bisects: fc.boolean() }).map(topicSettings),
});

type Troubled = typeof troubledTopic extends fc.Arbitrary<infer Value> ? Value : never;

interface Seen { readonly handled: KafkaRecord[]; readonly batches: (readonly KafkaRecord[])[] }

const run = ({ partitions, changes, kills, durations, reads, invocations, settings }: Troubled, seen: Seen) => {
  let [duration, read, invocation] = [0, 0, 0];
  const invoke = (records: readonly KafkaRecord[]): Outcome => {
    const fate = invocations[invocation];
    invocation += 1;
    seen.batches.push(records);
    const named = (failed: readonly KafkaRecord[]): Outcome => kafkaOutcomeOf({ batchItemFailures: failed.map(({ partition, offset }) => ({ itemIdentifier: { partition: `events-${partition}`, offset: Number(offset) } })) }, 'events', records);
    const done = fate?.kind === 1 || fate?.kind === 4 ? [] : fate?.kind === 3 ? records.slice(0, fate.at) : fate?.kind === 5 ? records.filter((_record, index) => index !== fate.at) : records;
    seen.handled.push(...done);
    if (fate?.kind === 4) return { kind: 'not-run', reason: 'throttled' };
    return fate?.kind === 1 || fate?.kind === 2 ? { kind: 'failed', functionError: 'Unhandled' } : named(records.filter((record) => !done.includes(record)));
  };
  const topic: SimulatedTopic = {
    settings, partitions, kills, invoke, until,
    assignments: [{ at: 0, partitions: all }, ...changes, { at: 10_000, partitions: all }],
    duration: () => { duration += 1; return durations[duration % durations.length] ?? 1; },
    readFails: () => { read += 1; return reads[read] ?? false; },
  };
  return simulateTopic(topic);
};

describe('an event poller of a topic', () => {
  it('hands over every record, whatever fails and however often its partitions go and come again', () => {
    fc.assert(fc.property(troubledTopic, (troubled) => {
      const seen: Seen = { handled: [], batches: [] };
      const committed = run(troubled, seen);
      const handled = new Set(seen.handled.map(({ sequence }) => sequence));
      for (const [partition, arrivals] of troubled.partitions.entries()) {
        expect(arrivals.filter((_arrival, index) => !handled.has(`${partition}:${index}`))).toEqual([]);
        expect(committed[partition] ?? 0n).toBe(BigInt(arrivals.length));
      }
    }), { numRuns: 150 });
  });

  it('never commits an offset beyond a record that was not handled', () => {
    fc.assert(fc.property(troubledTopic, fc.nat(9_000), (troubled, end) => {
      const seen: Seen = { handled: [], batches: [] };
      const committed = run({ ...troubled, partitions: troubled.partitions.map((arrivals) => arrivals.filter((arrival) => arrival < end)) }, seen);
      const handled = new Set(seen.handled.map(({ sequence }) => sequence));
      for (const [partition, offset] of Object.entries(committed)) for (let index = 0n; index < offset; index += 1n) expect(handled.has(`${partition}:${index}`)).toBe(true);
    }), { numRuns: 150 });
  });

  it("keeps each partition's records in order within a batch, and to the batch size", () => {
    fc.assert(fc.property(troubledTopic, (troubled) => {
      const seen: Seen = { handled: [], batches: [] };
      run(troubled, seen);
      for (const batch of seen.batches) {
        expect(batch.length).toBeLessThanOrEqual(troubled.settings.batchSize);
        for (const partition of all) {
          const offsets = batch.filter((record) => record.partition === partition).map(({ offset }) => offset);
          expect(offsets).toEqual([...offsets].sort((one, other) => Number(one - other)));
        }
      }
    }), { numRuns: 100 });
  });

  const calm = (given: Partial<SimulatedTopic> & Pick<SimulatedTopic, 'invoke'>): SimulatedTopic =>
    ({ settings: topicSettings(), partitions: [[0, 0], [0, 0, 0]], assignments: [{ at: 0, partitions: [0, 1] }], kills: [], duration: () => 10, readFails: () => false, until, ...given });

  it('gathers records of several partitions into one batch', () => {
    const batches: (readonly string[])[] = [];
    simulateTopic(calm({ invoke: (records) => { batches.push(records.map(({ sequence }) => sequence)); return { kind: 'done' }; } }));
    expect(batches).toEqual([['0:0', '0:1', '1:0', '1:1', '1:2']]);
  });

  it('delivers again those records that were reported, and no others', () => {
    const batches: (readonly string[])[] = [];
    const invoke = (records: readonly KafkaRecord[]): Outcome => {
      batches.push(records.map(({ sequence }) => sequence));
      return batches.length === 1 ? kafkaOutcomeOf({ batchItemFailures: [{ itemIdentifier: { partition: 'events-1', offset: 1 } }, { itemIdentifier: { 'topic-partition': 'events-0', offset: 1 } }] }, 'events', records) : { kind: 'done' };
    };
    const committed = simulateTopic(calm({ invoke }));
    expect(batches).toEqual([['0:0', '0:1', '1:0', '1:1', '1:2'], ['0:1', '1:1']]);
    expect(committed).toEqual({ 0: 2n, 1: 3n });
  });

  it('tries a batch again whole when what is reported is not of it', () => {
    for (const item of [{ partition: 'events-1', offset: 9 }, { partition: 'other-1', offset: 1 }, '1:1', null, {}])
      expect(kafkaOutcomeOf({ batchItemFailures: [{ itemIdentifier: item }] }, 'events', [])).toMatchObject({ kind: 'failed' });
    for (const answer of [undefined, null, {}, { batchItemFailures: null }, { batchItemFailures: [] }]) expect(kafkaOutcomeOf(answer, 'events', [])).toEqual({ kind: 'done' });
  });

  it('gives up a batch that fails beyond its retries, which its destination then has', () => {
    const given: string[] = [];
    let tries = 0;
    const committed = simulateTopic(calm({
      settings: topicSettings({ maximumRetries: 2 }), invoke: () => { tries += 1; return { kind: 'failed', functionError: 'Unhandled' }; },
      discard: (records) => { given.push(...records.map(({ sequence }) => sequence)); return true; },
    }));
    expect([tries, given.length, committed]).toEqual([3, 5, { 0: 2n, 1: 3n }]);
  });

  it('keeps an invocation under the payload limit, and gives up a record that is beyond it by itself', () => {
    const settings = topicSettings({ batchSize: 100 });
    const record = (offset: bigint, megabytes: number): KafkaRecord => ({
      sequence: `0:${offset}`, partition: 0, offset, partitionKey: '', data: 'x'.repeat(megabytes << 20), key: null, value: '', headers: [], arrival: 0, timestampType: 'LOG_APPEND_TIME', assignment: 1,
    });
    const assigned = stepPoller(settings, unassignedPoller, { kind: 'assigned', offsets: { 0: 0n } }, 0, false);
    let { state, commands } = stepPoller(settings, assigned.state, { kind: 'read', assignment: 1, records: [record(0n, 4), record(1n, 4), record(2n, 7), record(3n, 1)], positions: { 0: 4n } }, 0, false);
    const seen: string[] = [];
    for (let steps = 0; steps < 10; steps += 1) {
      const command = commands.find(({ kind }) => kind === 'invoke' || kind === 'discard');
      if (command?.kind !== 'invoke' && command?.kind !== 'discard') break;
      seen.push(`${command.kind === 'discard' ? command.reason : 'invoked'} ${command.records.map(({ offset }) => offset).join()}`);
      ({ state, commands } = stepPoller(settings, state, command.kind === 'discard' ? { kind: 'discarded', activity: command.activity, delivered: true } : { kind: 'invoked', activity: command.activity, outcome: { kind: 'done' } }, steps, false));
    }
    expect(seen).toEqual(['invoked 0', 'invoked 1', 'MaximumPayloadSizeExceeded 2', 'invoked 3']);
    expect(state.committed).toEqual({ 0: 4n });
  });
});
