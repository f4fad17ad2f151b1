import { current, dataset, entity, featureView, personal, string } from 'headrace';
import { nothingFound, type Finding } from '../../../core/erasure/finding';
import { foundInAll, goesLater, outcomeOf, viewsToRebuild, type ErasureRound } from '../../../core/erasure/receipt';
import * as definitions from '../../fixtures/erasure/definitions';
import { manifestOf } from '../../fixtures/contracts';

const found = (more: Partial<Finding>): Finding => ({ ...nothingFound, ...more });
const round = (erased: Partial<Finding>, searched: Partial<Finding>, startedAt = '2026-03-01T00:00:00Z'): ErasureRound => ({ startedAt, erased: [{ store: 'raw', found: found(erased) }], searched: [{ store: 'raw', found: found(searched) }] });
const held = [{ place: 'raw/x', why: 'a legal hold, until it is lifted' }];

describe('an erasure', () => {
  it.each([
    ['a search that found nothing', {}, 'erased'],
    ['something that is still there', { records: 1, outstanding: 1 }, 'again'],
    ['a file that may be of a commit under way', { outstanding: 1 }, 'again'],
    ['nothing but what is held', { records: 2, held }, 'held'],
    ['something that somebody must decide on', { records: 1, blocked: held }, 'incomplete'],
  ] as const)('that ends with %s goes on or is over accordingly', (_, searched, outcome) => { expect(outcomeOf([round({ records: 3 }, searched)], true)).toBe(outcome); });

  it('is given up when something comes back each time', () => {
    const rounds = Array.from({ length: 5 }, () => round({ records: 1 }, { outstanding: 1 }));
    expect([outcomeOf(rounds.slice(1), true), outcomeOf(rounds, true)]).toEqual(['again', 'incomplete']);
  });

  it('that only searches is over with its search', () => { expect(outcomeOf([{ ...round({}, { outstanding: 9 }), erased: [] }], false)).toBe('found'); });

  it('adds up what its rounds have erased, and tells what is held as the last of them saw it', () => {
    const rounds = [round({ records: 3, expired: ['a'], held }, { outstanding: 1 }), round({ records: 1, expired: ['a', 'b'] }, {})];
    expect(foundInAll(rounds)).toEqual([{ store: 'raw', found: found({ records: 4, expired: ['a', 'b'] }) }]);
  });

  it('names the views that counted what it erased for somebody else', () => {
    const manifest = manifestOf(definitions);
    expect(viewsToRebuild(manifest, [round({ types: { 'order.placed@v1': 2 } }, {})])).toEqual(['shop_orders@v1']);
    expect(viewsToRebuild(manifest, [round({ types: { 'dataset=customers@v1': 2 } }, {})])).toEqual([]);
    const { customers } = definitions;
    const account = entity('account', { id: string() });
    // Rows of people, found by what says nothing of them.
    const accounts = dataset('accounts', { version: 1, key: ['id'], knownAt: 'always', source: { csv: 'accounts/' }, fields: { id: string(), owner: personal(string()), tier: string() } });
    const tier = featureView('account_tier', { version: 1, entity: account, from: accounts, by: (row) => ({ id: row.id }), features: (row) => [current({ tier: row.tier })] });
    expect(viewsToRebuild(manifestOf({ customers, account, accounts, tier }), [round({ types: { 'dataset=accounts@v1': 1 } }, {})])).toEqual(['account_tier@v1']);
    // Killed before it could tell, an eraser finds nothing in raw; the table of the type had rows.
    expect(viewsToRebuild(manifest, [{ ...round({}, {}), erased: [{ store: 'table:order_placed', found: found({ records: 2 }) }] }])).toEqual(['shop_orders@v1']);
    const { 'order.placed@v1': placed, ...others } = manifest.events;
    if (placed === undefined) throw new Error('no order.placed@v1');
    expect(viewsToRebuild({ ...manifest, events: { ...others, 'order.placed@v1': { ...placed, reads: [1, 2] } } }, [round({ types: { 'order.placed@v2': 1 } }, {})])).toEqual(['shop_orders@v1']);
  });

  it('says what goes by itself, and when', () => {
    const erasedAt = Date.parse('2026-03-01T00:00:00Z');
    // State that was still there on the second of March can be restored until 35 days after.
    const searchedAt = Date.parse('2026-03-02T12:00:00Z');
    expect(goesLater({ erasedAt, searchedAt, streamRetentionHours: 24, isRecoverable: true }).map(({ at }) => at)).toEqual(['2026-03-02T00:00:00.000Z', '2026-04-06T12:00:00.000Z']);
    expect(goesLater({ erasedAt, searchedAt, streamRetentionHours: 24, isRecoverable: false })).toHaveLength(1);
  });
});
