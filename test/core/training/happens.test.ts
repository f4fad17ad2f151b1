import type { DuckDBConnection } from '@duckdb/node-api';
import * as fc from 'fast-check';
import { and, count, entity, eq, event, featureView, float, gt, happens, model, over, string } from '../../../core/definition';
import type { Row } from '../../../core/expression/evaluate';
import type { TrainingSetPlanInput } from '../../../core/training/training-set-plan';
import { candidatesStatement, chunkStatements, droppedQuery } from '../../../core/training/training-set-plan';
import { given } from '../../fixtures/flights';
import type { TestRecord } from './support';
import { insertRecords, manifestOf, memoryDatabase, rowsOf } from './support';

const [minute, hour] = [60_000, 3_600_000];
const paid = event('payment.made', { version: 1, partitionBy: 'card', fields: { payment: string(), card: string(), amount: float() } });
const disputed = event('payment.disputed', { version: 1, partitionBy: 'payment', fields: { payment: string(), amount: float() } });
const card = entity('card', { id: string() });
const spending = featureView('card_spending', { version: 1, entity: card, from: paid, by: (row) => ({ id: row.card }), features: () => [over('1h', { payments: count() })] });
const fraud = model('fraud', { version: 1, predicts: 'probability', entities: { card }, request: { amount: float() },
  features: (slots, request) => ({ card: spending.of(slots.card), amount: request.amount }),
  examples: { from: paid, row: (row) => ({ entities: { card: { id: row.card } }, request: { amount: row.amount },
    label: happens(disputed, '6h', (outcome) => and(eq(outcome.payment, row.payment), gt(outcome.amount, 1))) }) } });
const manifest = manifestOf({ paid, disputed, card, spending, fraud });
const definition = given(manifest.models['fraud@v1']);

const begin = Date.UTC(2001, 0, 10);
const range = { from: begin, to: begin + 24 * hour, knownUntil: begin + 24 * hour };
const within = 6 * hour;

const records = (row: fc.Arbitrary<Row>): fc.Arbitrary<readonly TestRecord[]> => fc.array(fc.record({
  id: fc.uuid(), effective: fc.integer({ min: -30, max: 6 * 26 }).map((tens) => begin + tens * 10 * minute), lateness: fc.constantFrom(0, 0, minute, 3 * hour, 9 * hour), row,
}).map(({ lateness, ...each }) => ({ source: 's', known: each.effective + lateness, ...each })), { maxLength: 25 });
const payment = fc.constantFrom('p1', 'p2', 'p3', 'p4');
const payments = records(fc.record({ payment, card: fc.constantFrom('a', 'b'), amount: fc.integer({ min: 0, max: 9 }) }));
const disputes = records(fc.record({ payment: fc.option(payment), amount: fc.integer({ min: 0, max: 4 }) }));

describe('a label that looks ahead', () => {
  let connection: DuckDBConnection;
  beforeAll(async () => { connection = await memoryDatabase(); });
  afterAll(() => { connection.closeSync(); });

  const build = async (examples: readonly TestRecord[], outcomes: readonly TestRecord[]) => {
    await insertRecords(connection, 'payments', given(manifest.events['payment.made@v1']).fields, examples);
    await insertRecords(connection, 'disputes', given(manifest.events['payment.disputed@v1']).fields, outcomes);
    const input: TrainingSetPlanInput = { manifest, model: definition, records: ({ name }) => ({ table: name === 'payment.made' ? 'payments' : 'disputes', lateness: 9 * hour }) };
    await connection.run(candidatesStatement(input, range).sql);
    for (const { sql } of chunkStatements(input, range, true)) await connection.run(sql);
    const dropped = await rowsOf(connection, `${droppedQuery} ORDER BY ALL`);
    const rows = await rowsOf(connection, 'SELECT "example.id" AS id, "example.label" AS label, epoch_ms("example.known") AS known FROM examples ORDER BY id');
    return { rows, dropped };
  };

  /** What the definition says, in the plainest way. */
  const naive = (examples: readonly TestRecord[], outcomes: readonly TestRecord[]) => examples.filter(({ effective, known }) => effective >= range.from && effective < range.to && known < range.knownUntil).map(({ id, effective, known, row }) => {
    const found = outcomes.filter((each) => each.known < range.knownUntil && each.effective > effective && each.effective <= effective + within && each.row['payment'] === row['payment'] && Number(each.row['amount']) > 1);
    return { id, label: found.length > 0, known: Math.max(known, effective + within, found.length === 0 ? 0 : Math.min(...found.map((each) => each.known))) };
  });

  it('is what a plain look at each row says, where that can be known, and is known from then on', () => fc.assert(fc.asyncProperty(payments, disputes, async (examples, outcomes) => {
    const expected = naive(examples, outcomes);
    const { rows, dropped } = await build(examples, outcomes);
    expect(rows).toEqual(expected.filter(({ known }) => known < range.knownUntil).sort((left, right) => (left.id < right.id ? -1 : 1)));
    const notDue = expected.filter(({ known }) => known >= range.knownUntil).length;
    expect(dropped).toEqual(notDue === 0 ? [] : [{ dropped: 'labelNotDue', count: notDue }]);
  }), { numRuns: 60 }), 60_000);

  it('begins after the moment and ends with the while', async () => {
    const at = (id: string, effective: number, row: Row): TestRecord => ({ source: 's', id, effective, known: effective, row });
    const made = (id: string) => at(id, begin, { payment: id, card: 'a', amount: 1 });
    const dispute = (id: string, effective: number, amount = 2) => at(`dispute of ${id}`, effective, { payment: id, amount });
    const { rows } = await build(['at', 'after', 'end', 'beyond', 'small', 'never'].map(made), [dispute('at', begin), dispute('after', begin + 1), dispute('end', begin + within), dispute('beyond', begin + within + 1), dispute('small', begin + 1, 1)]);
    expect(Object.fromEntries(rows.map(({ id, label }) => [id, label]))).toEqual({ at: false, after: true, end: true, beyond: false, small: false, never: false });
  });

  it('changes in no row when an outcome is added that became known after the range', () => fc.assert(fc.asyncProperty(payments, disputes, disputes, async (examples, outcomes, others) => {
    const before = await build(examples, outcomes);
    const later = others.map((each) => ({ ...each, id: `later ${each.id}`, known: Math.max(each.known, range.knownUntil) }));
    expect(await build(examples, [...outcomes, ...later])).toEqual(before);
  }), { numRuns: 20 }), 60_000);
});
