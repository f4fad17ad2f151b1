import { count, current, dataset, entity, event, featureView, float, gt, int, mean, model, over, string, timestamp } from 'headrace';
import * as flights from '../../../examples/flights/definitions';
import { compile, manifestText } from '../../../core/manifest/compile';
import { differenceOf, hashesOf } from '../../../core/manifest/difference';
import type { Manifest } from '../../../core/manifest/manifest';

const compiled = (exported: Readonly<Record<string, unknown>>): Manifest => {
  const compilation = compile(exported);
  if (!compilation.ok) throw new Error(JSON.stringify(compilation.problems));
  return compilation.manifest;
};

const problems = (exported: Readonly<Record<string, unknown>>): readonly string[] => {
  const compilation = compile(exported);
  return compilation.ok ? [] : compilation.problems.map(({ definition, problem }) => `${definition} ${problem}`);
};

const paid = (version = 1) => event('payment.made', { version, partitionBy: 'card', fields: { card: string(), amount: float({ min: 0 }), at: timestamp() } });
const card = entity('card', { id: string() });
const spending = (width: `${number}h` | `${number}m` = '1h') =>
  featureView('card_spending', { version: 1, entity: card, from: paid(), by: (row) => ({ id: row.card }), features: (row) => [over(width, { payments: count(), mean_amount: mean(row.amount) })] });

describe('compiling definitions', () => {
  it('gives the same manifest whatever the order of exports', () => {
    const reversed = Object.fromEntries(Object.entries(flights).reverse());
    expect(manifestText(compiled(reversed))).toBe(manifestText(compiled(flights)));
  });

  it('names model inputs by slot and feature, in the order in which they are declared', () => {
    const { inputs } = compiled(flights).models['late_arrival@v1'] ?? { inputs: [] };
    expect(inputs.map(({ name }) => name).slice(0, 3)).toEqual(['origin__flights_1h', 'origin__mean_delay_1h', 'origin__late_share_1h']);
    expect(inputs.map(({ name }) => name)).toContain('destination__last_delay_7d');
  });

  it('derives an event type for what each model predicts', () => {
    expect(compiled(flights).events['prediction.late_arrival@v1']?.platform).toBe(true);
  });

  it('keeps the hash when only the description changes, and not when the meaning does', () => {
    const hash = (description: string, max: number) => compiled({ a: event('a.b', { version: 1, description, partitionBy: 'id', fields: { id: string(), n: int({ max }) } }) }).events['a.b@v1']?.hash;
    expect(hash('one', 5)).toBe(hash('two', 5));
    expect(hash('one', 5)).not.toBe(hash('one', 6));
  });

  it('changes the hash of a model\'s inputs when a view that it reads changes', () => {
    const inputsHash = (width: '1h' | '2h') => {
      const view = featureView('v', { version: 1, entity: card, from: paid(), by: (row) => ({ id: row.card }), features: (row) => [over('24h', { payments: count({ where: gt(row.amount, width === '1h' ? 1 : 2) }) })] });
      return compiled({ paid: paid(), card, view, m: model('m', { version: 1, predicts: 'probability', entities: { card }, request: {}, features: (slots) => ({ card: view.of(slots.card) }),
        examples: { from: paid(), row: (row) => ({ entities: { card: { id: row.card } }, request: {}, label: gt(row.amount, 1) }) } }) }).models['m@v1']?.inputsHash;
    };
    expect(inputsHash('1h')).not.toBe(inputsHash('2h'));
  });

  it('names the view whose event was not exported', () => {
    expect(problems({ card, view: spending() })).toEqual([expect.stringMatching(/^feature view card_spending@v1 is made from the event payment\.made@v1, which is not among the definitions: export it/)]);
  });

  it('shows the arithmetic of a width that is no multiple of its hop', () => {
    expect(problems({ paid: paid(), card, view: spending('7m') })).toContainEqual(expect.stringContaining("the width '7m', which is no multiple of its hop of 5 minutes (widths under 12 hours): 7 minutes leave 2 over"));
  });

  it('refuses two definitions of one name and version', () => {
    expect(problems({ a: paid(), b: paid() })).toEqual(['event payment.made@v1 is defined twice; give one another name or version']);
  });

  it('lets two versions of an event stand side by side', () => {
    expect(Object.keys(compiled({ a: paid(1), b: paid(2) }).events)).toEqual(['payment.made@v1', 'payment.made@v2']);
  });

  it('refuses names and patterns that could not be kept', () => {
    const wrong = event('Payment Made', { version: 0, partitionBy: 'id', fields: { id: string() } });
    expect(problems({ wrong })).toHaveLength(2);
    expect(problems({ a: event('a.b', { version: 1, partitionBy: 'id', fields: { id: string({ pattern: '(' }) } }) })).toEqual([expect.stringContaining("field 'id' has the pattern (")]);
  });

  describe('of a view over a dataset', () => {
    const users = dataset('users', { version: 1, key: ['id'], knownAt: 'always', source: { csv: 'users/' }, fields: { id: string(), tier: string(), card: string() } });

    it('takes the columns of its newest row', () => {
      expect(problems({ users, card, view: featureView('user_tier', { version: 1, entity: card, from: users, by: (row) => ({ id: row.id }), features: (row) => [current({ tier: row.tier })] }) })).toEqual([]);
    });

    it('refuses windows, which are over events, and current values of events, which have no newest row', () => {
      expect(problems({ users, card, view: featureView('counted', { version: 1, entity: card, from: users, by: (row) => ({ id: row.id }), features: () => [over('1h', { n: count() })] }) }))
        .toEqual([expect.stringContaining('feature view counted@v1 has the window feature n_1h over the dataset users@v1; windows are over events')]);
      expect(problems({ paid: paid(), card, view: featureView('newest', { version: 1, entity: card, from: paid(), by: (row) => ({ id: row.card }), features: (row) => [current({ amount: row.amount })] }) }))
        .toEqual([expect.stringContaining('feature view newest@v1 has the current feature amount over the event payment.made@v1, which has no newest row; use last() over a window')]);
    });

    it('refuses an entity that several rows would describe', () => {
      expect(problems({ users, card, view: featureView('of_card', { version: 1, entity: card, from: users, by: (row) => ({ id: row.card }), features: (row) => [current({ tier: row.tier })] }) }))
        .toEqual([expect.stringContaining("feature view of_card@v1 finds card by card, and a row of users@v1 is told apart by id: each row of a dataset describes one entity; map the entity's key to the dataset's key")]);
    });
  });
});

describe('what a deploy would change', () => {
  it('tells additions, removals and changes under an online version apart', () => {
    const online = { 'event/a@v1': '1', 'view/b@v1': '2', 'model/c@v1': '3' };
    expect(differenceOf(online, { 'event/a@v1': '1', 'view/b@v1': 'other', 'view/b@v2': '4' })).toEqual({ added: ['view/b@v2'], changed: ['view/b@v1'], removed: ['model/c@v1'] });
  });

  it('lists every definition of the flights', () => {
    expect(Object.keys(hashesOf(compiled(flights)))).toEqual(expect.arrayContaining(['event/flight.landed@v1', 'dataset/airports@v1', 'entity/airport', 'view/airport_arrivals@v1', 'model/late_arrival@v1']));
  });
});
