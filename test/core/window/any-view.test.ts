import fc from 'fast-check';
import { count, featureView, over } from 'headrace';
import type { Features, Width } from 'headrace';
import { compile } from '../../../core/manifest/compile';
import { decodeState, encodeState, featuresAt, fold, foldHistory, planView, prepareRecord } from '../../../core/window';
import type { PreparedRecord, ViewPlan, ViewState } from '../../../core/window';
import { naiveFeatures } from '../../../core/window/oracle';
import { everyAggregate, machine, worked } from './every-aggregate';
import { options } from './support';

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
const start = Date.UTC(2001, 5, 1);

const widths = fc.oneof(
  fc.integer({ min: 1, max: 143 }).map((hops): Width => `${hops * 5}m`), fc.integer({ min: 12, max: 60 }).map((hops): Width => `${hops}h`), fc.integer({ min: 12, max: 90 }).map((hops): Width => `${hops}d`), fc.constant<Width>('lifetime'));

const plans = fc.uniqueArray(fc.record({ width: widths, aggregate: fc.nat({ max: everyAggregate.length - 1 }) }), { minLength: 1, maxLength: 8, selector: ({ width, aggregate }) => `${width} ${aggregate}` })
  .map((chosen): ViewPlan | undefined => {
    const view = featureView('work', { version: 1, entity: machine, from: worked, by: (row) => ({ id: row.machine }), writeUnits: 100,
      features: (row): readonly Features[] => chosen.map(({ width, aggregate }) => over(width, { [`f${aggregate}`]: everyAggregate[aggregate]?.(row) ?? count() })) });
    const compilation = compile({ worked, machine, view });
    // Some are refused, as their items could be too large.
    if (!compilation.ok && compilation.problems.every(({ problem }) => problem.includes('over 350 KB'))) return undefined;
    const definition = compilation.ok ? compilation.manifest.views['work@v1'] : undefined;
    if (!compilation.ok || !definition) throw new Error(JSON.stringify(compilation));
    return planView(compilation.manifest, definition);
  }).filter((plan) => plan !== undefined);

const times = fc.oneof(
  fc.integer({ min: 0, max: 40 * day }), fc.integer({ min: 0, max: 3 * hour }), fc.integer({ min: 0, max: 40 * 24 }).map((hours) => hours * hour), fc.integer({ min: 0, max: 500 }).map((hops) => hops * 5 * minute - 1)).map((offset) => start + Math.max(0, offset));

const events = fc.uniqueArray(fc.record({
  id: fc.uuid(), source: fc.constantFrom('a', 'ab', 'é', '\u{1f6e9}', '\uffee'), effectiveTime: times,
  row: fc.record({ machine: fc.constant('m'), whole: fc.integer({ min: -20, max: 20 }), gap: fc.option(fc.integer({ min: -5, max: 5 })), real: fc.oneof(fc.double({ min: -1e9, max: 1e9, noNaN: true }), fc.constantFrom(0.1, 1 / 3, -0, 1e300)),
    on: fc.option(fc.boolean()), word: fc.option(fc.string({ maxLength: 3 })), since: fc.integer({ min: -day, max: start }) }),
}), { maxLength: 40, selector: ({ id }) => id });

const prepare = (plan: ViewPlan, each: { readonly id: string; readonly source: string; readonly effectiveTime: number; readonly row: Parameters<ViewPlan['entityOf']>[0] }, index: number): PreparedRecord => {
  const record = prepareRecord(plan, { ...each, position: { source: 'stream', shard: `shardId-00000000000${index % 3}`, sequence: String(index + 1), subSequence: 0 }, arrival: start + 41 * day });
  if (!record) throw new Error('The event describes no machine.');
  return record;
};

describe('whatever a view counts', () => {
  it('its state gives what a naive count over the events gives, at every moment after them', () => {
    fc.assert(fc.property(plans, events, fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 }), fc.oneof(fc.integer({ min: 1, max: 2 * hour }), fc.integer({ min: 1, max: 32 * day })), (plan, given, sizes, after) => {
      const records = given.map((each, index) => prepare(plan, each, index));
      let state: ViewState | undefined;
      for (let from = 0, turn = 0; from < records.length; turn += 1) {
        const size = sizes[turn % sizes.length] ?? 1;
        state = decodeState(plan, encodeState(plan, fold(plan, state, records.slice(from, from + size), options).state));
        from += size;
      }
      const t = Math.max(start, ...given.map(({ effectiveTime }) => effectiveTime)) + after;
      const expected = naiveFeatures(plan.view, given.map((each) => ({ ...each, knownAt: each.effectiveTime })), t);
      expect(featuresAt(plan, state, t)).toEqual(expected);
      expect(featuresAt(plan, foldHistory(plan, undefined, records, options).state, t)).toEqual(expected);
    }), { numRuns: 400 });
  });

  it('its state gives the same bytes when it is read and packed again', () => {
    fc.assert(fc.property(plans, events, (plan, given) => {
      const { state } = fold(plan, undefined, given.map((each, index) => prepare(plan, each, index)), options);
      expect(encodeState(plan, decodeState(plan, encodeState(plan, state)))).toEqual(encodeState(plan, state));
    }), { numRuns: 100 });
  });
});
