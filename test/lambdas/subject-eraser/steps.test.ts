import { nothingFound, type Finding } from '../../../core/erasure/finding';
import type { ErasureReceipt } from '../../../core/erasure/receipt';
import type { Tombstone } from '../../../core/erasure/tombstone';
import { begin, subjectOf } from '../../../lambdas/subject-eraser/begin';
import { judge } from '../../../lambdas/subject-eraser/judge';
import * as definitions from '../../fixtures/erasure/definitions';
import { manifestOf } from '../../fixtures/contracts';

const manifest = manifestOf(definitions);
const ada = { identifiers: ['ada@example.org'] };
const began = '2026-03-01T00:00:00.000Z';
const day = 86_400_000;

const published = (...given: readonly Tombstone[]) => {
  const all = new Map(given.map((tombstone) => [tombstone.erasure, tombstone]));
  return { all: async () => await Promise.resolve([...all.values()]), put: async (tombstone: Tombstone) => { await Promise.resolve(all.set(tombstone.erasure, tombstone)); }, remove: async (erasure: string) => { await Promise.resolve(all.delete(erasure)); } };
};

describe('the first step of an erasure', () => {
  const settings = (tombstones: ReturnType<typeof published>) => ({ manifest, tombstones, salt: () => String(Math.random()), streamRetentionHours: 24, now: () => Date.parse(began) });

  it('publishes a tombstone for what arrived before, until a day after the stream has forgotten it, and names every store', async () => {
    const tombstones = published();
    const { stores, erases } = await begin({ step: 'begin', given: { erasure: 'e-1' }, began }, ada, settings(tombstones));
    expect(await tombstones.all()).toMatchObject([{ erasure: 'e-1', erasedAt: Date.parse(began), until: Date.parse(began) + 2 * day }]);
    expect(JSON.stringify(await tombstones.all())).not.toContain('ada');
    expect(erases).toBe(true);
    expect(stores.map(({ store }) => store)).toEqual(['landing', 'raw', 'quarantine', 'failures', 'state', 'table:order_placed', 'table:prediction_risk', 'table:customers', 'table:quality_results', 'table:column_profiles', 'table:predictions_risk', 'former tables', 'features', 'feature tables']);
  });

  it('changes nothing when it is done again, and takes away tombstones that have had their time', async () => {
    const old: Tombstone = { erasure: 'e-0', salt: 's', digests: [], erasedAt: 0, until: Date.parse(began) - 1 };
    const tombstones = published(old);
    await begin({ step: 'begin', given: { erasure: 'e-1' }, began }, ada, settings(tombstones));
    const [first] = await tombstones.all();
    await begin({ step: 'begin', given: { erasure: 'e-1' }, began }, ada, settings(tombstones));
    expect(await tombstones.all()).toEqual([first]);
  });

  it('publishes nothing for a search alone', async () => {
    const tombstones = published();
    expect(await begin({ step: 'begin', given: { erasure: 'e-1', erases: false }, began }, ada, settings(tombstones))).toMatchObject({ erases: false });
    expect(await tombstones.all()).toEqual([]);
  });

  it.each([[undefined, /has no request/u], ['{', /no JSON/u], ['{"identifiers":[""]}', /names no subject/u], ['{"identifiers":["a"],"fields":["shop"]}', /names no subject/u]])('refuses the request %s without a word of whom it names', (text, message) => { expect(() => subjectOf(text, 'e-1', manifest)).toThrow(message); });
});

describe('the last step of a round', () => {
  const found = (more: Partial<Finding>) => [{ store: 'raw', found: { ...nothingFound, ...more } }];
  const world = () => {
    let [receipt, forgotten] = [undefined as ErasureReceipt | undefined, 0];
    return {
      settings: { manifest, streamRetentionHours: 24, isRecoverable: true, now: () => Date.parse(began) + day, readReceipt: async () => await Promise.resolve(receipt), writeReceipt: async (given: ErasureReceipt) => { await Promise.resolve(); receipt = given; }, forget: async () => { await Promise.resolve(); forgotten += 1; } },
      now: () => ({ receipt, forgotten }),
    };
  };
  const round = (startedAt: string, erased: Partial<Finding>, searched: Partial<Finding>) => ({ step: 'judge', erasure: 'e-1', erases: true, erasedAt: began, startedAt, erased: found(erased), searched: found(searched) }) as const;

  it('keeps the request while something is still there, and takes it away when nothing is', async () => {
    const { settings, now } = world();
    expect(await judge(round('2026-03-01T01', { records: 3 }, { outstanding: 1 }), settings)).toEqual({ outcome: 'again' });
    expect(now()).toMatchObject({ forgotten: 0, receipt: { outcome: 'running' } });
    expect(await judge(round('2026-03-01T02', { records: 1 }, {}), settings)).toEqual({ outcome: 'erased' });
    expect(now()).toMatchObject({ forgotten: 1, receipt: { outcome: 'erased', endedAt: '2026-03-02T00:00:00.000Z', rounds: [{}, {}] } });
  });

  it('counts a round once when it is told of it again', async () => {
    const { settings, now } = world();
    for (let times = 0; times < 2; times += 1) await judge(round('2026-03-01T01', { records: 3 }, {}), settings);
    expect(now().receipt?.rounds).toHaveLength(1);
  });
});
