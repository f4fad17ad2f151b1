import fc from 'fast-check';
import { decodeState, encodeState, featuresAt, foldHistory } from '../../../../core/window';
import type { PreparedRecord, ViewState } from '../../../../core/window';
import { decodePartial, encodePartial, replacePartials } from '../../../../core/window/flink';
import type { Partial } from '../../../../core/window/flink';
import { partialsOfState } from '../../../../core/window/flink/rebuilt';
import { floorHop } from '../../../../core/window/hop';
import { naiveFeatures } from '../../../../core/window/oracle';
import { given } from '../../../fixtures/flights';
import { options, partialOf, plan, prepared, view } from './support';

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
const start = Date.UTC(2001, 5, 1, 12);

const events = fc.uniqueArray(fc.record({
  id: fc.uuid(), source: fc.constantFrom('a', 'é', '\u{1f6e9}'), effectiveTime: fc.oneof(fc.nat({ max: 20 * minute }), fc.nat({ max: 30 * hour }), fc.nat({ max: 13 * day })).map((ago) => start - ago),
  row: fc.record({ device: fc.constant('d|1'), value: fc.option(fc.integer({ min: -20, max: 20 })), level: fc.oneof(fc.double({ min: -1e9, max: 1e9, noNaN: true }), fc.constantFrom(0.1, -0, 1e300 / 1e200)), note: fc.option(fc.string({ unit: 'grapheme', maxLength: 3 })) }),
}), { minLength: 1, maxLength: 30, selector: ({ id }) => id });

type Events = typeof events extends fc.Arbitrary<infer E> ? E : never;
const recordsOf = (all: Events): readonly PreparedRecord[] => all.map((each) => prepared({ ...each, arrival: start }));

/** What Flink sends as events come one by one: of each hop ever more. */
const sent = (records: readonly PreparedRecord[]): readonly Partial[] => records.flatMap((record, index) => plan.tiers.map(({ hop }, tier) =>
  partialOf(tier, records.slice(0, index + 1).filter(({ effectiveTime }) => floorHop(effectiveTime, hop) === floorHop(record.effectiveTime, hop)))));

const throughText = (partial: Partial): Partial => {
  const decoded = decodePartial(encodePartial(plan, partial), () => plan);
  if (!decoded.ok) throw new Error(decoded.problem);
  return decoded.partial;
};

const replaced = (partials: readonly Partial[], sizes: readonly number[] = [1]): ViewState | undefined => {
  let state: ViewState | undefined;
  for (let from = 0, turn = 0; from < partials.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    state = replacePartials(plan, state, partials.slice(from, from + size), options).state;
    state = decodeState(plan, encodeState(plan, state));
    from += size;
  }
  return state;
};

describe('what comes of partials', () => {
  it('is what a naive count over the events gives, however they are cut into batches', () => {
    fc.assert(fc.property(events, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }), fc.nat({ max: 2 * hour }), (all, sizes, after) => {
      const t = start + 1 + after;
      expect(featuresAt(plan, replaced(sent(recordsOf(all)).map(throughText), sizes), t)).toEqual(naiveFeatures(view, all.map((each) => ({ ...each, knownAt: start })), t));
    }), { numRuns: 300 });
  });

  it('is the same after Flink was restored from before, or began anew, and sends again what it had sent, in another order too', () => {
    fc.assert(fc.property(events, fc.array(fc.nat(), { maxLength: 20 }), (all, again) => {
      const partials = sent(recordsOf(all));
      const [state, last] = [replaced(partials), given(partials.at(-1))];
      for (const pick of again) {
        const { state: after, counts, changed } = replacePartials(plan, state, [given(partials[pick % partials.length]), last], options);
        expect([after, changed]).toEqual([state, false]);
        expect(counts.replaced).toBe(0);
      }
    }), { numRuns: 100 });
  });
});

describe('a partial', () => {
  const at = (effectiveTime: number, id = 'e', note = 'n'): PreparedRecord => prepared({ source: 's', id, effectiveTime, arrival: effectiveTime, row: { device: 'd', value: 1, level: 0.5, note } });
  const hop = (...records: readonly PreparedRecord[]): Partial => partialOf(0, records);

  it('of fewer events than the item has of its hop is dropped', () => {
    const { state } = replacePartials(plan, undefined, [hop(at(start), at(start + 1, 'f'))], options);
    expect(replacePartials(plan, state, [hop(at(start))], options)).toMatchObject({ changed: false, counts: { replaced: 0, known: 1, late: 0 } });
  });

  it('of fewer events brings its newest value all the same, and no count', () => {
    const { state } = replacePartials(plan, undefined, [hop(at(start, 'e', 'older'), at(start + 1, 'f', 'old'))], options);
    const after = replacePartials(plan, state, [hop(at(start + 2, 'g', 'new'))], options);
    expect(featuresAt(plan, after.state, start + 3)).toMatchObject({ total_10m: 2, newest_10m: 'new' });
  });

  it('of fewer events that a rebuild from the lake has made first leaves the newest value of the others in', () => {
    const hopOf = (...records: readonly PreparedRecord[]): Partial => partialOf(0, records);
    const [first, late, second, last] = [at(start - 10 * minute, 'a', 'first'), at(start - 10 * minute + 1, 'b', 'late'), at(start, 'c', 'second'), at(start + 1, 'd', 'last')];
    // Flink has seen what came late to the first hop, which the lake was read before, and not all of the second, as the topic has let go of it.
    const { state } = replacePartials(plan, undefined, [hopOf(first, late), hopOf(second)], options);
    const lake = foldHistory(plan, undefined, [first, second, last], options).state;
    const after = replacePartials(plan, state, partialsOfState(plan, given(first).entity, lake), options);
    expect(featuresAt(plan, after.state, start + 2)).toMatchObject({ newest_10m: 'last' });
  });

  it('takes the place of one that was of fewer events, and is not added to it', () => {
    const { state } = replacePartials(plan, undefined, [hop(at(start))], options);
    const after = replacePartials(plan, state, [hop(at(start), at(start + 1, 'f'))], options);
    expect(after.counts.replaced).toBe(1);
    expect(featuresAt(plan, after.state, start + 2)).toMatchObject({ total_10m: 2 });
  });

  it('older than every window is late', () => {
    const { state } = replacePartials(plan, undefined, [hop(at(start))], options);
    expect(replacePartials(plan, state, [hop(at(start - 16 * day))], options).counts).toEqual({ replaced: 0, known: 0, late: 1 });
    // In no tile of its tier any more, but the newest value of fourteen days may be in it.
    expect(replacePartials(plan, replacePartials(plan, undefined, [hop(at(start, 'e', 'n'))], options).state, [hop(at(start - 3 * day, 'f', 'older'))], options).counts).toEqual({ replaced: 0, known: 1, late: 0 });
  });

  it('that arrived after the item had expired begins it anew', () => {
    const { state } = replacePartials(plan, undefined, [hop(at(start))], options);
    const later = start + plan.reach + options.streamRetention + 2000;
    const after = replacePartials(plan, state, [hop(at(later))], options);
    expect([...given(after.state.tiers[0]).keys()]).toEqual([floorHop(later, given(plan.tiers[0]).hop)]);
    expect(after.state.expiresAt).toBe(Math.ceil((later + plan.reach + options.streamRetention) / 1000));
  });

  it('is written over what a rebuild from the lake has left, when it is of as many events', () => {
    expect(replacePartials(plan, { ...replacePartials(plan, undefined, [hop(at(start))], options).state, ring: [1], watermarks: [] }, [hop(at(start), at(start + 1, 'f'))], options).state.ring).toEqual([]);
  });
});
