import { stateViewText } from '../../../core/feature/entity-key';
import type { Generations } from '../../../core/feature/generation';
import { versionedName } from '../../../core/manifest/manifest';
import { encodeState, foldHistory, prepareRecord } from '../../../core/window';
import { servingGenerations } from '../../../lambdas/prediction-api/serving-generations';
import { stateReader } from '../../../lambdas/prediction-api/state-reader';
import { departuresPlan as plan } from '../../fixtures/flights';
import { noon } from '../flights';
import { simulatedStore } from '../simulated-store';

const setUp = async ({ expires = true }: { readonly expires?: boolean } = {}) => {
  const { store, calls } = simulatedStore();
  let [now, serving] = [noon, { serving: 1 } as Generations];
  let asked = 0;
  for (const generation of [1, 2]) {
    const record = prepareRecord(plan, { position: { source: 's', shard: '0', sequence: '1', subSequence: 0 }, source: 'a', id: 'x', effectiveTime: noon - generation * 60_000, arrival: noon, row: { origin: 'ORD', delayMinutes: generation } });
    const { state } = foldHistory(plan, undefined, record ? [record] : [], { streamRetention: 86_400_000 });
    await store.write({ entity: 'airport|ORD', view: stateViewText(plan.view, generation) }, { state: encodeState(plan, state), expiresAt: expires ? state.expiresAt : 0, arrival: noon }, undefined);
  }
  calls.length = 0;
  const generations = servingGenerations({ read: async (views) => { asked += 1; return new Map(views.map((view) => [versionedName(view), { version: 1, generations: serving }])); } }, () => now);
  const read = stateReader({ store, generations, now: () => now, complain: (_message, error) => { throw error; } });
  const newest = async () => { const found = await read([{ plan, key: { iata: 'ORD' } }]); return found.ok ? found.value[0]?.newest : found.problem.type; };
  return { read, newest, calls, asked: () => asked, pass: (milliseconds: number) => { now += milliseconds; }, serve: (next: Generations) => { serving = next; } };
};

describe('the reader of states', () => {
  it('reads the generation that is served, with one call to the table while it stays the same', async () => {
    const { newest, calls, asked } = await setUp();
    expect([await newest(), await newest()]).toEqual([noon - 60_000, noon - 60_000]);
    expect([calls.length, asked()]).toEqual([2, 1]);
  });

  it('reads the next one ten seconds after it was changed to at the latest, and never a mixture', async () => {
    const { newest, calls, pass, serve } = await setUp();
    await newest();
    serve({ serving: 2, former: 1 });
    expect(await newest()).toBe(noon - 60_000);
    pass(10_000);
    expect(await newest()).toBe(noon - 120_000);
    // What was read by the old one is thrown away.
    expect(calls.length).toBe(4);
  });

  it('takes an item past its expiry for none, and one that never expires for what it is', async () => {
    const years = 10 * 366 * 86_400_000;
    const [expiring, lasting] = [await setUp(), await setUp({ expires: false })];
    for (const { pass } of [expiring, lasting]) pass(years);
    expect([await expiring.newest(), await lasting.newest()]).toEqual([undefined, noon - 60_000]);
  });

  it('asks for no item of a key that none can have, as the table would answer for none of those that were asked for with it', async () => {
    const { read, calls } = await setUp();
    expect(await read([{ plan, key: { iata: 'é'.repeat(1024) } }, { plan, key: { iata: 'ORD' } }])).toMatchObject({ ok: true, value: [undefined, { newest: noon - 60_000 }] });
    expect(calls.flatMap(({ keys }) => keys.map(({ entity }) => entity))).toEqual(['airport|ORD']);
  });

  it('says so of a view that was never filled, and answers once it is', async () => {
    const { newest, pass, serve } = await setUp();
    serve({});
    expect(await newest()).toBe('urn:headrace:problem:view_not_filled');
    serve({ serving: 1 });
    pass(10_000);
    expect(await newest()).toBe(noon - 60_000);
  });
});
