import { historyOf, identityDigest, ledgerEntry, ledgerKey, positionDigest, readLedgerKey, type LedgerEntry } from '../../../core/quarantine/ledger';
import { originalOf } from '../../../core/quarantine/original';
import { replayPlan } from '../../../core/quarantine/plan';
import { rejectedLine } from '../../cli/quarantine/support/rejected-records';
import { order, record } from '../../fixtures/contracts';

const entryFor = (position: string, replayof: string | null): LedgerEntry => ({
  position, replayof, replays: 1, reason: 'not_json', path: '', arrival: '2026-03-01T12:00:00.000Z', replayed_at: '2026-03-02T12:00:00.000Z', stream: 's', shard: 'shardId-000000000000', sequence: '9',
  event_source: '/shop', event_id: 'o-1', event_type: 'order.placed', transform: null, forced: false,
});
const ledger = (entries: readonly LedgerEntry[]) => async (position: string): Promise<LedgerEntry | undefined> => await Promise.resolve(entries.find((entry) => entry.position === position));

describe('the ledger', () => {
  it('has one object a position, outside of the table of quarantine', () => {
    const event = { source: '/shop', id: 'o-1' };
    expect(ledgerKey('a', event)).toMatch(/^replays\/[0-9a-f]{64}-[0-9a-f]{32}\.json$/u);
    expect(readLedgerKey(ledgerKey('a', event))).toEqual({ position: positionDigest('a'), identity: identityDigest(event) });
    expect(readLedgerKey('replays/other.json')).toBeUndefined();
    expect(identityDigest({ source: 'a', id: 'bc' })).not.toBe(identityDigest({ source: 'ab', id: 'c' }));
  });

  it('says what was put where and by which transform, and nothing of the data', () => {
    const line = rejectedLine(record(order({ items: 0 }, { replayof: 'a/b/1.000000', replays: 1 }), { sequence: 4 }));
    const entry = ledgerEntry({
      line, original: originalOf(Buffer.from(line.original, 'base64')), place: { shard: 'shardId-000000000001', sequence: '12' },
      replay: { text: '{"data":"ada@example.org"}', partitionKey: 'AB-1', mark: { replayof: line.lineage.position, replays: 2 }, source: '/shop', id: 'o-1', eventType: 'order.placed', knownAt: 0, forced: false },
    }, { stream: 'events', replayedAt: '2026-03-02T12:00:00.000Z', transform: 'abc' });
    expect(entry).toEqual({
      position: line.lineage.position, replayof: 'a/b/1.000000', replays: 2, reason: 'out_of_range', path: '/data/items', arrival: '2026-03-01T12:00:00.000Z', replayed_at: '2026-03-02T12:00:00.000Z',
      stream: 'events', shard: 'shardId-000000000001', sequence: '12', event_source: '/shop', event_id: 'o-1', event_type: 'order.placed', transform: 'abc', forced: false,
    });
  });

  it('gives the history of an event, the latest replay first', async () => {
    const entries = [entryFor('first', null), entryFor('second', 'first')];
    expect((await historyOf({ replayof: 'second', replays: 2 }, ledger(entries))).map(({ position }) => position)).toEqual(['second', 'first']);
    expect(await historyOf(undefined, ledger(entries))).toEqual([]);
  });

  it('ends a history where an entry is missing, and one that goes in a circle', async () => {
    expect(await historyOf({ replayof: 'lost', replays: 2 }, ledger([]))).toEqual([]);
    expect(await historyOf({ replayof: 'a', replays: 9 }, ledger([entryFor('a', 'b'), entryFor('b', 'a')]))).toHaveLength(2);
  });
});

describe('a plan', () => {
  it('counts by what becomes of them, reason and type, what is put first, with the first reason why', () => {
    const plan = replayPlan();
    const [bad, none] = [rejectedLine(record(order({ items: 0 }))), rejectedLine(record('{', { sequence: 2 }))];
    plan.add(none, 'unreadable');
    plan.add(bad, 'refused', 'first');
    plan.add(bad, 'refused', 'second');
    plan.add(bad, 'put');
    expect(plan.counts()).toEqual([
      { outcome: 'put', reason: 'out_of_range', eventType: 'order.placed', example: bad.lineage.position, events: 1 },
      { outcome: 'refused', reason: 'out_of_range', eventType: 'order.placed', why: 'first', example: bad.lineage.position, events: 2 },
      { outcome: 'unreadable', reason: 'not_json', eventType: null, example: none.lineage.position, events: 1 },
    ]);
  });
});
