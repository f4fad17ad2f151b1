import { array, assert, asyncProperty, boolean, constantFrom, infiniteStream, integer } from 'fast-check';
import { count, entity, featureView, last, over, string, sum } from '../../../../core/definition';
import { judge } from '../../../../core/contract/judge';
import { tombstoneOf } from '../../../../core/erasure/tombstone';
import { positionText } from '../../../../core/event/position';
import type { ReceivedRecord } from '../../../../core/event/record';
import type { QuarantineLine } from '../../../../core/lake/line';
import type { LakeObject } from '../../../../core/lake/object';
import type { OutgoingRecord } from '../../../../lib/runtime/event-producer';
import { forwardedRecord, forwardingOf } from '../../../../lib/runtime/ingest/forward';
import type { KeepEffects } from '../../../../lib/runtime/ingest/keep-batch';
import { keepBatch } from '../../../../lib/runtime/ingest/keep-batch';
import { arrival, contracts, definitions, manifestOf, order, record, shipped } from '../../../fixtures/contracts';

const given = <Value>(value: Value | undefined): Value => { if (value === undefined) throw new Error('no view of Flink'); return value; };

type Fault = 'none' | 'refused' | 'answer lost';

/** Buckets in memory, in which writes fail as they are told to. */
const simulatedLake = (faults: () => Fault) => {
  const objects = new Map<string, LakeObject>();
  const effects: KeepEffects = {
    write: async (object) => {
      const fault = faults();
      await Promise.resolve();
      if (fault === 'refused') throw new Error('SlowDown');
      if (!objects.has(object.key)) objects.set(object.key, object);
      if (fault === 'answer lost') throw new Error('socket hang up');
      return 'written';
    },
    complain: () => undefined,
    hasTime: () => true,
  };
  return { objects, effects };
};

type Line = Pick<QuarantineLine, 'lineage' | 'original'>;
const linesIn = (objects: ReadonlyMap<string, LakeObject>, zone: LakeObject['zone']): readonly Line[] =>
  [...objects.values()].filter((object) => object.zone === zone).flatMap(({ content }) => content.toString('utf8').split('\n').slice(0, -1).map((line) => JSON.parse(line) as Line));

/** Delivers a batch until it is done, cutting it where the answer or chance says, as a mapping that bisects does. */
const deliver = async (records: readonly ReceivedRecord[], effects: KeepEffects, crashes: () => boolean): Promise<void> => {
  const waiting = [records];
  for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift()) {
    const { failedFrom } = await keepBatch(batch, contracts, effects);
    // The function may also die after it wrote and before it answered: then nothing counts as done, and the batch is halved.
    if (crashes()) {
      const middle = Math.ceil(batch.length / 2);
      waiting.unshift(...[batch.slice(0, middle), batch.slice(middle)].filter(({ length }) => length > 0));
    } else if (failedFrom !== undefined) {
      const at = batch.findIndex(({ position }) => position.sequence === failedFrom);
      expect(at).toBeGreaterThanOrEqual(0);
      waiting.unshift(batch.slice(at));
    }
  }
};

const recordedOn = (day: number) => shipped({}, { time: `2026-02-0${day}T08:00:00Z`, recordedtime: `2026-02-0${day}T09:00:00Z` });
const bodies = constantFrom<unknown>(order(), order({ items: 0 }), order({ note: 'é' }), recordedOn(1), recordedOn(2), recordedOn(3), '{', Buffer.from([0x7b, 0xff]), { ...order(), type: 'none' }, 'x'.repeat(300_000));

