import fc from 'fast-check';
import type { StreamRecord } from '../../../local/event-source/record';
import type { MappingSettings } from '../../../local/event-source/settings';
import type { SimulatedShard } from '../../../local/event-source/simulation';

/** A mapping's settings; what a test is about is given, the rest is plain. */
export const settingsWith = (given: Partial<MappingSettings> = {}): MappingSettings => ({
  id: 'mapping-1',
  streamArn: 'arn:aws:kinesis:eu-west-1:000000000000:stream/events',
  functionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:consumer',
  enabled: true,
  batchSize: 10,
  batchingWindow: 0,
  parallelization: 1,
  reportsItemFailures: true,
  bisects: false,
  maximumRetries: undefined,
  maximumAge: undefined,
  destination: undefined,
  startingPosition: 'TRIM_HORIZON',
  startingTimestamp: undefined,
  ...given,
});

let made = 0;

/** A record that arrives at a moment; sequence numbers count up over all shards, as Kinesis' do. */
export const recordAt = (arrival: number, partitionKey: string, sequence?: number): StreamRecord => {
  made += 1;
  return { sequence: String(sequence ?? made).padStart(30, '0'), partitionKey, data: '', arrival };
};

const split = 4_000;

/** A shard that is split once, with records of a few keys before and after; the parent's last records are read when it is closed. */
export const reshardedStream: fc.Arbitrary<readonly SimulatedShard[]> = fc
  .record({ before: fc.array(fc.tuple(fc.nat(split - 1), fc.nat(3)), { maxLength: 60 }), after: fc.array(fc.tuple(fc.nat(4_000), fc.nat(3)), { maxLength: 60 }) })
  .map(({ before, after }) => {
    let sequence = 0;
    const records = (arrivals: readonly (readonly [number, number])[]): readonly StreamRecord[] => [...arrivals].sort(([one], [other]) => one - other)
      .map(([arrival, key]) => { sequence += 1; return recordAt(arrival, `key-${key}`, sequence); });
    const parent = records(before);
    const children = records(after.map(([arrival, key]) => [split + arrival, key] as const));
    // Keys 0 and 1 belong to the left child.
    const isLeft = (record: StreamRecord): boolean => record.partitionKey < 'key-2';
    return [
      { shard: 'parent', parents: [], openedAt: 0, closedAt: split, records: parent },
      { shard: 'left', parents: ['parent'], openedAt: split, closedAt: undefined, records: children.filter(isLeft) },
      { shard: 'right', parents: ['parent'], openedAt: split, closedAt: undefined, records: children.filter((record) => !isLeft(record)) },
    ];
  });

/** Settings of all kinds under which nothing is ever given up. */
export const patientSettings: fc.Arbitrary<MappingSettings> = fc
  .record({
    batchSize: fc.integer({ min: 1, max: 20 }),
    batchingWindow: fc.constantFrom(0, 0, 300, 1_500),
    parallelization: fc.integer({ min: 1, max: 4 }),
    reportsItemFailures: fc.boolean(),
    bisects: fc.boolean(),
  })
  .map(settingsWith);

/** How things go wrong: each list is consumed an entry at a time, and then all goes well. */
export interface Faults {
  /** 0: well; 1: throws before its work; 2: throws after; 3: stops at a record; 4: is throttled. */
  readonly invocations: readonly { readonly kind: number; readonly at: number }[];
  readonly reads: readonly boolean[];
  readonly durations: readonly number[];
  readonly kills: readonly number[];
}

export const faults: fc.Arbitrary<Faults> = fc.record({
  invocations: fc.array(fc.record({ kind: fc.nat(4), at: fc.nat(19) }), { maxLength: 60 }),
  reads: fc.array(fc.boolean(), { maxLength: 20 }),
  durations: fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 40 }),
  kills: fc.array(fc.nat(8_000), { maxLength: 4 }),
});
