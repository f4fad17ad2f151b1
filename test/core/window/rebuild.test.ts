import fc from 'fast-check';
import { positionOf, positionText } from '../../../core/event/position';
import { emptyState, fold, foldHistory, prepareRecord } from '../../../core/window';
import type { PreparedRecord, ViewState } from '../../../core/window';
import { differenceOf, differenceSize } from '../../../core/window/difference';
import { holdsLine, isImported, rebuildEntity } from '../../../core/window/rebuild';
import { options, plan, recordAt } from './support';

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
const start = Date.UTC(2001, 5, 1);

interface Sent { readonly shard: number; readonly late: number; readonly value: number | null; readonly repeats: boolean }

/** Records of one entity in the order in which they arrived, some of them copies of the one before. */
const prepared = (all: readonly Sent[]): readonly PreparedRecord[] => {
  const records: PreparedRecord[] = [];
  for (const [index, { shard, late, value, repeats }] of all.entries()) {
    const before = records.at(-1);
    const arrival = start + index * 40 * minute;
    if (repeats && before) { records.push({ ...before, arrival, position: { ...before.position, shard: `shardId-00000000000${shard}`, sequence: String(index + 1) } }); continue; }
    const record = prepareRecord(plan, { ...recordAt({ time: arrival - late * minute, known: arrival, id: `r${index}`, value, level: index / 4 }, index + 1, `shardId-00000000000${shard}`) });
    if (record) records.push(record);
  }
  return records;
};

const rebuilt = (records: readonly PreparedRecord[]): ViewState | undefined => {
  const rebuild = rebuildEntity(plan, options);
  const seen = new Set<number>();
  for (const record of [...records].sort((left, right) => left.arrival - right.arrival || (positionText(left.position) < positionText(right.position) ? -1 : 1))) {
    rebuild.add(record, seen.has(record.identity));
    seen.add(record.identity);
  }
  return rebuild.finish();
};
const folded = (records: readonly PreparedRecord[]): ViewState => records.reduce<ViewState>((state, record) => fold(plan, state, [record], options).state, emptyState(plan));

const sent = fc.array(fc.record<Sent>({ shard: fc.nat(1), late: fc.oneof(fc.constant(0), fc.nat(300), fc.nat(30_000)), value: fc.option(fc.integer({ min: -20, max: 20 })), repeats: fc.nat(9).map((chance) => chance === 0) }), { minLength: 1, maxLength: 60 });

