import fc from 'fast-check';
import type { DiscardedBatch } from '../../../local/event-source/destination';
import type { Outcome } from '../../../local/event-source/outcome';
import type { StreamRecord } from '../../../local/event-source/record';
import { compareSequence } from '../../../local/event-source/record';
import type { Simulated, Simulation, SimulatedShard } from '../../../local/event-source/simulation';
import { simulate } from '../../../local/event-source/simulation';
import type { Faults } from './arbitraries';
import { faults, patientSettings, recordAt, reshardedStream, settingsWith } from './arbitraries';

const always = 10_000_000;
const sequences = (records: readonly StreamRecord[]): readonly string[] => records.map((record) => record.sequence);
const all = (shards: readonly SimulatedShard[]): readonly string[] => shards.flatMap((shard) => sequences(shard.records)).sort(compareSequence);
const distinct = (values: readonly string[]): readonly string[] => [...new Set(values)].sort(compareSequence);
const oneShard = (records: readonly StreamRecord[]): readonly SimulatedShard[] => [{ shard: 'only', parents: [], openedAt: 0, closedAt: undefined, records }];
const numbered = (count: number, key = (index: number) => `key-${index % 3}`): readonly StreamRecord[] => Array.from({ length: count }, (_, index) => recordAt(0, key(index), index + 1));

interface Run extends Simulated {
  /** Records as the function worked on them, in time order, with repetitions. */
  readonly handled: readonly StreamRecord[];
  readonly batches: readonly (readonly StreamRecord[])[];
  readonly discarded: readonly DiscardedBatch[];
  /** When each batch was worked on. */
  readonly moments: readonly number[];
}

const run = (simulation: Omit<Simulation, 'duration' | 'invoke' | 'until'> & Partial<Pick<Simulation, 'duration' | 'until'>>, invoke: (records: readonly StreamRecord[], now: number) => { outcome: Outcome; handled: readonly StreamRecord[] }): Run => {
  const handled: StreamRecord[] = [];
  const batches: (readonly StreamRecord[])[] = [];
  const discarded: DiscardedBatch[] = [];
  const moments: number[] = [];
  const simulated = simulate({
    duration: () => 5,
    until: always,
    discard: (batch) => { discarded.push(batch); return true; },
    ...simulation,
    invoke: (_, records, now) => {
      batches.push(records);
      moments.push(now);
      const result = invoke(records, now);
      handled.push(...result.handled);
      return result.outcome;
    },
  });
  return { ...simulated, handled, batches, discarded, moments };
};

const well = (records: readonly StreamRecord[]): { outcome: Outcome; handled: readonly StreamRecord[] } => ({ outcome: { kind: 'done' }, handled: records });

/** A function that follows a fault schedule. */
const faulty = ({ invocations }: Faults, reportsItemFailures: boolean) => {
  let call = 0;
  return (records: readonly StreamRecord[]): { outcome: Outcome; handled: readonly StreamRecord[] } => {
    const fault = invocations[call];
    call += 1;
    if (fault?.kind === 1) return { outcome: { kind: 'failed', functionError: 'Unhandled' }, handled: [] };
    if (fault?.kind === 2) return { outcome: { kind: 'failed', functionError: 'Unhandled' }, handled: records };
    const stop = fault?.kind === 3 && reportsItemFailures ? records[fault.at % records.length] : undefined;
    if (stop) return { outcome: { kind: 'partly', failed: stop.sequence }, handled: records.slice(0, records.indexOf(stop)) };
    if (fault?.kind === 4) return { outcome: { kind: 'not-run', reason: 'TooManyRequestsException' }, handled: [] };
    return well(records);
  };
};

const scheduleOf = ({ reads, durations, kills }: Faults): Pick<Simulation, 'duration' | 'readFails' | 'kills'> => {
  let read = 0;
  let call = 0;
  return {
    readFails: () => { read += 1; return reads[read - 1] ?? false; },
    duration: () => { call += 1; return durations[call % durations.length] ?? 1; },
    kills,
  };
};