describe('keeping a batch', () => {
  it('leaves every record in raw or in quarantine, never in both, whatever fails and however the batch is cut', async () => {
    await assert(asyncProperty(array(bodies, { minLength: 1, maxLength: 25 }), infiniteStream(constantFrom<Fault>('none', 'none', 'refused', 'answer lost')), infiniteStream(integer({ min: 0, max: 5 })), async (sent, faults, chances) => {
      const records = sent.map((body, sequence) => record(body, { sequence }));
      const { objects, effects } = simulatedLake(() => faults.next().value ?? 'none');
      await deliver(records, effects, () => chances.next().value === 0);
      const raw = new Set(linesIn(objects, 'raw').map(({ lineage }) => lineage.position));
      const quarantine = new Set(linesIn(objects, 'quarantine').map(({ lineage }) => lineage.position));
      expect([...raw, ...quarantine].sort()).toEqual(records.map(({ position }) => positionText(position)).sort());
      for (const { lineage, original } of linesIn(objects, 'quarantine'))
        expect(Buffer.from(original, 'base64').equals(Buffer.from(records[Number(lineage.sequence)]?.data ?? ''))).toBe(true);
    }), { numRuns: 200 });
  });

  it('answers with the first record that is not known to be kept: everything before it is in the lake', async () => {
    await assert(asyncProperty(array(bodies, { minLength: 1, maxLength: 25 }), infiniteStream(boolean()), async (sent, refusals) => {
      const records = sent.map((body, sequence) => record(body, { sequence }));
      const refused: LakeObject[] = [];
      const { objects, effects } = simulatedLake(() => 'none');
      const { failedFrom, kept, counts } = await keepBatch(records, contracts, { ...effects, write: async (object) => {
        if (refusals.next().value === true) return await effects.write(object);
        refused.push(object);
        throw new Error('SlowDown');
      } });
      const lowest = Math.min(...refused.map(({ firstIndex }) => firstIndex), records.length);
      expect([failedFrom, kept]).toEqual([records[lowest]?.position.sequence, lowest]);
      const written = new Set([...linesIn(objects, 'raw'), ...linesIn(objects, 'quarantine')].map(({ lineage }) => lineage.sequence));
      for (const { position } of records.slice(0, lowest)) expect(written).toContain(position.sequence);
      expect([...counts.accepted.values(), ...counts.rejected.values()].reduce((sum, count) => sum + count, 0)).toBe(lowest);
    }));
  });

  it('writes the same objects when it is run twice', async () => {
    const records = [order(), '{', recordedOn(1), recordedOn(2)].map((body, sequence) => record(body, { sequence }));
    const { objects, effects } = simulatedLake(() => 'none');
    await keepBatch(records, contracts, effects);
    const first = [...objects.keys()];
    await keepBatch(records, contracts, effects);
    expect([...objects.keys()]).toEqual(first);
    expect(first).toHaveLength(4);
  });

  it('never lets a bad record hold up those after it', async () => {
    const { objects, effects } = simulatedLake(() => 'none');
    const hostile = [Buffer.alloc(0), Buffer.alloc(1_000_000, '['), '{"a":'.repeat(10_000), '{"__proto__":{}}', '{"type":"\\ud800"}', Buffer.from([0])];
    const { failedFrom } = await keepBatch([...hostile, order()].map((body, sequence) => record(body, { sequence })), contracts, effects);
    expect(failedFrom).toBeUndefined();
    expect(linesIn(objects, 'quarantine')).toHaveLength(6);
    expect(linesIn(objects, 'raw')).toHaveLength(1);
  });

  it('begins no write for which there is no time, and has it delivered again', async () => {
    const { objects, effects } = simulatedLake(() => 'none');
    const complaints: string[] = [];
    const outcome = await keepBatch([record(order(), { sequence: 9 })], contracts, { ...effects, hasTime: () => false, complain: (message) => { complaints.push(message); } });
    expect(outcome).toMatchObject({ failedFrom: '9', kept: 0 });
    expect(objects.size).toBe(0);
    expect(complaints).toEqual([expect.stringMatching(/^raw\/order\.placed\/v1\/.* could not be written$/u)]);
  });

  it('is done at once with no records', async () => {
    const { effects } = simulatedLake(() => 'none');
    expect(await keepBatch([], contracts, effects)).toMatchObject({ failedFrom: undefined, objects: 0 });
  });
});

