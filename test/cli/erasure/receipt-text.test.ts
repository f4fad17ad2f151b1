import { receiptText } from '../../../cli/erasure/receipt-text';
import { nothingFound } from '../../../core/erasure/finding';
import type { ErasureReceipt } from '../../../core/erasure/receipt';

const found = [
  { store: 'landing', found: { ...nothingFound, records: 1, outstanding: 1, blocked: [{ place: 'people/a.csv', why: 'its batch is not committed' }] } },
  { store: 'raw', found: { ...nothingFound, records: 12, mentions: 3, outstanding: 12 } },
  { store: 'table:orders', found: { ...nothingFound, outstanding: 2 } },
  { store: 'feature tables', found: { ...nothingFound, records: 2, outstanding: 2, expired: ['ab12', 'cd34'] } },
];
const receipt: ErasureReceipt = { erasure: 'e', outcome: 'found', erasedAt: '2026-03-01T00:00:00.000Z', endedAt: '2026-03-01T00:01:00.000Z', rounds: [{ startedAt: '2026-03-01T00:00:00.000Z', erased: [], searched: found }], goesLater: [], rebuild: [] };

describe('a receipt for people', () => {
  it('of a search says what would be, and that nothing was', () => {
    expect(receiptText(receipt).split('\n')).toEqual([
      'erasure e was a search alone; nothing was erased',
      '  searched 2026-03-01T00:00:00.000Z, ended 2026-03-01T00:01:00.000Z, 1 round, 4 stores',
      '  landing                      1 would go', '    a file goes whole, as its rows are in raw', '    would be left: people/a.csv: its batch is not committed',
      '  raw                          12 would go, 3 mentions in fields that are not personal would stay',
      '  feature tables               2 would go', '    could be read no more, as they hold what would go: ab12, cd34', '',
    ]);
  });

  it('of an erasure says what was', () => {
    const text = receiptText({ ...receipt, outcome: 'erased', rounds: [{ startedAt: receipt.erasedAt, erased: found, searched: [] }] });
    expect(text).toContain('raw                          12 found, 3 mentions in fields that are not personal stay, 12 still there');
    expect(text).toContain('can be read no more: ab12, cd34');
    expect(text).not.toMatch(/would|could/u);
  });
});
