import fc from 'fast-check';
import type { Generations } from '../../../core/feature/generation';
import { begin, decideFold, filled, finish, flip, follow, notHandedOver } from '../../../core/feature/generation';

const nextOf = ({ next }: Generations) => { if (!next) throw new Error('there is no next generation'); return next; };
const handingOver = (before: Generations = { serving: 1 }): Generations => {
  const filled = follow(begin(before, 0, 0), nextOf(begin(before, 0, 0)));
  return flip(filled, nextOf(filled));
};
const batch = (first: number, last: number, shard = 's') => ({ shard, first: String(first), last: String(last) });

describe('a generation on its way', () => {
  it('is folded by nobody while it is filled, by the follower alone when it is followed', () => {
    const filling = begin({ serving: 1 }, 0, 0);
    const following = follow(filling, nextOf(filling));
    for (const early of [filling, filled(filling, nextOf(filling))])
      expect([decideFold('aggregator', early, batch(1, 2), undefined), decideFold('follower', early, batch(1, 2), undefined)]).toEqual([{ into: [1] }, { into: [] }]);
    expect([decideFold('aggregator', following, batch(1, 2), '9'), decideFold('follower', following, batch(1, 2), undefined)]).toEqual([{ into: [1] }, { into: [2] }]);
  });

  it('is taken over shard by shard, from a batch whose first record the follower has folded', () => {
    const left = decideFold('aggregator', handingOver(), batch(10, 19), '9');
    expect(left).toMatchObject({ into: [1], change: { next: { taken: [], left: { s: '19' } } } });
    const taken = decideFold('aggregator', left.change ?? {}, batch(20, 29), '20');
    expect(taken).toMatchObject({ into: [1, 2], change: { next: { taken: ['s'], left: {} } } });
    expect(decideFold('aggregator', taken.change ?? {}, batch(30, 39), undefined)).toEqual({ into: [1, 2] });
    expect(decideFold('aggregator', finish(taken.change ?? {}, 5), batch(40, 49), undefined)).toEqual({ into: [2] });
  });

  it('of a view that is new has no former one beside it', () => {
    expect(decideFold('aggregator', {}, batch(1, 2), undefined)).toEqual({ into: [] });
    expect(decideFold('aggregator', handingOver({}), batch(10, 19), '10').into).toEqual([1]);
  });

  it('begins anew under its number while it is filled, and under another once it was served', () => {
    const filling = begin({ serving: 1 }, 0, 0);
    expect(nextOf(begin(filling, 7, 8))).toMatchObject({ generation: 2, seam: 7, begunAt: 8, stage: 'filling' });
    expect(nextOf(begin(finish(handingOver(), 3), 9, 9))).toMatchObject({ generation: 3 });
  });

  it('is handed over when each shard is taken, or what was left of it is folded, or there is nothing to fold', () => {
    const next = { ...nextOf(handingOver()), taken: ['a'], left: { b: '100' } };
    expect(notHandedOver(next, [{ shard: 'a', followed: undefined, isAtEnd: false }, { shard: 'b', followed: '99', isAtEnd: false }, { shard: 'c', followed: '5', isAtEnd: false }])).toEqual(['b', 'c']);
    expect(notHandedOver(next, [{ shard: 'a', followed: undefined, isAtEnd: false }, { shard: 'b', followed: '100', isAtEnd: false }, { shard: 'c', followed: '5', isAtEnd: true }])).toEqual([]);
  });
});

/*
 * The protocol, attacked: two functions read the shards at paces of their own, shards appear, the command looks and writes at
 * any moment in between, and everybody's looks and writes may be apart. Each record must get into the new generation from
 * somebody, and in the order of its shard without a gap.
 */
interface Step { readonly who: 'aggregator' | 'follower' | 'look' | 'finish' | 'arrive' | 'split'; readonly shard: number; readonly size: number }

const steps = fc.array(fc.record<Step>({ who: fc.constantFrom('aggregator', 'aggregator', 'follower', 'follower', 'look', 'finish', 'arrive', 'split'), shard: fc.nat(3), size: fc.integer({ min: 1, max: 4 }) }), { minLength: 20, maxLength: 120 });

