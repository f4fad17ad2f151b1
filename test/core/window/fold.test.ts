import fc from 'fast-check';
import { decodeState, emptyState, encodeState, featuresAt, fold, foldHistory, planView, prepareRecord } from '../../../core/window';
import type { PreparedRecord, ViewState } from '../../../core/window';
import { naiveFeatures } from '../../../core/window/oracle';
import { options, oracleEvent, plan, readingsManifest, readingsView, recordAt } from './support';
import type { Reading } from './support';

const start = Date.UTC(2001, 5, 1);
const day = 86_400_000;

const readings = fc.uniqueArray(fc.record({
  time: fc.oneof(fc.integer({ min: start, max: start + 30 * day }), fc.integer({ min: start + 29 * day, max: start + 30 * day }), fc.integer({ min: 0, max: 600 }).map((minutes) => start + minutes * 300_000)),
  id: fc.uuid(), value: fc.option(fc.integer({ min: -50, max: 50 })), level: fc.double({ min: -1e6, max: 1e6, noNaN: true }), note: fc.option(fc.string({ maxLength: 4 })),
}), { maxLength: 60, selector: ({ id }) => id });

const prepared = (reading: Reading, sequence: number, shard?: string): PreparedRecord => {
  const record = prepareRecord(plan, recordAt(reading, sequence, shard));
  if (!record) throw new Error('The reading describes no device.');
  return record;
};

/** Tiles and registers as bytes: what must not depend on order. Watermarks, rings and expiry do, by their nature. */
const canonical = (state: ViewState): string => Buffer.from(encodeState(plan, { ...state, watermarks: [], ring: [], arrival: 0, expiresAt: 0 })).toString('hex');

const inBatches = <T>(items: readonly T[], sizes: readonly number[]): readonly (readonly T[])[] => {
  const batches: T[][] = [];
  for (let index = 0, turn = 0; index < items.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    batches.push(items.slice(index, index + size));
    index += size;
  }
  return batches;
};

