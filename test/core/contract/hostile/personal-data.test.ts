import { foldFailures } from '../../../../lambdas/feature-aggregator/quarantine';
import { keepBatch } from '../../../../lib/runtime/ingest/keep-batch';
import { report } from '../../../../lib/runtime/ingest/report';
import type { QuarantineLine } from '../../../../core/lake/line';
import { count, entity, event, featureView, float, gt, model, over, personal, string } from '../../../../core/definition';
import type { ModelDefinition } from '../../../../core/manifest/manifest';
import { readPredictionRequest } from '../../../../core/model/request';
import { contracts, manifestOf, order, record } from '../../../fixtures/contracts';

/** Planted in every place where something personal can stand; found nowhere but in the event itself. */
const canary = 'canary-7f3a@example.org';
const digits = '8675309241';

/** Orders whose personal fields (customer, age) break their contract, or whose other parts do while these are there. */
const broken: readonly (readonly [string, unknown])[] = [
  ['a pattern that does not match', order({ customer: `${canary} and more @@` })],
  ['a list', order({ customer: [canary] })], ['an object', order({ customer: { [canary]: canary } })], ['a number for a text', order({ customer: Number(digits) })],
  ['a text for a number', order({ age: canary })], ['a number out of range', order({ age: -Number(digits) })], ['no whole number', order({ age: Number(digits) + 0.5 })],
  ['another field that is wrong', order({ customer: canary, items: 0 })], ['a field that is missing', order({ customer: canary, orderId: undefined })],
  ['a type that there is not', order({ customer: canary }, { type: 'order.lost' })], ['a time in the future', order({ customer: canary }, { time: '2027-01-01T00:00:00Z' })],
  ['no time', order({ customer: canary }, { time: 'soon' })], ['no identity', order({ customer: canary }, { id: '' })],
  ['JSON that is cut off', JSON.stringify(order({ customer: canary })).slice(0, -3)], ['JSON with a fault beside it', JSON.stringify(order({ customer: canary })).replace(`"${canary}"`, `"${canary}"x`)],
  ['a name twice', JSON.stringify(order({ customer: canary })).replace('"amount"', `"customer":"${canary}","amount"`)],
  ['text that is no UTF-8', Buffer.concat([Buffer.from(JSON.stringify(order({ customer: canary })).slice(0, -1)), Buffer.from([0xff])])],
  ['half a surrogate', JSON.stringify(order({ customer: canary })).replace(canary, `${canary}\\ud800`)], ['deep nesting', JSON.stringify(order({ customer: canary })).replace('"data":{', `"data":{"more":${'['.repeat(40)}"${canary}"${']'.repeat(40)},`)],
];

const showsNothing = (what: unknown): void => {
  const text = what instanceof Error ? `${what.name} ${what.message} ${what.stack ?? ''}` : typeof what === 'string' ? what : JSON.stringify(what);
  expect(text).not.toContain(canary);
  expect(text).not.toContain(digits);
};

describe('a personal value', () => {
  it.each(broken)('is in no reason, log, metric or error: %s', async (_name, body) => {
    const records = [record(body)];
    const [logged, emitted, complained]: [unknown[], unknown[], unknown[]] = [[], [], []];
    const written: Buffer[] = [];
    const outcome = await keepBatch(records, contracts, {
      write: ({ content }) => { written.push(content); return Promise.resolve(); },
      complain: (...words) => { complained.push(...words); },
      hasTime: () => true,
    });
    report(records, outcome, { now: 0, emit: (...metric) => { emitted.push(metric); }, log: (...line) => { logged.push(line); } });
    expect([...outcome.counts.rejected.values()]).toEqual([1]);
    for (const each of [...logged, ...emitted, ...complained]) showsNothing(each);
    const { original, ...line } = JSON.parse(written[0]?.toString('utf8') ?? '{}') as QuarantineLine;
    showsNothing(line);
    expect(original).not.toBe('');
  });

  it('is in no problem that the prediction API answers with', () => {
    const card = entity('card', { email: personal(string({ pattern: '^[^@]+@[^@]+$' })) });
    const paid = event('payment.made', { version: 1, partitionBy: 'card', fields: { card: string(), amount: float() } });
    const payments = featureView('card_payments', { version: 1, entity: card, from: paid, by: (row) => ({ email: row.card }), features: () => [over('1h', { payments: count() })] });
    const fraud = model('fraud', { version: 1, predicts: 'probability', entities: { card }, request: { name: personal(string({ oneOf: ['nobody'] })), age: personal(float({ max: 150 })) },
      features: (slots, request) => ({ card: payments.of(slots.card), age: request.age }), examples: { from: paid, row: (row) => ({ entities: { card: { email: row.card } }, request: { name: row.card, age: row.amount }, label: gt(row.amount, 1) }) } });
    const { models, entities } = manifestOf({ card, paid, payments, fraud });
    const instances = [
      { entities: { card: `${canary}@@` }, request: { name: canary, age: Number(digits) } }, { entities: { card: { email: [canary] } }, request: { name: [canary], age: canary } },
      { entities: { card: Number(digits) }, request: { name: Number(digits), age: Number(digits) + 0.5 } }, { entities: [canary], request: [canary] }, [canary], { entities: { card: { other: canary } }, request: { name: { [canary]: 1 } } },
    ];
    for (const instance of instances) {
      const answer = readPredictionRequest({ instances: [instance] }, models['fraud@v1'] as ModelDefinition, entities, 0);
      expect(answer.ok).toBe(false);
      showsNothing(answer);
    }
  });

  it('is not logged when storage fails', async () => {
    const complained: unknown[] = [];
    await keepBatch([record(order({ customer: canary }))], contracts, { write: () => Promise.reject(new Error('no answer')), complain: (...words) => { complained.push(...words); }, hasTime: () => true });
    expect(complained.length).toBeGreaterThan(0);
    for (const each of complained) showsNothing(each);
  });

  it('is in no reason of what cannot be folded, even if the error repeats it', () => {
    const [object] = foldFailures([{ record: record(order({ customer: canary })), eventType: 'order.placed', view: 'orders@v1', error: new RangeError(`no ${canary}`) }], contracts);
    const { original, ...line } = JSON.parse(object?.content.toString('utf8') ?? '{}') as QuarantineLine;
    showsNothing(line);
    expect(Buffer.from(original, 'base64').toString('utf8')).toContain(canary);
  });
});
