import { decodePartial, encodePartial } from '../../../../core/window/flink';
import { given } from '../../../fixtures/flights';
import { partialOf, plan, prepared } from './support';

const at = Date.UTC(2001, 5, 1, 12, 1);
const partial = partialOf(0, [prepared({ source: 's', id: 'é', effectiveTime: at, arrival: at + 5, row: { device: 'd', value: 12, level: 1e150, note: 'of two words, = {and} more' } })]);
const text = encodePartial(plan, partial);
const changed = (change: Readonly<Record<string, unknown>>): string => JSON.stringify({ ...(JSON.parse(text) as object), ...change });
const withPart = (key: RegExp, value: string): string => changed({ parts: (JSON.parse(text) as { parts: (string | null)[] }).parts.map((each, index) => (key.test(given(plan.parts[index]).key) ? value : each)) });
const decode = (message: string) => decodePartial(message, (name) => (name === plan.name ? plan : undefined));
const problem = (message: string): string => { const found = decode(message); return found.ok ? 'none' : found.problem; };

describe('a message of partials', () => {
  it('is read as it was written', () => {
    expect(decode(text)).toEqual({ ok: true, plan, partial });
  });

  it('may tell a sum in terms, and what is too large for decimals apart', () => {
    const found = decode(withPart(/^\["sum",.*"value"/u, '5e18 -3e9 7 {1.0E20=2, -5.0E18=1}'));
    if (!found.ok) throw new Error(found.problem);
    const index = given(plan.tiers[0]).parts.findIndex(({ key }) => /^\["sum",.*"value"/u.test(key));
    expect(found.partial.tile[index]).toBe(5n * 10n ** 18n - 3n * 10n ** 9n + 7n + 2n * 10n ** 20n - 5n * 10n ** 18n);
  });

  it.each([
    ['no JSON', '{', /^it is no JSON/u],
    ['a list', '[]', /^it is no JSON object/u],
    ['nothing', 'null', /^it is no JSON object/u],
    ['another view', changed({ view: 'others@v1' }), /^its view is "others@v1", which Flink does not work out/u],
    ['no view', changed({ view: undefined }), /^its view is absent/u],
    ['another content of the view', changed({ plan: 1 }), /^it was made for another content of readings@v1 \(1, not/u],
    ['the key of another entity', changed({ entity: 'gate|d' }), /^its entity is "gate\|d"; it is the text of a key of device/u],
    ['a key that no item can have', changed({ entity: `device|${'é'.repeat(1024)}` }), /^its entity has a key of 2055 bytes/u],
    ['a tier that is none', changed({ tier: 1000 }), /^its tier is 1000; readings@v1 has hops of 300000, 3600000/u],
    ['a hop that begins elsewhere', changed({ hop: at }), /^its hop 991396860000 does not begin a hop/u],
    ['a newest event beyond its hop', changed({ newest: at + 300_000 }), /does not begin a hop of 300000 that holds its newest event/u],
    ['no rows', changed({ rows: 0 }), /^its rows is 0; it is a whole number from 1/u],
    ['rows that its parts do not count', changed({ rows: 2 }), /^it is of 2 events, and its parts count others/u],
    ['a time in words', changed({ arrival: 'now' }), /^its arrival is "now"/u],
    ['too few parts', changed({ parts: [] }), /^its parts are no list of/u],
    ['a part that is a number', changed({ parts: plan.parts.map(() => 1) }), /^one of its parts is neither a text nor null/u],
    ['a part of another tier', withPart(/^\["count",\{"kind":"column","name":"nothing/u, ''), /^none/u],
    ['a sum in words', withPart(/^\["sum"/u, 'many'), /^its part \d+ cannot be read: "many" is no sum/u],
    ['an empty sum', withPart(/^\["sum"/u, ''), /cannot be read: "" is no sum/u],
    ['an extreme that is no number', withPart(/^\["max"/u, 'NaN'), /"NaN" is no number/u],
    ['a fraction as a whole extreme', withPart(/^\["min"/u, '0.5'), /cannot be kept as an extreme/u],
    ['a row\'s value without its time', changed({ registers: ['a'] }), /^its register 0 cannot be read: "a" is no row's value/u],
    ['a row\'s value of another hop', changed({ registers: ['000000000000001 73 65 string a'] }), /^it has the value of a row that is not of its hop/u],
    ['an identity that is no text', changed({ registers: [`${String(at).padStart(15, '0')} ff 65 string a`] }), /"ff" is no UTF-8/u],
  ])('is refused with the reason: %s', (_name, message, reason) => {
    expect(problem(message)).toMatch(reason);
  });

  it('is refused in a moment, however long the garbage', () => {
    expect(problem(withPart(/^\["sum"/u, `${'1 '.repeat(50_000)}x`))).toMatch(/is no sum/u);
  });
});