/** The first time each record was handled, in time order. */
const firsts = (handled: readonly StreamRecord[]): readonly StreamRecord[] => handled.filter((record, index) => handled.findIndex((other) => other.sequence === record.sequence) === index);

describe('the event source scheduler, on simulated shards and any schedule of faults', () => {
  it('loses no record', () => {
    fc.assert(fc.property(reshardedStream, patientSettings, faults, (shards, settings, schedule) => {
      const result = run({ settings, shards, ...scheduleOf(schedule) }, faulty(schedule, settings.reportsItemFailures));
      expect(result.drained).toBe(true);
      expect(distinct(sequences(result.handled))).toEqual(all(shards));
    }), { numRuns: 500 });
  });

  it("hands a key's records to the function in their order, across lanes, retries, kills and a split", () => {
    fc.assert(fc.property(reshardedStream, patientSettings, faults, (shards, settings, schedule) => {
      const { handled } = run({ settings, shards, ...scheduleOf(schedule) }, faulty(schedule, settings.reportsItemFailures));
      for (const key of ['key-0', 'key-1', 'key-2', 'key-3']) {
        const ofKey = sequences(firsts(handled).filter((record) => record.partitionKey === key));
        expect(ofKey).toEqual([...ofKey].sort(compareSequence));
      }
    }), { numRuns: 500 });
  });

  it('never stores a checkpoint beyond a record that was not handled', () => {
    fc.assert(fc.property(reshardedStream, patientSettings, faults, fc.nat(8_000), (shards, settings, schedule, moment) => {
      const { handled, checkpoints } = run({ settings, shards, ...scheduleOf(schedule), until: moment }, faulty(schedule, settings.reportsItemFailures));
      const seen = new Set(sequences(handled));
      for (const { shard, records } of shards) {
        const checkpoint = checkpoints[shard];
        const covered = records.filter((record) => checkpoint?.kind === 'end' || (checkpoint?.kind === 'after' && compareSequence(record.sequence, checkpoint.sequence) <= 0));
        expect(sequences(covered).filter((sequence) => !seen.has(sequence))).toEqual([]);
      }
    }), { numRuns: 500 });
  });

  it('keeps to the batch size', () => {
    fc.assert(fc.property(reshardedStream, patientSettings, faults, (shards, settings, schedule) => {
      const { batches } = run({ settings, shards, ...scheduleOf(schedule) }, faulty(schedule, settings.reportsItemFailures));
      expect(Math.max(0, ...batches.map((batch) => batch.length))).toBeLessThanOrEqual(settings.batchSize);
    }), { numRuns: 200 });
  });

  it('handles each record once when nothing fails', () => {
    fc.assert(fc.property(reshardedStream, patientSettings, (shards, settings) => {
      const { handled } = run({ settings, shards }, well);
      expect(sequences(handled).toSorted(compareSequence)).toEqual(all(shards));
    }), { numRuns: 200 });
  });

  it('loses nothing and keeps the order of keys when its settings change midway', () => {
    fc.assert(fc.property(reshardedStream, patientSettings, patientSettings, fc.nat(6_000), fc.nat(700), fc.boolean(), faults, (shards, settings, others, at, pause, enabled, schedule) => {
      const changes = [{ at, settings: { ...settings, batchSize: 7, enabled } }, { at: at + pause, settings: others }];
      const { handled, drained } = run({ settings, shards, changes, ...scheduleOf({ ...schedule, kills: [] }) }, faulty(schedule, false));
      expect(drained).toBe(true);
      expect(distinct(sequences(handled))).toEqual(all(shards));
      for (const key of ['key-0', 'key-1', 'key-2', 'key-3']) {
        const ofKey = sequences(firsts(handled).filter((record) => record.partitionKey === key));
        expect(ofKey).toEqual([...ofKey].sort(compareSequence));
      }
    }), { numRuns: 200 });
  });
});