describe('accepted events that Flink reads', () => {
  const wants = (contract: string): boolean => contract.startsWith('order.shipped');
  const batch = [order(), shipped(), shipped({ parcels: 'two' }), shipped({}, { id: 's-2' }), order()].map((body, sequence) => record(body, { sequence }));

  it('are sent on once they are in the lake, in their order, and nothing else is', async () => {
    const { objects, effects } = simulatedLake(() => 'none');
    const sent: string[] = [];
    const { failedFrom } = await keepBatch(batch, contracts, { ...effects, forward: { wants, unfoldable: () => [], put: async (events) => { expect(linesIn(objects, 'raw')).toHaveLength(4); sent.push(...events.map(({ accepted }) => accepted.event.id)); await Promise.resolve(); } } });
    expect([failedFrom, sent]).toEqual([undefined, ['s-1', 's-2']]);
  });

  it('make the batch be delivered again from the first of them when they are not taken', async () => {
    const { effects } = simulatedLake(() => 'none');
    const outcome = await keepBatch(batch, contracts, { ...effects, forward: { wants, unfoldable: () => [], put: async () => { await Promise.resolve(); throw new Error('no broker'); } } });
    expect([outcome.failedFrom, outcome.kept]).toEqual(['1', 1]);
  });

  it('wait where one before them is not in the lake', async () => {
    const { effects } = simulatedLake(() => 'none');
    const sent: string[] = [];
    const { failedFrom } = await keepBatch(batch, contracts, { ...effects, write: async (object) => { if (object.zone === 'quarantine') throw new Error('SlowDown'); return await effects.write(object); }, forward: { wants, unfoldable: () => [], put: async (events) => { sent.push(...events.map(({ accepted }) => accepted.event.id)); await Promise.resolve(); } } });
    expect([failedFrom, sent]).toEqual(['2', ['s-1']]);
  });

  const views = manifestOf({
    replayed: definitions.replayed, parcel: entity('parcel', { orderId: string() }),
    notes: featureView('notes', { version: 1, engine: 'flink', entity: entity('parcel', { orderId: string() }), from: definitions.replayed, by: ({ orderId }) => ({ orderId }), features: (row) => [over('1h', { newest: last(row.constructor), notes: count() })] }),
    weights: featureView('weights', { version: 1, engine: 'flink', entity: entity('parcel', { orderId: string() }), from: definitions.replayed, by: ({ orderId }) => ({ orderId }), features: (row) => [over('1h', { weights: sum(row.weight) })] }),
  });
  const told = (objects: ReadonlyMap<string, LakeObject>): readonly unknown[] => (linesIn(objects, 'quarantine') as QuarantineLine[]).map(({ lineage, reason, found }) => [lineage.sequence, reason, found]);

  it('are told of for each view of Flink\'s that passes over them, as the aggregator would: in quarantine, in raw, and sent on for the others', async () => {
    const { objects, effects } = simulatedLake(() => 'none');
    const sent: OutgoingRecord[] = [];
    const forward = given(forwardingOf(views, async (records) => { sent.push(...records); await Promise.resolve(); }));
    const old = shipped({}, { id: 'old', time: '1969-12-31T23:59:59Z', recordedtime: '1969-12-31T23:59:59Z' });
    const records = [old, shipped(), shipped({ constructor: 'x'.repeat(4097) }, { id: 'long' }), shipped({ constructor: '𝄞'.repeat(4096) }, { id: 's-2' }), shipped({ weight: 1e305 }, { id: 'heavy' })].map((body, sequence) => record(body, { sequence }));
    const { failedFrom, unfoldable } = await keepBatch(records, contracts, { ...effects, forward });
    expect([failedFrom, unfoldable, sent.length]).toEqual([undefined, 4, 5]);
    expect(linesIn(objects, 'raw')).toHaveLength(5);
    expect(told(objects)).toEqual([['0', 'fold_failed', 'RangeError while folding into notes@v1'], ['0', 'fold_failed', 'RangeError while folding into weights@v1'], ['2', 'fold_failed', 'RangeError while folding into notes@v1'], ['4', 'fold_failed', 'RangeError while folding into weights@v1']]);
  });

  it('are delivered again from the first of which nobody could be told', async () => {
    const { effects } = simulatedLake(() => 'none');
    const old = shipped({}, { id: 'old', time: '1969-12-31T23:59:59Z', recordedtime: '1969-12-31T23:59:59Z' });
    const outcome = await keepBatch([shipped(), old, shipped({}, { id: 's-2' })].map((body, sequence) => record(body, { sequence })), contracts, {
      ...effects, write: async (object) => { if (object.zone === 'quarantine') throw new Error('SlowDown'); return await effects.write(object); },
      forward: given(forwardingOf(views, async () => { await Promise.resolve(); })),
    });
    expect([outcome.failedFrom, outcome.kept, outcome.unfoldable]).toEqual(['1', 1, 0]);
  });

  it('are not sent on when they are of somebody who was erased', async () => {
    const { effects } = simulatedLake(() => 'none');
    const sent: string[] = [];
    const tombstone = tombstoneOf({ identifiers: ['s-1'] }, { erasure: 'e-1', salt: 'f00d', erasedAt: arrival, until: arrival + 1 });
    await keepBatch([record(shipped({}, { subject: 's-1' })), record(shipped({}, { id: 's-2' }), { sequence: 2 })], { ...contracts, tombstones: [tombstone] }, { ...effects, forward: { wants, unfoldable: () => [], put: async (events) => { sent.push(...events.map(({ accepted }) => accepted.event.id)); await Promise.resolve(); } } });
    expect(sent).toEqual(['s-2']);
  });

  it('carry what Flink reads: their identity, their times and their fields as values', () => {
    const received = record(shipped({ note: 'undeclared' }), { sequence: 7 });
    const judgement = judge(received, contracts);
    if (!judgement.accepted) throw new Error('it keeps its contract');
    const { partitionKey, data } = forwardedRecord({ record: received, accepted: judgement });
    expect([partitionKey, JSON.parse(Buffer.from(data).toString('utf8'))]).toEqual(['AB-1', {
      contract: 'order.shipped@v1', source: '/warehouse', id: 's-1', effective_time: Date.parse('2026-02-01T08:00:00Z'), known_at: arrival, arrival, position: positionText(received.position),
      data: { 'order.shipped@v1': { orderId: 'AB-1', constructor: null, parcels: 1, weight: 0.5 } },
    }]);
  });
});
