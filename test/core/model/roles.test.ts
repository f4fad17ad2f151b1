import fc from 'fast-check';
import type { ChangedRoles, PromotionAs, ServingRecord } from '../../../core/model/roles';
import { mostShadows, parseServingRecord, promoted, retired, roleOf, rolledBack, wasChampion } from '../../../core/model/roles';
import { given } from '../../fixtures/flights';

const author = { at: '2001-06-01T00:00:00.000Z', by: 'arn:aws:sts::111122223333:assumed-role/ml/ada' };
const as = (role: 'champion' | 'shadow'): PromotionAs => ({ role });
const challenging = (weight = 0.1): PromotionAs => ({ role: 'challenger', weight });

const must = (change: ChangedRoles): ServingRecord => {
  if (!change.ok) throw new Error(change.problem);
  return change.record;
};
const problemOf = (change: ChangedRoles): string => (change.ok ? 'it was not refused' : change.problem);

/** Roles after promotions of champions, one after another. */
const champions = (...versions: readonly string[]): ServingRecord =>
  given(versions.reduce<ServingRecord | undefined>((record, version) => must(promoted(record, version, as('champion'), author)), undefined));

describe('a promotion', () => {
  it('makes the first champion, and says by whom', () => {
    expect(champions('a')).toEqual({ modelVersion: 'a', promotedAt: author.at, promotedBy: author.by, shadows: [], before: [], history: [{ ...author, change: 'promote', modelVersion: 'a', role: 'champion' }] });
  });

  it('remembers the champion of before, and who took its place', () => {
    expect(champions('a', 'b')).toMatchObject({ modelVersion: 'b', before: ['a'], history: [{ modelVersion: 'a' }, { change: 'promote', modelVersion: 'b', role: 'champion', replaced: 'a', by: author.by }] });
  });

  it('says which endpoint answers for a version, and forgets it with the version', () => {
    const record = must(promoted(must(promoted(champions('a'), 'b', as('champion'), author, 'endpoint-b')), 'c', challenging(), author, 'endpoint-c'));
    expect(record).toMatchObject({ modelVersion: 'b', endpoint: 'endpoint-b', challenger: { modelVersion: 'c', endpoint: 'endpoint-c' } });
    expect(parseServingRecord(JSON.parse(JSON.stringify(record)))).toEqual({ record, faults: [] });
    expect(must(promoted(record, 'd', as('champion'), author))).not.toHaveProperty('endpoint');
    expect(must(rolledBack(record, author))).not.toHaveProperty('endpoint');
    expect(must(rolledBack(record, author, 'endpoint-a'))).toMatchObject({ modelVersion: 'a', endpoint: 'endpoint-a' });
  });

  it.each([['champion', as('champion')], ['challenger', challenging(0.1)], ['shadow', as('shadow')]] as const)('of a %s that something else is to answer for from now on keeps its role', (_role, role) => {
    const record = role.role === 'champion' ? champions('a', 'b') : must(promoted(champions('a'), 'b', role, author));
    const served = must(promoted(record, 'b', role, author, 'endpoint-b'));
    expect(roleOf(served, 'b')).toBe(roleOf(record, 'b'));
    expect(served.before).toEqual(record.before);
    expect(JSON.stringify(served)).toContain('"endpoint":"endpoint-b"');
    expect(promoted(served, 'b', role, author, 'endpoint-b')).toMatchObject({ ok: true, changed: false });
    expect(JSON.stringify(must(promoted(served, 'b', role, author)))).not.toContain('endpoint-b');
  });

  it('of what has the role already changes nothing', () => {
    const record = must(promoted(must(promoted(champions('a'), 'b', challenging(0.1), author)), 'c', as('shadow'), author));
    for (const [version, role] of [['a', as('champion')], ['b', challenging(0.1)], ['c', as('shadow')]] as const) expect(promoted(record, version, role, author)).toEqual({ ok: true, changed: false, record });
  });

  it('gives a challenger another weight, and takes the place of another challenger', () => {
    const first = must(promoted(champions('a'), 'b', challenging(0.1), author));
    expect(must(promoted(first, 'b', challenging(0.5), author))).toMatchObject({ challenger: { modelVersion: 'b', weight: 0.5 } });
    const second = must(promoted(first, 'c', challenging(0.2), author));
    expect(second).toMatchObject({ challenger: { modelVersion: 'c', weight: 0.2 }, modelVersion: 'a' });
    expect(second.history.at(-1)).toMatchObject({ role: 'challenger', weight: 0.2, replaced: 'b' });
  });

  it.each([
    ['a challenger without a champion', () => promoted(undefined, 'b', challenging(), author), /no champion that a challenger/u],
    ['a shadow without a champion', () => promoted(undefined, 'b', as('shadow'), author), /no champion that a shadow/u],
    ['the champion as its own challenger', () => promoted(champions('a'), 'a', challenging(), author), /it is the champion/u],
    ['the champion as a shadow', () => promoted(champions('a'), 'a', as('shadow'), author), /it is the champion/u],
    ...[0, 1, -0.1, 1.5, Number.NaN].map((weight) => [`a weight of ${weight}`, () => promoted(champions('a'), 'b', challenging(weight), author), /over 0 and under 1/u] as const),
    ['one shadow too many', () => promoted(['b', 'c', 'd'].reduce((record, version) => must(promoted(record, version, as('shadow'), author)), champions('a')), 'e', as('shadow'), author), /3 shadows already \(b, c, d\); retire one/u],
    ['the retirement of the champion', () => retired(champions('a'), 'a', author), /it is the champion/u],
    ['the retirement of what has no role', () => retired(champions('a', 'b'), 'a', author), /it has no role/u],
    ['a rollback from the first champion', () => rolledBack(champions('a'), author), /no champion before a/u],
  ] as const)('refuses %s', (_what, change, problem) => {
    expect(problemOf(change())).toMatch(problem);
  });
});

