import { lakeBatch } from '../../../../core/lake/batch';
import type { QuarantineLine } from '../../../../core/lake/line';
import { contracts, order, record } from '../../../fixtures/contracts';
import { corpus } from './corpus';

/** What became of three records: those of the neighbours that are in raw, and the line of the one between them. */
const fateOf = (data: Uint8Array) => {
  const batch = lakeBatch(contracts);
  for (const [index, each] of [order({}, { id: 'before' }), data, order({}, { id: 'after' })].entries()) batch.add(record(each, { sequence: index + 1 }));
  const lines = batch.objects().flatMap(({ zone, content }) => content.toString('utf8').trimEnd().split('\n').map((line) => ({ zone, line: JSON.parse(line) as unknown })));
  return {
    raw: lines.filter(({ zone }) => zone === 'raw').map(({ line }) => (line as { readonly event: { readonly id: unknown }; readonly lineage: { readonly sequence: string } })),
    refused: lines.filter(({ zone }) => zone === 'quarantine').map(({ line }) => line as QuarantineLine),
  };
};

describe('hostile input', () => {
  it('is at least three hundred kinds, each named once', () => {
    expect(corpus.length).toBeGreaterThanOrEqual(300);
    expect(new Set(corpus.map(({ name }) => name)).size).toBe(corpus.length);
  });

  it.each(corpus.map((each) => [each.expected, each.name, each] as const))('%s: %s', (expected, _name, { data }) => {
    const { raw, refused } = fateOf(data);
    expect(raw.map(({ lineage }) => lineage.sequence)).toEqual(expected === 'accepted' ? ['1', '2', '3'] : ['1', '3']);
    expect([raw[0]?.event.id, raw.at(-1)?.event.id]).toEqual(['before', 'after']);
    expect(refused.map(({ reason }) => reason)).toEqual(expected === 'accepted' ? [] : [expected]);
    expect(refused.every(({ original }) => Buffer.from(original, 'base64').equals(data))).toBe(true);
  });

  it('leaves the world as it was', () => {
    expect(({} as Readonly<Record<string, unknown>>)['polluted']).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});
