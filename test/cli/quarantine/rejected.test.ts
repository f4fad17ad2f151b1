import { gzipSync } from 'node:zlib';
import type { RejectedFilter } from '../../../cli/quarantine/rejected';
import { countRejected, rejectedEvents } from '../../../cli/quarantine/rejected';
import { printable } from '../../../cli/quarantine/printable';
import { lakeBatch } from '../../../core/lake/batch';
import { arrival, contracts, order, record } from '../../fixtures/contracts';

const hour = 3_600_000;
const bodies = [order({ items: 0 }), order({ items: 100 }), '{', order({}, { type: 'order.lost' })];

/** A bucket of the quarantine zone in memory; `asked` are the objects that were read. */
const bucketWith = (batches: readonly (readonly { readonly body: unknown; readonly sequence: number; readonly after: number }[])[]) => {
  const objects = new Map<string, Buffer>();
  for (const records of batches) {
    const batch = lakeBatch(contracts);
    for (const { body, sequence, after } of records) batch.add(record(body, { sequence, arrival: arrival + after * hour }));
    for (const { key, content } of batch.objects()) objects.set(key, gzipSync(content));
  }
  const asked: string[] = [];
  return {
    asked,
    get: async (key: string) => { asked.push(key); return await Promise.resolve(objects.get(key)); },
    list: async function* list(prefix: string) {
      for (const key of [...objects.keys()].filter((each) => each.startsWith(prefix)).sort()) yield await Promise.resolve({ key, bytes: 0, modified: 0 });
    },
  };
};
const bucket = () => bucketWith([
  bodies.map((body, sequence) => ({ body, sequence, after: sequence })),
  // A retry wrote some of them again, in another object.
  bodies.slice(1, 2).map((body) => ({ body, sequence: 1, after: 1 })),
  [{ body: order({ items: 0 }), sequence: 9, after: 24 }],
]);
const sequencesFor = async (filter: RejectedFilter): Promise<readonly string[]> => {
  const found: string[] = [];
  for await (const { lineage } of rejectedEvents(bucket(), filter)) found.push(lineage.sequence);
  return found.sort();
};

describe('rejected events in quarantine', () => {
  it('are each given once, however often a retry wrote them', async () => { expect(await sequencesFor({})).toEqual(['0', '1', '2', '3', '9']); });

  it.each<[string, RejectedFilter, readonly string[]]>([
    ['by reason', { reason: 'not_json' }, ['2']],
    ['by the type that they say they are of', { type: 'order.lost' }, ['3']],
    ['by arrival, from inclusive', { from: arrival + 3 * hour }, ['3', '9']],
    ['by arrival, to exclusive', { to: arrival + hour }, ['0']],
    ['by several at once', { reason: 'out_of_range', from: arrival + hour, to: arrival + 24 * hour }, ['1']],
    ['and there may be none', { reason: 'too_deep' }, []],
  ])('are found %s', async (_how, filter, expected) => { expect(await sequencesFor(filter)).toEqual(expected); });

  it('are counted by day, reason and type, newest day first', async () => {
    const counts = await countRejected(rejectedEvents(bucket(), {}));
    expect(counts.map(({ day, reason, eventType, events }) => [day, reason, eventType, events])).toEqual([
      ['2026-03-02', 'out_of_range', 'order.placed', 1], ['2026-03-01', 'out_of_range', 'order.placed', 2], ['2026-03-01', 'not_json', null, 1], ['2026-03-01', 'unknown_type', 'order.lost', 1],
    ]);
  });

  it('are read only from objects that can hold them', async () => {
    const store = bucket();
    for await (const _ of rejectedEvents(store, { reason: 'out_of_range', from: arrival + 24 * hour }));
    expect(store.asked).toEqual([expect.stringContaining('/dt=2026-03-02/hr=12/')]);
  });
});

describe('text of producers on a terminal', () => {
  it('moves no cursor and hides nothing', () => {
    expect(printable('a\u001b[2Jb\u202ec\u009b1m\r\nd é😀')).toBe('a\\u{1b}[2Jb\\u{202e}c\\u{9b}1m\\u{d}\\u{a}d é😀');
  });
});
