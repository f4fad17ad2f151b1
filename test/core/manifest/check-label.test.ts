import { entity, eq, event, float, gt, happens, model, or, string, type Columns, type Happens } from 'headrace';
import { compile } from '../../../core/manifest/compile';

const paid = event('payment.made', { version: 1, partitionBy: 'card', fields: { payment: string(), card: string(), amount: float() } });
const disputed = (version = 1, extra = {}) => event('payment.disputed', { version, partitionBy: 'payment', fields: { payment: string(), amount: float(), ...extra } });
const card = entity('card', { id: string() });
const fraud = (label: (row: Columns<typeof paid.fields>) => Happens) => model('fraud', { version: 1, predicts: 'probability', entities: { card }, request: { amount: float() },
  features: (_slots, request) => ({ amount: request.amount }), examples: { from: paid, row: (row) => ({ entities: { card: { id: row.card } }, request: { amount: row.amount }, label: label(row) }) } });
const compiled = (exported: Readonly<Record<string, unknown>>) => {
  const compilation = compile(exported);
  return compilation.ok ? compilation.manifest : compilation.problems.map(({ definition, problem }) => `${definition} ${problem}`);
};
const usual = fraud((row) => happens(disputed(), '60d', (outcome) => eq(outcome.payment, row.payment)));

describe('a label that looks ahead', () => {
  it('is data: which outcome, for how long, and whose', () => {
    const manifest = compiled({ paid, disputed: disputed(), card, usual });
    expect(manifest).toMatchObject({ models: { 'fraud@v1': { examples: { label: { kind: 'happens', outcome: { name: 'payment.disputed', version: 1 }, within: '60d', where: { kind: 'compare', left: { kind: 'column', name: 'outcome.payment' }, right: { kind: 'column', name: 'payment' } } } } } } });
  });

  it('means the same under a version of the outcome that leaves its columns as they are', () => {
    const hashOf = (manifest: ReturnType<typeof compiled>) => ('models' in manifest ? manifest.models['fraud@v1']?.hash : undefined);
    const since = disputed(2, { note: { ...string(), optional: true } });
    const of = (version: ReturnType<typeof disputed>) => hashOf(compiled({ paid, disputed: disputed(), since, card, fraud: fraud((row) => happens(version, '60d', (outcome) => eq(outcome.payment, row.payment))) }));
    expect(of(since)).toBe(of(disputed()));
    expect(hashOf(compiled({ paid, disputed: disputed(), card, fraud: fraud((row) => happens(disputed(), '30d', (outcome) => eq(outcome.payment, row.payment))) }))).not.toBe(of(disputed()));
  });

  it.each([
    ['an outcome that is not among the definitions', {}, usual, /model fraud@v1 has a label that looks for payment\.disputed@v1, which is not among the definitions: export it/u],
    ['outcomes that are anybody\'s', { disputed: disputed() }, fraud((row) => happens(disputed(), '60d', (outcome) => gt(outcome.amount, row.amount))), /without saying whose they are.*let a column of the outcome equal one of the example/u],
    ['outcomes that may be anybody\'s', { disputed: disputed() }, fraud((row) => happens(disputed(), '60d', (outcome) => or(eq(outcome.payment, row.payment), gt(outcome.amount, 5)))), /without saying whose they are/u],
    ['a while that is none', { disputed: disputed() }, fraud((row) => happens(disputed(), '60 days' as '60d', (outcome) => eq(outcome.payment, row.payment))), /looks ahead for '60 days'; allowed are minutes, hours and days/u],
  ])('is refused with %s', (_what, more, fraudulent, problem) => {
    expect(compiled({ paid, card, fraudulent, ...more })).toEqual([expect.stringMatching(problem)]);
  });
});
