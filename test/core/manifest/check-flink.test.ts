import { count, current, dataset, entity, event, featureView, float, last, over, string, sum } from 'headrace';
import type { Columns, Features, FeatureView } from 'headrace';
import { compile } from '../../../core/manifest/compile';
import { planView } from '../../../core/window';
import { given } from '../../fixtures/flights';

const read = event('meter.read', { version: 1, partitionBy: 'meter', fields: { meter: string(), level: float() } });
const meter = entity('meter', { id: string() });
type Row = Columns<typeof read.fields>;

const levels = (features: (row: Row) => readonly Features[], engine?: 'lambda' | 'flink') =>
  featureView('levels', { version: 1, entity: meter, from: read, by: (row) => ({ id: row.meter }), features, ...(engine ? { engine } : {}) });
const compiled = (view: FeatureView, more: Readonly<Record<string, unknown>> = {}) => compile({ read, meter, view, ...more });
const problems = (...about: Parameters<typeof compiled>) => { const found = compiled(...about); return found.ok ? [] : found.problems.map(({ definition, problem }) => `${definition} ${problem}`); };
const planned = (view: FeatureView) => {
  const found = compiled(view);
  if (!found.ok) throw new Error(JSON.stringify(found.problems));
  return planView(found.manifest, given(found.manifest.views['levels@v1']));
};

const totals = (row: Row): readonly Features[] => [over(['1h', '24h'], { total: sum(row.level) })];

describe('a view that Flink works out', () => {
  it('counts the rows of each hop in its items, and so is another view than one that the Lambda folds', () => {
    const [flink, lambda, unsaid] = [planned(levels(totals, 'flink')), planned(levels(totals, 'lambda')), planned(levels(totals))];
    expect(flink.tiers.map(({ rows, parts }) => [rows, parts.length])).toEqual([[1, 2], [1, 2]]);
    expect(lambda.tiers.map(({ rows, parts }) => [rows, parts.length])).toEqual([[undefined, 1], [undefined, 1]]);
    expect(flink.view.hash).not.toBe(lambda.view.hash);
    expect(flink.fingerprint).not.toBe(lambda.fingerprint);
    expect(unsaid).toMatchObject({ fingerprint: lambda.fingerprint, view: { hash: lambda.view.hash } });
    expect(lambda.view).not.toHaveProperty('engine');
  });

  it('counts them once where a feature counts them too', () => {
    expect(planned(levels(() => [over('1h', { n: count() })], 'flink')).tiers.map(({ rows, parts }) => [rows, parts.length])).toEqual([[0, 1]]);
  });

  it('has hops even where it keeps nothing but newest values', () => {
    expect(planned(levels((row) => [over('24h', { newest: last(row.level) })], 'flink')).tiers).toMatchObject([{ hop: 3_600_000, width: 86_400_000, rows: 0 }]);
  });

  it('has no lifetime, which Flink could not begin anew', () => {
    expect(problems(levels((row) => [over(['1h', 'lifetime'], { total: sum(row.level) })], 'flink'))).toEqual([expect.stringMatching(/^feature view levels@v1 has the engine 'flink' and a lifetime \(total_lifetime\): .*with the engine 'lambda'$/u)]);
  });

  it('is not found by a float', () => {
    const depth = entity('depth', { metres: float() });
    expect(problems(featureView('levels', { version: 1, entity: depth, from: read, engine: 'flink', by: (row) => ({ metres: row.level }), features: () => [over('1h', { n: count() })] }), { depth }))
      .toEqual([expect.stringMatching(/^feature view levels@v1 has the engine 'flink' and finds depth by 'metres', a float: /u)]);
  });

  it('is made from events', () => {
    const meters = dataset('meters', { version: 1, key: ['meter'], knownAt: 'always', source: { csv: 'meters' }, fields: { meter: string(), place: string() } });
    expect(problems(featureView('places', { version: 1, entity: meter, from: meters, engine: 'flink', by: (row) => ({ id: row.meter }), features: (row) => [current({ place: row.place })] }), { meters }))
      .toEqual([expect.stringMatching(/^feature view places@v1 has the engine 'flink' over a dataset/u)]);
  });

  it('says one of two engines', () => {
    expect(problems(levels(totals, 'spark' as 'flink'))).toEqual(["feature view levels@v1 has the engine 'spark'; it is 'lambda' or 'flink'"]);
  });
});