describe('a rollback', () => {
  it('goes to the champion of before, and again to the one before that', () => {
    const record = champions('a', 'b', 'c');
    const once = must(rolledBack(record, author));
    expect(once).toMatchObject({ modelVersion: 'b', before: ['a'] });
    expect(once.history.at(-1)).toEqual({ ...author, change: 'rollback', modelVersion: 'b', role: 'champion', replaced: 'c' });
    expect(must(rolledBack(once, author))).toMatchObject({ modelVersion: 'a', before: [] });
  });

  it('names its own author, not the one of what it rolls back', () => {
    const { promotedBy: _promotedBy, ...record } = champions('a', 'b');
    expect(must(rolledBack({ ...record, promotedBy: 'somebody else' }, { at: author.at }))).not.toHaveProperty('promotedBy');
  });

  it('leaves the challenger and the shadows, but for the one that now answers', () => {
    const record = must(promoted(must(promoted(champions('a', 'b'), 'a', challenging(), author)), 'c', as('shadow'), author));
    const after = must(rolledBack(record, author));
    expect(after).toMatchObject({ modelVersion: 'a', shadows: [{ modelVersion: 'c' }] });
    expect(after).not.toHaveProperty('challenger');
  });
});

describe('a retirement', () => {
  it('ends a challenger or a shadow, and is remembered', () => {
    const record = must(promoted(must(promoted(champions('a'), 'b', challenging(), author)), 'c', as('shadow'), author));
    const ended = must(retired(must(retired(record, 'b', author)), 'c', author));
    expect(ended).not.toHaveProperty('challenger');
    expect(ended).toMatchObject({ modelVersion: 'a', shadows: [] });
    expect(ended.history.slice(-2)).toMatchObject([{ change: 'retire', modelVersion: 'b', role: 'challenger' }, { change: 'retire', modelVersion: 'c', role: 'shadow' }]);
  });
});