describe('a mapping whose settings change', () => {
  it('takes them over when the batch under way has ended, so that no record is handled twice for it', () => {
    const changes = [{ at: 700, settings: settingsWith({ batchSize: 5 }) }];
    // Listed by 300, read by 600, under way until 900.
    const { handled, drained } = run({ settings: settingsWith(), shards: oneShard(numbered(20)), changes, duration: () => 300 }, well);
    expect(drained).toBe(true);
    expect(handled).toHaveLength(20);
  });
});

describe('a batch that fails', () => {
  const poisonAt = (sequence: string) => (records: readonly StreamRecord[]): { outcome: Outcome; handled: readonly StreamRecord[] } =>
    records.some((record) => record.sequence === sequence) ? { outcome: { kind: 'failed', functionError: 'Unhandled' }, handled: [] } : well(records);

  it('is cut in two until a poison record stands alone, and only that record is given up', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 60 }), fc.nat(59), fc.integer({ min: 1, max: 60 }), fc.nat(3), (count, at, batchSize, retries) => {
      const records = numbered(count);
      const poison = records[at % count]?.sequence ?? '';
      const { handled, discarded } = run({ settings: settingsWith({ batchSize, bisects: true, maximumRetries: retries }), shards: oneShard(records) }, poisonAt(poison));
      expect(discarded.map((batch) => sequences(batch.records))).toEqual([[poison]]);
      expect(discarded[0]).toMatchObject({ reason: 'RetryAttemptsExhausted', functionError: 'Unhandled' });
      expect(sequences(handled)).toEqual(sequences(records).filter((sequence) => sequence !== poison));
    }));
  });

  it('is tried once and then as often as its mapping retries, and given up whole', () => {
    fc.assert(fc.property(fc.nat(5), (maximumRetries) => {
      const { batches, discarded } = run({ settings: settingsWith({ batchSize: 4, maximumRetries }), shards: oneShard(numbered(4)) }, () => ({ outcome: { kind: 'failed', functionError: 'Unhandled' }, handled: [] }));
      expect(batches).toHaveLength(1 + maximumRetries);
      expect(discarded).toMatchObject([{ reason: 'RetryAttemptsExhausted', invocations: 1 + maximumRetries }]);
      expect(discarded[0]?.records).toHaveLength(4);
    }));
  });

  it('gives up only what remains after the records before the reported one', () => {
    const { discarded, handled } = run({ settings: settingsWith({ batchSize: 10, maximumRetries: 0 }), shards: oneShard(numbered(10)) }, (records) => {
      const stop = records[3];
      return stop && records.length === 10 ? { outcome: { kind: 'partly', failed: stop.sequence }, handled: records.slice(0, 3) } : well(records);
    });
    expect(handled).toHaveLength(3);
    expect(discarded[0]?.records).toHaveLength(7);
  });

  it('holds up its own lane and no other', () => {
    const records = numbered(40, (index) => `key-${index % 8}`);
    const { handled } = run({ settings: settingsWith({ batchSize: 5, parallelization: 4 }), shards: oneShard(records), until: 60_000 }, (batch) =>
      batch.some((record) => record.partitionKey === 'key-0') ? { outcome: { kind: 'failed', functionError: 'Unhandled' }, handled: [] } : well(batch));
    const stuck = records.length - new Set(sequences(handled)).size;
    expect(stuck).toBeGreaterThan(0);
    expect(stuck).toBeLessThan(records.length);
  });

  it('is offered to its destination until that takes it, before anything after it is handled', () => {
    let refusals = 3;
    const events: string[] = [];
    const result = run({
      settings: settingsWith({ batchSize: 2, maximumRetries: 0 }), shards: oneShard(numbered(4)),
      discard: () => { refusals -= 1; events.push(refusals < 0 ? 'taken' : 'refused'); return refusals < 0; },
    }, (records) => {
      events.push(`invoked ${records[0]?.sequence.slice(-1)}`);
      return records[0]?.sequence.endsWith('1') ? { outcome: { kind: 'failed', functionError: 'Unhandled' }, handled: [] } : well(records);
    });
    expect(result.drained).toBe(true);
    expect(events).toEqual(['invoked 1', 'refused', 'refused', 'refused', 'taken', 'invoked 3']);
  });

  it('does not use up its retries while the function is throttled', () => {
    let throttled = 20;
    const { discarded, handled } = run({ settings: settingsWith({ maximumRetries: 0 }), shards: oneShard(numbered(5)) }, (records) => {
      throttled -= 1;
      return throttled >= 0 ? { outcome: { kind: 'not-run', reason: 'TooManyRequestsException' }, handled: [] } : well(records);
    });
    expect(discarded).toEqual([]);
    expect(handled).toHaveLength(5);
  });

  it('loses the records that have become too old, and only those', () => {
    const records = [recordAt(0, 'a', 1), recordAt(0, 'a', 2), recordAt(50_000, 'a', 3)];
    const { discarded, handled } = run({ settings: settingsWith({ maximumAge: 60_000 }), shards: oneShard(records) }, (batch, now) =>
      now < 70_000 ? { outcome: { kind: 'failed', functionError: 'Unhandled' }, handled: [] } : well(batch));
    expect(discarded.map((batch) => [batch.reason, sequences(batch.records)])).toEqual([['RecordAgeExpired', sequences(records.slice(0, 2))]]);
    expect(sequences(handled)).toEqual(sequences(records.slice(2)));
  });
});