/** The shards in which the new generation has a gap at the end. */
const gapsAfter = (schedule: readonly Step[], choose: typeof notHandedOver, conditional = true): readonly string[] => {
  const arrived = new Map<string, number>([['0', 3], ['1', 2]]);
  const read = { aggregator: new Map<string, number>(), follower: new Map<string, number>() };
  /** Last record of a shard in the new generation; gaps are what it jumped over. */
  const folded = new Map<string, number>();
  const gaps = new Set<string>();
  let version = 0;
  const beginning = begin({ serving: 1 }, 0, 0);
  let generations: Generations = follow(beginning, nextOf(beginning));
  let looked: { readonly version: number; readonly generations: Generations; readonly open: readonly string[] } | undefined;
  let isFollowing = true;
  const put = (shard: string, first: number, last: number): void => {
    const before = folded.get(shard) ?? 0;
    if (first > before + 1) gaps.add(shard);
    folded.set(shard, Math.max(before, last));
  };
  const run = (who: 'aggregator' | 'follower', shard: string, size: number): void => {
    const [done, newest] = [read[who].get(shard) ?? 0, arrived.get(shard) ?? 0];
    if (done >= newest || (who === 'follower' && !isFollowing)) return;
    const [first, last] = [done + 1, Math.min(newest, done + size)];
    const followed = read.follower.get(shard);
    const { into, change } = decideFold(who, generations, batch(first, last, shard), followed === undefined ? undefined : String(followed));
    if (change) { generations = change; version += 1; }
    if (into.includes(2)) put(shard, first, last);
    read[who].set(shard, last);
  };
  const look = (): void => {
    const { next } = generations;
    if (next?.stage !== 'handing-over') return;
    const shards = [...arrived].map(([shard, newest]) => { const followed = read.follower.get(shard); return { shard, followed: followed === undefined ? undefined : String(followed), isAtEnd: (followed ?? 0) >= newest }; });
    looked = { version, generations, open: choose(next, shards) };
  };
  const finishIt = (): void => {
    if (!looked || looked.open.length > 0 || (conditional && looked.version !== version)) return;
    generations = finish(looked.generations, 0);
    version += 1;
    isFollowing = false;
    looked = undefined;
  };
  for (const [index, { who, shard, size }] of schedule.entries()) {
    if (index === 8) { generations = flip(generations, nextOf(generations)); version += 1; }
    const name = String(shard % Math.max(1, arrived.size));
    if (who === 'arrive') arrived.set(name, (arrived.get(name) ?? 0) + size);
    else if (who === 'split' && arrived.size < 4) arrived.set(String(arrived.size), size);
    else if (who === 'look') look();
    else if (who === 'finish') finishIt();
    else if (who !== 'split') run(who, name, size);
  }
  // Then all is read, in any case: nobody may have missed anything.
  for (let round = 0; round < 40; round += 1) {
    for (const shard of arrived.keys()) { run('follower', shard, 3); run('aggregator', shard, 3); }
    look();
    finishIt();
  }
  if (generations.next) gaps.add('never finished');
  for (const [shard, newest] of arrived) if ((folded.get(shard) ?? 0) < newest) gaps.add(shard);
  return [...gaps];
};

describe('a hand-over, with everybody at a pace of their own', () => {
  it('leaves no gap and comes to an end', () => {
    fc.assert(fc.property(steps, (schedule) => { expect(gapsAfter(schedule, notHandedOver)).toEqual([]); }), { numRuns: 3000 });
  });

  it.each([
    ['it is finished without looking at what the aggregator left', () => [] as readonly string[], true],
    ['it is finished whatever has changed since the look', notHandedOver, false],
  ])('leaves one when %s', (_what, choose, conditional) => {
    const found = fc.check(fc.property(steps, (schedule) => gapsAfter(schedule, choose, conditional).length === 0), { numRuns: 3000 });
    expect(found.failed).toBe(true);
  });
});