describe('folding records into a state item', () => {
  it('gives the features that a naive count over the events gives', () => {
    fc.assert(fc.property(readings, fc.integer({ min: 1, max: 3 * day }), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }), (events, after, sizes) => {
      let state: ViewState | undefined;
      for (const batch of inBatches(events.map((reading, index) => prepared(reading, index + 1)), sizes)) state = fold(plan, state, batch, options).state;
      const t = Math.max(start, ...events.map(({ time }) => time)) + after;
      const known = events.map((reading) => oracleEvent({ ...reading }));
      expect(featuresAt(plan, state, t)).toEqual(naiveFeatures(readingsView, known, t));
    }), { numRuns: 300 });
  });

  it('divides once for a mean, so that three tenths have a mean of one tenth', () => {
    const { state } = fold(plan, undefined, [1, 2, 3].map((sequence) => prepared({ time: start, id: String(sequence), value: 1, level: 0.1 }, sequence)), options);
    expect(featuresAt(plan, state, start + 1)['mean_level_1h']).toBe(0.1);
  });

  it('gives the same tiles to the byte whatever the order and the batches', () => {
    const shuffled = readings.chain((events) => fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length }), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 })));
    fc.assert(fc.property(shuffled, ([events, other, sizes]) => {
      const first = fold(plan, undefined, events.map((reading, index) => prepared(reading, index + 1)), options).state;
      let second = emptyState(plan);
      for (const batch of inBatches(other.map((reading, index) => prepared(reading, index + 1)), sizes)) second = fold(plan, second, batch, options).state;
      expect(canonical(second)).toBe(canonical(first));
    }), { numRuns: 300 });
  });

  it('counts a record once when it is delivered again', () => {
    fc.assert(fc.property(readings, fc.nat(), (events, from) => {
      const records = events.map((reading, index) => prepared(reading, index + 1));
      const once = fold(plan, undefined, records, options).state;
      const again = fold(plan, once, records.slice(from % (records.length + 1)), options);
      expect(again.changed).toBe(false);
      expect(encodeState(plan, again.state)).toEqual(encodeState(plan, once));
    }));
  });

  it('keeps a watermark for each shard, so that one shard never hides another', () => {
    const reading = { time: start, id: 'a', value: 1, level: 1 };
    const first = fold(plan, undefined, [prepared(reading, 9, 'shard-1')], options).state;
    const { state, counts } = fold(plan, first, [prepared({ ...reading, id: 'b' }, 3, 'shard-2')], options);
    expect(counts.folded).toBe(1);
    expect(featuresAt(plan, state, start + 1)['n_1h']).toBe(2);
  });

  it('orders sequence numbers by value and not by text', () => {
    const reading = { time: start, id: 'a', value: 1, level: 1 };
    const nine = fold(plan, undefined, [prepared(reading, 9)], options).state;
    expect(fold(plan, nine, [prepared({ ...reading, id: 'b' }, 10)], options).counts.folded).toBe(1);
  });

  it('drops an identity that a producer sent twice under two positions', () => {
    const reading = { time: start, id: 'a', value: 1, level: 1 };
    const { counts, state } = fold(plan, undefined, [prepared(reading, 1), prepared(reading, 2)], options);
    expect(counts).toEqual({ folded: 1, duplicates: 1, alreadyFolded: 0, late: 0 });
    expect(featuresAt(plan, state, start + 1)['n_1h']).toBe(1);
  });

  it('counts an event with no tile left as late, and still counts a younger one in its own tile', () => {
    const fresh = fold(plan, undefined, [prepared({ time: start + 30 * day, id: 'a', value: 1, level: 1 }, 1)], options).state;
    const { counts, state } = fold(plan, fresh, [prepared({ time: start, id: 'b', value: 1, level: 1 }, 2), prepared({ time: start + 29.9 * day, id: 'c', value: 1, level: 1 }, 3)], options);
    expect(counts).toEqual({ folded: 1, late: 1, duplicates: 0, alreadyFolded: 0 });
    expect(featuresAt(plan, state, start + 30 * day + 1)['n_24h']).toBe(2);
  });

  it('folds an item past its expiry as empty, by the arrival of the record and by no clock', () => {
    const old = fold(plan, undefined, [prepared({ time: start, id: 'a', value: 1, level: 1 }, 1)], options).state;
    const arrival = old.expiresAt * 1000 + 1;
    const { state } = fold(plan, old, [prepared({ time: start + 1, known: arrival, id: 'b', value: 1, level: 1 }, 2)], options);
    expect(canonical(state)).toBe(canonical(fold(plan, undefined, [prepared({ time: start + 1, known: arrival, id: 'b', value: 1, level: 1 }, 2)], options).state));
  });

  it('forgets a closed shard a day after nothing of it can be delivered any more', () => {
    const first = fold(plan, undefined, [prepared({ time: start, id: 'a', value: 1, level: 1 }, 1, 'closed')], options).state;
    const later = (known: number) => fold(plan, first, [prepared({ time: start, known, id: 'b', value: 1, level: 1 }, 1, 'open')], options).state.watermarks.map(({ shard }) => shard);
    expect(later(start + 2 * day)).toEqual(['closed', 'open']);
    expect(later(start + 2 * day + 1)).toEqual(['open']);
  });

  it('takes history without leaving watermarks', () => {
    const { state } = foldHistory(plan, undefined, [prepared({ time: start, id: 'a', value: 1, level: 1 }, 1)], options);
    expect(state.watermarks).toEqual([]);
    expect(featuresAt(plan, state, start + 1)['n_1h']).toBe(1);
  });

  it('takes history that was imported months apart as one, in any order', () => {
    const early = prepared({ time: start, known: start + day, id: 'a', value: 1, level: 1 }, 1);
    const late = prepared({ time: start + 1, known: start + 90 * day, id: 'b', value: 1, level: 1 }, 2);
    for (const records of [[early, late], [late, early]]) expect(featuresAt(plan, foldHistory(plan, undefined, records, options).state, start + 2)['n_1h']).toBe(2);
  });

  it('keeps the last value alike in any order, even when one identity came with two', () => {
    const both = [{ time: start, id: 'a', value: 1, level: 1 }, { time: start, id: 'a', value: 2, level: 1 }].map((reading, index) => prepared(reading, index + 1));
    const folded = (records: readonly PreparedRecord[]) => records.reduce<ViewState | undefined>((state, record) => fold(plan, state && { ...state, watermarks: [], ring: [] }, [record], options).state, undefined);
    expect(folded(both)?.registers).toEqual(folded(both.toReversed())?.registers);
  });

  it('refuses values that no window can hold', () => {
    for (const level of [Number.NaN, Number.POSITIVE_INFINITY, 1e305]) expect(() => prepareRecord(plan, recordAt({ time: start, id: 'a', value: 1, level }, 1))).toThrow(RangeError);
    expect(() => prepareRecord(plan, recordAt({ time: start, id: 'a', value: 0.5, level: 1 }, 1))).toThrow('cannot be summed as int');
    const withOnly = (feature: string) => planView(readingsManifest.manifest, { ...readingsView, features: readingsView.features.filter(({ name }) => name === feature) });
    expect(() => prepareRecord(withOnly('top_1h'), recordAt({ time: start, id: 'a', value: 1, level: Number.NaN }, 1))).toThrow('cannot be kept as an extreme; allowed are finite numbers');
    expect(() => prepareRecord(withOnly('low_1h'), recordAt({ time: start, id: 'a', value: 0.5, level: 1 }, 1))).toThrow('allowed are whole numbers');
    expect(() => prepareRecord(withOnly('newest_24h'), recordAt({ time: start, id: 'a', value: Number.NaN, level: 1 }, 1))).toThrow('cannot be kept in readings@v1');
  });

  it('takes of two rows of one instant the one whose source and id come last by their bytes, as every engine does', () => {
    // U+1F6E9 is two units of UTF-16 that come before U+FFEE, and four bytes of UTF-8 that come after it.
    const [before, after] = [{ time: start, id: '\uffee', value: 1, level: 1 }, { time: start, id: '\u{1f6e9}', value: 2, level: 1 }];
    for (const order of [[before, after], [after, before]]) {
      const { state } = fold(plan, undefined, order.map((reading, index) => prepared(reading, index + 1)), options);
      expect(featuresAt(plan, state, start + 1)['newest_24h']).toBe(2);
    }
  });

  it('refuses a key that no item can have, for a person to look at: its read would fail that of every other item', () => {
    const record = recordAt({ time: start, id: 'a', value: 1, level: 1 }, 1);
    const withKey = (device: string) => () => prepareRecord(plan, { ...record, row: { ...record.row, device } });
    expect(withKey('é'.repeat(1020))).not.toThrow();
    expect(withKey('é'.repeat(1021))).toThrow('A key of 2049 bytes cannot be folded into readings@v1');
  });

  it('refuses a time that no tile can hold, for a person to look at', () => {
    expect(() => prepareRecord(plan, recordAt({ time: Number.NaN, id: 'a', value: 1, level: 1 }, 1))).toThrow('cannot be folded into readings@v1');
  });
});