describe('a batch', () => {
  it('waits for its window to end when it does not fill', () => {
    const records = [recordAt(100, 'a', 1), recordAt(3_000, 'a', 2), recordAt(8_000, 'a', 3)];
    const { batches, moments } = run({ settings: settingsWith({ batchingWindow: 5_000 }), shards: oneShard(records) }, well);
    expect(batches.map(sequences)).toEqual([sequences(records.slice(0, 2)), sequences(records.slice(2))]);
    expect(moments[0]).toBeGreaterThanOrEqual(5_100);
  });

  it('does not wait when it is full', () => {
    const { moments } = run({ settings: settingsWith({ batchSize: 5, batchingWindow: 300_000 }), shards: oneShard(numbered(10)), until: 10_000 }, well);
    expect(moments).toHaveLength(2);
  });

  it('stays under the payload limit of an invocation', () => {
    const records = numbered(20).map((record) => ({ ...record, data: 'x'.repeat(1_000_000) }));
    const { batches } = run({ settings: settingsWith({ batchSize: 10_000 }), shards: oneShard(records) }, well);
    expect(batches.map((batch) => batch.length)).toEqual([6, 6, 6, 2]);
  });
});

describe('a mapping that begins', () => {
  const records = [recordAt(0, 'a', 1), recordAt(1_000, 'a', 2), recordAt(5_000, 'a', 3)];

  it('at TRIM_HORIZON reads everything', () => {
    expect(run({ settings: settingsWith(), shards: oneShard(records) }, well).handled).toHaveLength(3);
  });

  it('at LATEST reads what comes after it began, and after a kill still from there', () => {
    const late = oneShard([recordAt(-5, 'a', 1), ...records.slice(1)]);
    // Killed when a record has come that was not read yet.
    const { handled } = run({ settings: settingsWith({ startingPosition: 'LATEST' }), shards: late, duration: () => 50, kills: [1_010] }, well);
    expect(sequences(handled)).toEqual(sequences(records.slice(1)));
  });

  it('at AT_TIMESTAMP reads from that moment', () => {
    expect(sequences(run({ settings: settingsWith({ startingPosition: 'AT_TIMESTAMP', startingTimestamp: 1_000 }), shards: oneShard(records) }, well).handled)).toEqual(sequences(records.slice(1)));
  });
});
