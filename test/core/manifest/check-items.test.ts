import { count, entity, event, featureView, float, gt, max, over, string, sum, variance } from 'headrace';
import type { Columns, Features } from 'headrace';
import * as flights from '../../../examples/flights/definitions';
import { compile } from '../../../core/manifest/compile';
import { itemSizeOf } from '../../../core/window/item-size';
import { planView } from '../../../core/window';

const read = event('meter.read', { version: 1, partitionBy: 'meter', fields: { meter: string(), level: float() } });
const meter = entity('meter', { id: string() });
type Row = Columns<typeof read.fields>;

const compiled = (features: (row: Row) => readonly Features[], writeUnits?: number) =>
  compile({ read, meter, view: featureView('levels', { version: 1, entity: meter, from: read, by: (row) => ({ id: row.meter }), features, ...(writeUnits === undefined ? {} : { writeUnits }) }) });
const problems = (...given: Parameters<typeof compiled>) => { const found = compiled(...given); return found.ok ? [] : found.problems.map(({ problem }) => problem); };

const wide = (row: Row) => [over(['11h', '11d'], { total: sum(row.level), spread: variance(row.level), top: max(row.level) })];

describe('the size of a view\'s items', () => {
  it('is worked out when definitions compile: the flights take three write units at most', () => {
    const compilation = compile(flights);
    const view = compilation.ok ? compilation.manifest.views['airport_departures@v1'] : undefined;
    if (!compilation.ok || !view) throw new Error('The flights do not compile.');
    expect(itemSizeOf(planView(compilation.manifest, view))).toMatchObject({ tiles: 37 + 169, writeUnits: 3 });
  });

  it('refuses a view whose fold costs more than eight write units and does not say so, with the arithmetic', () => {
    expect(problems(wide)).toEqual([expect.stringMatching(/^would cost 12 write units a fold, over 8 \(expected 133 tiles × 29 bytes \+ 265 tiles × 29 bytes \+ \d+ bytes for all else = 11\.8 KB; .*say writeUnits: 12/u)]);
    expect(problems(wide, 11)).toHaveLength(1);
  });

  it('takes it when the view says what it may cost, and its meaning stays the same', () => {
    const [twelve, fourteen] = [12, 14].map((units) => { const found = compiled(wide, units); return found.ok ? found.manifest.views['levels@v1'] : undefined; });
    expect(twelve?.writeUnits).toBe(12);
    expect(twelve?.hash).toBe(fourteen?.hash);
  });

  it('refuses a view whose items could be larger than DynamoDB holds, whatever it says', () => {
    const many = (row: Row) => [over(['715m', '287h', '90d'], Object.fromEntries(Array.from({ length: 80 }, (_, index) => [`top${index}`, max(row.level, { where: gt(row.level, index) })])))];
    expect(problems(many, 200)).toEqual([expect.stringMatching(/^could have items over 350 KB, which DynamoDB does not hold/u)]);
  });

  it('refuses a cost that is no number of write units', () => {
    expect(problems(() => [over('1h', { n: count() })], 0)).toEqual(['has writeUnits 0; allowed is a whole number from 1']);
  });
});
