import fc from 'fast-check';
import { activationsOf, publication, trustedUntil } from '../../../core/contract/activation';
import type { Activations, Contracts } from '../../../core/contract/contracts';
import { judge } from '../../../core/contract/judge';
import { contracts, manifest, order, record } from '../../fixtures/contracts';

/*
 * Two consumers, each deployed and reading what is active at times of its own, judge a stream while versions come in. What
 * one accepts by a version, the other accepts by the same one, or does not judge yet.
 */

const margin = 60_000;

/** What a bundle of a moment holds: all versions up to one. */
const bundleUpTo = (version: number): Contracts => {
  const versions = (contracts.types.get('order.placed') ?? []).filter(({ definition }) => definition.version <= version);
  return { ...contracts, types: new Map([['order.placed', versions]]), names: new Set(versions.map(({ name }) => name)) };
};

interface World { readonly publishedAt: number }

/** What stands published at a moment: version 1 from the beginning, version 2 when the deploy has ended. */
const publishedAt = (moment: number, { publishedAt: at }: World): Activations => {
  const before = new Map([['order.placed@v1', 0]]);
  if (moment < at) return before;
  const events = Object.values(manifest.events).filter(({ name }) => name === 'order.placed');
  return activationsOf([...publication(before, events, { now: at, marginMilliseconds: margin, ephemeral: false }).put].map(([type, versions]) => [type, JSON.stringify(versions)] as const));
};

/** A consumer: it gets its new bundle at some moment before the end of the deploy, and reads what is active when it has to. */
const consumer = (world: World, bundleAt: number) => {
  let known: { readonly activations: Activations; readonly until: number } | undefined;
  return (arrival: number, now: number, body: unknown): string => {
    if (known === undefined || arrival >= known.until) known = { activations: publishedAt(now, world), until: trustedUntil(now, margin) };
    const bundle = bundleUpTo(now < bundleAt ? 1 : 2);
    try {
      const judgement = judge(record(body, { arrival }), { ...bundle, activations: known.activations });
      return judgement.accepted ? judgement.contract.name : judgement.rejection.code;
    } catch {
      return 'tried again later';
    }
  };
};

describe('two consumers while a version comes in', () => {
  it('never judge a record differently, however far apart they are deployed and however late they are', () => {
    const deployed = fc.integer({ min: 0, max: 600_000 });
    // One that keeps up, and one that is behind.
    const lag = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 0, max: 3_600_000 }));
    fc.assert(fc.property(
      deployed, deployed, fc.integer({ min: 0, max: 60_000 }),
      fc.array(fc.record({ gap: fc.integer({ min: 0, max: 40_000 }), lags: fc.tuple(lag, lag), schema: fc.constantFrom(undefined, 'order.placed/v1', 'order.placed/v2') }), { minLength: 1, maxLength: 60 }),
      (firstBundle, secondBundle, rest, records) => {
        const world: World = { publishedAt: Math.max(firstBundle, secondBundle) + rest };
        const consumers = [consumer(world, firstBundle), consumer(world, secondBundle)] as const;
        let arrival = 0;
        const latest = [0, 0];
        for (const { gap, lags, schema } of records) {
          arrival += gap;
          const body = order({ currency: 'EUR' }, { dataschema: schema });
          const answers = consumers.map((judgeAs, index) => {
            // A consumer reads a shard in order: it is never earlier than it was.
            latest[index] = Math.max(latest[index] ?? 0, arrival + (lags[index] ?? 0));
            return judgeAs(arrival, latest[index] ?? 0, body);
          }).filter((answer) => answer !== 'tried again later');
          expect(new Set(answers).size).toBeLessThanOrEqual(1);
        }
      },
    ), { numRuns: 2000 });
  });
});
