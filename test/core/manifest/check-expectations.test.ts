import { between, dataset, divide, float, fresh, holds, gt, int, legible, personal, present, references, rejected, rowCount, steady, string, timestamp, unique, warns, type Expectation } from 'headrace';
import { compile } from '../../../core/manifest/compile';
import { manifestOf } from '../../fixtures/contracts';

const places = dataset('places', { version: 1, key: ['id'], knownAt: 'always', source: { csv: 'places/' }, fields: { id: string() } });
const fields = { id: string(), place: string(), price: float(), pieces: int(), at: timestamp(), born: personal(timestamp()) };
const orders = (expects?: (row: Parameters<NonNullable<Parameters<typeof dataset<typeof fields>>[1]['expects']>>[0]) => readonly Expectation[]) =>
  dataset('orders', { version: 1, key: ['id'], knownAt: 'always', source: { csv: 'orders/' }, fields, ...(expects === undefined ? {} : { expects }) });
const problems = (exported: Readonly<Record<string, unknown>>): readonly string[] => {
  const compilation = compile(exported);
  return compilation.ok ? [] : compilation.problems.map(({ definition, problem }) => `${definition} ${problem}`);
};

describe('what a dataset expects of its batches', () => {
  it('compiles to conditions on rows, with what may be shown of them', () => {
    const { expects } = manifestOf({ places, orders: orders((row) => [warns(between(row.price, 0, 10, { atMost: 0.1 })), unique([row.place, row.at])]) }).datasets['orders@v1'] ?? {};
    expect(expects).toMatchObject([{ kind: 'holds', name: 'price is between 0 and 10', atMost: 0.1, warns: true }, { kind: 'unique', name: 'place, at are unique' }]);
  });

  it('changes no hash of the dataset, and the hash of the definitions', () => {
    const [without, one, other] = [undefined, 0.1, 0.2].map((atMost) => manifestOf({ orders: orders(atMost === undefined ? undefined : () => [rejected({ atMost })]) }));
    expect(new Set([without, one, other].map((manifest) => manifest?.datasets['orders@v1']?.hash)).size).toBe(1);
    expect(new Set([without, one, other].map((manifest) => manifest?.hash)).size).toBe(3);
  });

  it.each<readonly [string, (row: Parameters<NonNullable<Parameters<typeof dataset<typeof fields>>[1]['expects']>>[0]) => readonly Expectation[], RegExp]>([
    ['a share that is no share', (row) => [present(row.place, { atMost: 1 })], /expects 'place is there', which allows the share 1; a share is from 0 to less than 1/u],
    ['a count without bounds', () => [rowCount({})], /has no bounds; say atLeast, atMost or ofUsual/u],
    ['bounds the wrong way round', () => [rowCount({ ofUsual: [2, 0.5] })], /ofUsual \[2, 0.5\]; the lower multiple comes first/u],
    ['a width that is none', (row) => [fresh(row.at, '2w' as '2d')], /has the width '2w'/u],
    ['no difference at all', (row) => [steady(row.price, 0)], /allows a difference of 0/u],
    ['a personal value', (row) => [fresh(row.born, '2d')], /reads a personal field, of which no value is kept or told/u],
    ['the same words twice', (row) => [holds('all is well', gt(row.price, 1)), holds('all is well', gt(row.pieces, 1))], /is there twice; their results could not be told apart/u],
    ['a dataset that is not exported', (row) => [references(row.place, dataset('others', { version: 1, key: ['id'], knownAt: 'always', source: { csv: '' }, fields: { id: string() } }), 'id')], /refers to the dataset others@v1, which is not among the definitions/u],
    ['itself', (row) => [references(row.place, orders(), 'id')], /refers to its own dataset/u],
  ])('is refused when it has %s', (_what, expects, message) => {
    expect(problems({ places, orders: orders(expects) }).join()).toMatch(message);
  });

  it('is refused when datasets wait for each other', () => {
    const first = dataset('first', { version: 1, key: ['id'], knownAt: 'always', source: { csv: 'first/' }, fields: { id: string() }, expects: (row) => [references(row.id, places, 'id'), references(row.id, { name: 'second', version: 1, fields: { id: string() } }, 'id')].slice(1) });
    const second = dataset('second', { version: 1, key: ['id'], knownAt: 'always', source: { csv: 'second/' }, fields: { id: string() }, expects: (row) => [references(row.id, first, 'id')] });
    expect(problems({ first, second })).toEqual(expect.arrayContaining([expect.stringContaining('waits for itself (first → second → first)') as string]));
  });

  it('says at once what cannot be kept of a value that is worked out', () => {
    expect(() => orders((row) => [steady(divide(row.price, row.pieces), 0.1)])).toThrow(/steady takes a column/u);
    expect(orders((row) => [legible(row.place)]).expects).toHaveLength(1);
  });
});