describe('a state that is worked out anew from the lake', () => {
  it('is what folding the stream left: tiles, registers, watermarks and ring', () => {
    fc.assert(fc.property(sent, (all) => {
      const records = prepared(all);
      const [own, live] = [rebuilt(records), folded(records)];
      expect(differenceSize(differenceOf(plan, live, own))).toBe(0);
      expect({ newest: own?.newest, arrival: own?.arrival, expiresAt: own?.expiresAt }).toEqual({ newest: live.newest, arrival: live.arrival, expiresAt: live.expiresAt });
      expect(own?.watermarks.map(({ arrival: _arrival, ...place }) => place)).toEqual(live.watermarks.map(({ arrival: _arrival, ...place }) => place));
      expect(own?.ring).toEqual(live.ring);
    }), { numRuns: 200 });
  });

  it('at the watermarks of a state that is behind is that state', () => {
    fc.assert(fc.property(sent, fc.nat(60), (all, cut) => {
      const records = prepared(all);
      const live = folded(records.slice(0, Math.max(1, Math.min(cut, records.length))));
      expect(differenceSize(differenceOf(plan, live, rebuilt(records.filter((record) => holdsLine(live, record, options)))))).toBe(0);
    }), { numRuns: 200 });
  });

  it('takes an imported line whatever the watermarks say, and leaves none behind for it', () => {
    const [record] = prepared([{ shard: 0, late: 0, value: 3, repeats: false }]);
    if (!record) throw new Error('there is no record');
    const imported = { ...record, position: { source: 'import/history', shard: 'file', sequence: '7', subSequence: 0 } };
    expect([isImported(imported.position), holdsLine(emptyState(plan), imported, options), holdsLine(emptyState(plan), record, options)]).toEqual([true, true, false]);
    expect(rebuilt([imported])).toMatchObject({ watermarks: [], newest: record.effectiveTime });
    expect(differenceSize(differenceOf(plan, foldHistory(plan, undefined, [imported], options).state, rebuilt([imported])))).toBe(0);
  });

  it('takes a line of a shard whose watermark was forgotten, and none of one that was never met', () => {
    const [first, second] = prepared([{ shard: 0, late: 0, value: 3, repeats: false }, { shard: 1, late: 0, value: 4, repeats: false }]);
    if (!first || !second) throw new Error('there are no records');
    const state = folded([first, { ...second, arrival: first.arrival + options.streamRetention + day + hour, effectiveTime: first.effectiveTime + options.streamRetention + day }]);
    expect(state.watermarks.map(({ shard }) => shard)).toEqual(['shardId-000000000001']);
    expect(holdsLine(state, first, options)).toBe(true);
    expect(holdsLine(state, { ...first, arrival: state.arrival }, options)).toBe(false);
  });

  it('passes over a line that no fold takes, as the watermark does', () => {
    const rebuild = rebuildEntity(plan, options);
    const records = prepared([{ shard: 0, late: 0, value: 3, repeats: false }, { shard: 0, late: 0, value: 3, repeats: false }]);
    const [first, second] = records;
    if (!first || !second) throw new Error('there are no records');
    rebuild.add(first, false);
    rebuild.pass(second);
    expect(rebuild.finish()?.watermarks).toEqual([{ ...second.position, arrival: second.arrival }]);
  });

  it('begins anew at a record that finds its item expired, however late that record is', () => {
    const [first, second] = prepared([{ shard: 0, late: 0, value: 3, repeats: false }, { shard: 0, late: 0, value: 4, repeats: false }]);
    if (!first || !second) throw new Error('there are no records');
    const after = { ...second, arrival: first.arrival + plan.reach + options.streamRetention + minute, effectiveTime: first.effectiveTime - hour };
    const live = folded([first, after]);
    expect(live.newest).toBe(after.effectiveTime);
    expect(differenceSize(differenceOf(plan, live, rebuilt([first, after])))).toBe(0);
    expect(rebuilt([first, after])?.watermarks).toEqual(live.watermarks);
  });

  it('of nothing is nothing', () => { expect(rebuildEntity(plan, options).finish()).toBeUndefined(); });
});

describe('a difference', () => {
  it('names the tile and its hop, and a register by its key', () => {
    const records = prepared(Array.from({ length: 5 }, () => ({ shard: 0, late: 0, value: 12, repeats: false })));
    const state = folded(records);
    const [tier = new Map<number, readonly number[]>(), ...others] = state.tiers;
    const [start_ = 0] = [...tier.keys()].slice(-1);
    const broken: ViewState = { ...state, tiers: [new Map([...tier].filter(([key]) => key !== start_)), ...others], registers: state.registers.map(() => undefined) };
    expect(differenceOf(plan, state, broken)).toEqual({ tiles: [{ hop: plan.tiers[0]?.hop, start: start_ }], registers: plan.registers.slice(0, 1).map(({ key }) => key) });
    expect(differenceSize(differenceOf(plan, undefined, undefined))).toBe(0);
  });
});

describe('a position', () => {
  it('is told by its text, whatever its source is called', () => {
    fc.assert(fc.property(fc.string({ maxLength: 9 }), fc.stringMatching(/^[^/]{1,9}$/u), fc.bigInt({ min: 0n, max: 10n ** 129n - 1n }), fc.nat(999_999), (source, shard, sequence, subSequence) => {
      const position = { source, shard, sequence: String(sequence), subSequence };
      expect(positionOf(positionText(position))).toEqual(position);
    }));
    expect(() => positionOf('somewhere')).toThrow("'somewhere' is no text of a position");
  });
});