describe('the packed state item', () => {
  it('reads back as it was written', () => {
    fc.assert(fc.property(readings, (events) => {
      const { state } = fold(plan, undefined, events.map((reading, index) => prepared(reading, index + 1)), options);
      expect(decodeState(plan, encodeState(plan, state))).toEqual(state);
    }));
  });

  it('keeps sequence numbers of 129 digits', () => {
    const record = prepared({ time: start, id: 'a', value: 1, level: 1 }, 1);
    const sequence = '9'.repeat(129);
    const { state } = fold(plan, undefined, [{ ...record, position: { ...record.position, sequence } }], options);
    expect(decodeState(plan, encodeState(plan, state)).watermarks[0]?.sequence).toBe(sequence);
  });

  it('takes about 35 bytes more for each further shard of a stream', () => {
    const sequence = (shard: number): string => `4966${'7'.repeat(50)}${String(shard).padStart(2, '0')}`;
    const sizes = [1, 17].map((count) => {
      const records = Array.from({ length: count }, (_, shard) => {
        const record = prepared({ time: start, known: start + shard * 1000, id: String(shard), value: 1, level: 1 }, 1, `shardId-0000000000${String(shard).padStart(2, '0')}`);
        return { ...record, identity: 1, position: { ...record.position, sequence: sequence(shard) } };
      });
      return encodeState(plan, fold(plan, undefined, records, options).state).length;
    });
    expect(((sizes[1] ?? 0) - (sizes[0] ?? 0)) / 16).toBeLessThan(36);
  });

  it('keeps shards of several streams apart, whatever their names', () => {
    const names = ['shardId-000000000007', 'shardId-7', '7', '', 'é', 'shardId-000000000007 '];
    const records = ['one', 'two'].flatMap((source) => names.map((shard, index) => {
      const record = prepared({ time: start, known: start + index, id: `${source}${index}`, value: 1, level: 1 }, index + 1, shard);
      return { ...record, position: { ...record.position, source } };
    }));
    const { state } = fold(plan, undefined, records, options);
    expect(state.watermarks.length).toBe(12);
    expect(decodeState(plan, encodeState(plan, state))).toEqual(state);
  });

  it('has these bytes in layout 1', () => {
    const { state } = fold(plan, undefined, [prepared({ time: start, id: 'a', value: 12, level: 0.5, note: 'x' }, 7)], options);
    const bytes = Buffer.from(encodeState(plan, state));
    expect(bytes.subarray(0, 1).toString('hex')).toBe('01');
    expect(bytes.subarray(5).toString('hex')).toBe(GOLDEN);
  });

  it('is refused by a plan that keeps other parts, though the view is the same', () => {
    // A column that may now be absent needs a count of its own: the same view then keeps one part more.
    const { manifest, view } = readingsManifest;
    const sensed = manifest.events['sensor.read@v1'];
    if (!sensed) throw new Error('The event sensor.read@v1 is missing.');
    const fields = { ...sensed.fields, level: { scalar: 'float', optional: true, personal: false } } as const;
    const other = planView({ ...manifest, events: { 'sensor.read@v1': { ...sensed, fields } } }, view);
    expect(() => decodeState(other, encodeState(plan, emptyState(plan)))).toThrow('another content of that view');
  });

  it('leaves no tile behind for rows that count nowhere', () => {
    const { manifest, view } = readingsManifest;
    const highs = { ...view, features: view.features.filter(({ name }) => name.startsWith('n_high')) };
    const plain = planView(manifest, highs);
    const record = prepareRecord(plain, recordAt({ time: start, id: 'a', value: 1, level: 1 }, 1));
    const { state, counts } = fold(plain, undefined, record ? [record] : [], options);
    expect(counts.folded).toBe(1);
    expect(state.tiers.map(({ size }) => size)).toEqual([0, 0, 0]);
  });

  it('refuses another layout, another content of the view, and damaged bytes', () => {
    const bytes = Buffer.from(encodeState(plan, emptyState(plan)));
    const changed = (index: number): Buffer => { const copy = Buffer.from(bytes); copy[index] = (copy[index] ?? 0) ^ 0xff; return copy; };
    expect(() => decodeState(plan, changed(0))).toThrow('has the layout 254');
    expect(() => decodeState(plan, changed(2))).toThrow('another content of that view');
    expect(() => decodeState(plan, bytes.subarray(0, -1))).toThrow(RangeError);
    expect(() => decodeState(plan, Buffer.concat([bytes, Buffer.from([0])]))).toThrow('damaged');
  });
});

const GOLDEN = '80f09d8aed1c80f09d8aed1c80e6afd90301c0d8c901020218c0843d02020219013fe000000000000001b0e710020218c0843d02020219013fe000000000000001d259020218c0843d020280f09d8aed1c0173016140280000000000000180f09d8aed1c017301610178010673747265616d0101070000018c7aef7c29e2';
