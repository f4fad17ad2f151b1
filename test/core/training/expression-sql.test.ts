import type { DuckDBConnection } from '@duckdb/node-api';
import * as fc from 'fast-check';
import type { ExpressionNode, FieldNodes, Scalar } from '../../../core/definition/node';
import type { Row } from '../../../core/expression/evaluate';
import { compileExpression } from '../../../core/expression/evaluate';
import { entityKeySql, expressionSql, rowScope } from '../../../core/training/expression-sql';
import { insertRecords, memoryDatabase, rowsOf } from './support';

const field = (scalar: Scalar) => ({ scalar, optional: true, personal: false });
const fields: FieldNodes = { text: field('string'), whole: field('int'), broken: field('float'), truth: field('boolean'), instant: field('timestamp') };

const column = (name: string, scalar: Scalar): ExpressionNode => ({ kind: 'column', name, scalar });
const literal = (value: string | number | boolean, scalar: Scalar): ExpressionNode => ({ kind: 'literal', value, scalar });

/** Expressions of every kind over a row, by scalar. */
const { number, truth } = fc.letrec<{ number: ExpressionNode; truth: ExpressionNode }>((tie) => ({
  number: fc.oneof({ depthSize: 'small', withCrossShrink: true },
    fc.constant(column('whole', 'int')), fc.constant(column('broken', 'float')), fc.integer({ min: -9, max: 9 }).map((value) => literal(value, 'int')), fc.constantFrom(0.1, -2.5).map((value) => literal(value, 'float')),
    fc.record({ kind: fc.constant('arithmetic' as const), operator: fc.constantFrom('add' as const, 'subtract' as const, 'multiply' as const, 'divide' as const), left: tie('number'), right: tie('number'), scalar: fc.constant('float' as const) }),
    fc.constantFrom('UTC', 'America/Chicago', 'Asia/Kathmandu').map((zone): ExpressionNode => ({ kind: 'hourOfDay', of: column('instant', 'timestamp'), zone, scalar: 'int' }))),
  truth: fc.oneof({ depthSize: 'small', withCrossShrink: true },
    fc.constant(column('truth', 'boolean')), fc.boolean().map((value) => literal(value, 'boolean')),
    fc.record({ kind: fc.constant('compare' as const), operator: fc.constantFrom('gt' as const, 'ge' as const, 'lt' as const, 'le' as const, 'eq' as const, 'ne' as const), left: tie('number'), right: tie('number'), scalar: fc.constant('boolean' as const) }),
    fc.constantFrom("it's", 'b').map((text): ExpressionNode => ({ kind: 'compare', operator: 'eq', left: column('text', 'string'), right: literal(text, 'string'), scalar: 'boolean' })),
    fc.constantFrom(Date.UTC(2001, 3, 1, 8), 0).map((instant): ExpressionNode => ({ kind: 'compare', operator: 'ge', left: column('instant', 'timestamp'), right: literal(instant, 'timestamp'), scalar: 'boolean' })),
    fc.record({ kind: fc.constant('logic' as const), operator: fc.constantFrom('and' as const, 'or' as const), operands: fc.array(tie('truth'), { minLength: 2, maxLength: 3 }), scalar: fc.constant('boolean' as const) }),
    fc.record({ kind: fc.constant('not' as const), of: tie('truth'), scalar: fc.constant('boolean' as const) })),
}));

const rows = fc.array(fc.record({
  text: fc.option(fc.constantFrom("it's", 'b', '')), whole: fc.option(fc.integer({ min: -5, max: 5 })), broken: fc.option(fc.integer({ min: -40, max: 40 }).map((tenths) => tenths / 10)),
  // Around the change to daylight saving time, when an hour is missing.
  truth: fc.option(fc.boolean()), instant: fc.option(fc.integer({ min: 0, max: 48 }).map((halves) => Date.UTC(2001, 3, 1) + halves * 1_800_000)),
}), { minLength: 1, maxLength: 8 });

describe('an expression in SQL', () => {
  let connection: DuckDBConnection;
  beforeAll(async () => { connection = await memoryDatabase(); });
  afterAll(() => { connection.closeSync(); });

  const inSql = async (expressions: readonly string[], given: readonly Row[]): Promise<readonly unknown[][]> => {
    await insertRecords(connection, 'records', fields, given.map((row, index) => ({ source: 's', id: String(index), known: index, effective: 0, row })));
    const found = await rowsOf(connection, `SELECT ${expressions.map((sql, index) => `${sql} AS e${index}`).join(', ')} FROM records ORDER BY known`);
    return found.map((row) => Object.values(row));
  };

  it('gives what the online code gives, nulls included', () => fc.assert(fc.asyncProperty(fc.array(fc.oneof(number, truth), { minLength: 1, maxLength: 12 }), rows, async (nodes, given) => {
    const found = await inSql(nodes.map((node) => expressionSql(node, rowScope('the test'))), given);
    const online = given.map((row) => nodes.map((node) => compileExpression(node)({ columns: row })));
    // The two zeros are one number.
    expect(found.map((row) => row.map((value) => (value === 0 ? 0 : value)))).toEqual(online.map((row) => row.map((value) => (value === 0 ? 0 : value))));
  }), { numRuns: 150 }), 60_000);

  it('tells entity keys of several fields apart, whatever characters they hold', async () => {
    const keys = ['a|', '|a', 'a', '\\', '\\|', '|', ''].flatMap((text) => [{ text, whole: 1 }, { text, whole: null }]);
    const sql = entityKeySql([{ sql: '"field:text"', scalar: 'string' }, { sql: '"field:text"', scalar: 'string' }, { sql: '"field:whole"', scalar: 'int' }]);
    const found = (await inSql([sql], keys)).map(([key]) => key);
    const whole = found.filter((_key, index) => keys[index]?.whole === 1);
    expect(new Set(whole).size).toBe(whole.length);
    expect(found.filter((_key, index) => keys[index]?.whole === null)).toEqual(keys.flatMap(({ whole: each }) => (each === null ? [null] : [])));
    expect(whole[0]).toBe('a\\||a\\||1');
  });

  it('is refused where its leaves have no place, naming whose it is', () => {
    expect(() => expressionSql({ kind: 'request', name: 'distance', scalar: 'int' }, rowScope('visits@v1'))).toThrow(/visits@v1 reads a request field/u);
    expect(() => expressionSql({ kind: 'feature', slot: 'from', view: 'v', version: 1, feature: 'f', scalar: 'int' }, rowScope('visits@v1'))).toThrow(/visits@v1 reads a feature/u);
  });
});