describe('any changes one after another', () => {
  const version = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
  const change = fc.oneof(
    fc.record({ verb: fc.constant('promote' as const), version, as: fc.oneof(fc.constant(as('champion')), fc.constant(as('shadow')), fc.double({ min: 0.01, max: 0.99, noNaN: true }).map(challenging)) }),
    fc.record({ verb: fc.constant('retire' as const), version }),
    fc.record({ verb: fc.constant('rollback' as const) }),
  );
  type Change = typeof change extends fc.Arbitrary<infer Each> ? Each : never;
  const apply = (record: ServingRecord, each: Change): ServingRecord => {
    const after = each.verb === 'promote' ? promoted(record, each.version, each.as, author) : each.verb === 'retire' ? retired(record, each.version, author) : rolledBack(record, author);
    return after.ok ? after.record : record;
  };

  it('leave one champion, and every version with at most one role', () => {
    fc.assert(fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      const record = changes.reduce(apply, champions('a'));
      const inRoles = [record.modelVersion, ...(record.challenger ? [record.challenger.modelVersion] : []), ...record.shadows.map(({ modelVersion }) => modelVersion)];
      expect(new Set(inRoles).size).toBe(inRoles.length);
      expect(record.shadows.length).toBeLessThanOrEqual(mostShadows);
      for (const each of inRoles) expect(roleOf(record, each)).toBeDefined();
    }));
  });

  it('can be taken back as far as champions are remembered: rollbacks name them in the reverse order', () => {
    fc.assert(fc.property(fc.array(version, { minLength: 1, maxLength: 30 }), (versions) => {
      const [first = 'a', ...rest] = versions;
      const distinct = rest.filter((each, index) => each !== (rest[index - 1] ?? first));
      let record = [first, ...distinct].reduce<ServingRecord | undefined>((before, each) => must(promoted(before, each, as('champion'), author)), undefined);
      for (const each of [first, ...distinct].reverse().slice(1, 21)) {
        record = must(rolledBack(given(record), author));
        expect(record.modelVersion).toBe(each);
      }
    }));
  });

  it('keep the record small, whatever is promoted', () => {
    const record = champions(...Array.from({ length: 500 }, (_, index) => `version-${index}`));
    expect(record.before).toHaveLength(20);
    expect(record.history).toHaveLength(100);
    expect(record.history.at(-1)).toMatchObject({ modelVersion: 'version-499' });
    expect(JSON.stringify(record).length).toBeLessThan(32_000);
  });

  it('are read as they were written', () => {
    fc.assert(fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
      const record = changes.reduce(apply, champions('a'));
      expect(parseServingRecord(JSON.parse(JSON.stringify(record)))).toEqual({ record, faults: [] });
    }));
  });
});

describe('the record', () => {
  it('of a release that knew champions alone is one without other roles', () => {
    const read = given(parseServingRecord({ modelVersion: 'a', promotedAt: author.at }));
    expect(read).toEqual({ record: { modelVersion: 'a', promotedAt: author.at, shadows: [], before: [], history: [] }, faults: [] });
    expect(must(promoted(read.record, 'b', as('champion'), author))).toMatchObject({ before: ['a'], history: [{ modelVersion: 'a', at: author.at }, { modelVersion: 'b', replaced: 'a' }] });
  });

  it('still has the champion where that release looks for it', () => {
    expect(champions('a', 'b')).toMatchObject({ modelVersion: 'b', promotedAt: author.at });
  });

  it.each([undefined, null, [], 'a', {}, { modelVersion: 7 }, { modelVersion: '../../other/v1/x' }, { modelVersion: '' }])('that is %j names no champion', (json) => {
    expect(parseServingRecord(json)).toBeUndefined();
  });

  it.each([
    ['a challenger without a weight', { challenger: { modelVersion: 'b' } }, /challenger/u],
    ['a challenger that leads elsewhere', { challenger: { modelVersion: '../b', weight: 0.1 } }, /challenger/u],
    ['a challenger of everything', { challenger: { modelVersion: 'b', weight: 1 } }, /challenger/u],
    ['a shadow that leads elsewhere', { shadows: [{ modelVersion: 'a/b' }] }, /one of its shadows/u],
    ['shadows that are no list', { shadows: 'b' }, /one of its shadows/u],
  ])('with %s has its champion, and says what it leaves out', (_what, members, fault) => {
    const { record, faults } = given(parseServingRecord({ modelVersion: 'a', promotedAt: author.at, ...members }));
    expect(record).toEqual({ modelVersion: 'a', promotedAt: author.at, shadows: [], before: [], history: [] });
    expect(faults).toEqual([expect.stringMatching(fault)]);
  });

  it('with more shadows than there may be takes the first', () => {
    const { record, faults } = given(parseServingRecord({ modelVersion: 'a', shadows: ['b', 'c', 'd', 'e'].map((modelVersion) => ({ modelVersion })) }));
    expect(record.shadows.map(({ modelVersion }) => modelVersion)).toEqual(['b', 'c', 'd']);
    expect(faults).toEqual(['it has 4 shadows, the most is 3']);
  });
});

describe('a version that was the champion', () => {
  it('is one that was rolled back from, or replaced, and not one that answers, or never did', () => {
    const replaced = champions('a', 'b');
    expect(['a', 'b', 'c'].map((each) => wasChampion(replaced, each))).toEqual([true, false, false]);
    const back = must(rolledBack(replaced, author));
    expect(['a', 'b', 'c'].map((each) => wasChampion(back, each))).toEqual([false, true, false]);
    expect(wasChampion(must(promoted(back, 'c', as('shadow'), author)), 'c')).toBe(false);
  });

  it('is told of a record that kept no history, too', () => {
    expect(wasChampion({ ...champions('a', 'b'), history: [] }, 'a')).toBe(true);
  });
});
