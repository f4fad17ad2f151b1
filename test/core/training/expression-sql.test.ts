import type { DuckDBConnection } from '@duckdb/node-api';
import * as fc from 'fast-check';
import type { ExpressionNode, FieldNodes, Scalar } from '../../../core/definition/node';
import type { Row } from '../../../core/expression/evaluate';
import { compileExpression } from '../../../core/expression/evaluate';
import { entityKeySql, expressionSql, rowScope } from '../../../core/training/expression-sql';
import { transformCases } from '../../conformance/transform-cases';
import { insertRecords, memoryDatabase, rowsOf } from './support';

const field = (scalar: Scalar) => ({ scalar, optional: true, personal: false });
const fields: FieldNodes = { text: field('string'), whole: field('int'), broken: field('float'), truth: field('boolean'), instant: field('timestamp') };

const column = (name: string, scalar: Scalar): ExpressionNode => ({ kind: 'column', name, scalar });
const literal = (value: string | number | boolean, scalar: Scalar): ExpressionNode => ({ kind: 'literal', value, scalar });

const zone = fc.constantFrom('UTC', 'America/Chicago', 'Asia/Kathmandu');
const bound = fc.constantFrom(-4, -2.5, -0.1, 0, 0.1, 1, 3, 1e9);
const text = fc.oneof(fc.constant(column('text', 'string')), fc.constantFrom("it's", 'b').map((otherwise): ExpressionNode => ({ kind: 'coalesce', of: column('text', 'string'), otherwise: literal(otherwise, 'string'), scalar: 'string' })));

/** Infinity, and so NaN of two of them: what numbers come to that are too large, of requests too. */
const large = literal(1e200, 'float');
const beyond: ExpressionNode = { kind: 'arithmetic', operator: 'multiply', left: large, right: large, scalar: 'float' };

/** Expressions of every kind over a row, by scalar. */
const { number, truth } = fc.letrec<{ number: ExpressionNode; truth: ExpressionNode }>((tie) => ({
  number: fc.oneof({ depthSize: 'small', withCrossShrink: true },
    fc.constant(column('whole', 'int')), fc.constant(column('broken', 'float')), fc.constant(beyond), fc.integer({ min: -9, max: 9 }).map((value) => literal(value, 'int')), fc.constantFrom(0.1, -2.5).map((value) => literal(value, 'float')),
    fc.record({ kind: fc.constant('arithmetic' as const), operator: fc.constantFrom('add' as const, 'subtract' as const, 'multiply' as const, 'divide' as const), left: tie('number'), right: tie('number'), scalar: fc.constant('float' as const) }),
    fc.record({ kind: fc.constant('clip' as const), of: tie('number'), bounds: fc.tuple(bound, bound) }).map(({ bounds: [one, other], ...rest }): ExpressionNode => ({ ...rest, least: Math.min(one, other), most: Math.max(one, other), scalar: 'float' })),
    fc.record({ kind: fc.constant('bucket' as const), of: tie('number'), from: fc.uniqueArray(bound, { minLength: 1 }).map((bounds) => bounds.toSorted((left, right) => left - right)), scalar: fc.constant('int' as const) }),
    fc.record({ kind: fc.constant('squareRoot' as const), of: tie('number'), scalar: fc.constant('float' as const) }),
    fc.record({ kind: fc.constant('coalesce' as const), of: tie('number'), otherwise: tie('number'), scalar: fc.constant('float' as const) }),
    fc.record({ kind: fc.constant('category' as const), of: text, values: fc.uniqueArray(fc.constantFrom("it's", 'b', '', 'c'), { minLength: 1 }), scalar: fc.constant('int' as const) }),
    zone.map((each): ExpressionNode => ({ kind: 'dayOfWeek', of: column('instant', 'timestamp'), zone: each, scalar: 'int' })),
    zone.map((each): ExpressionNode => ({ kind: 'hourOfDay', of: column('instant', 'timestamp'), zone: each, scalar: 'int' }))),
  truth: fc.oneof({ depthSize: 'small', withCrossShrink: true },
    fc.constant(column('truth', 'boolean')), fc.boolean().map((value) => literal(value, 'boolean')),
    fc.record({ kind: fc.constant('compare' as const), operator: fc.constantFrom('gt' as const, 'ge' as const, 'lt' as const, 'le' as const, 'eq' as const, 'ne' as const), left: tie('number'), right: tie('number'), scalar: fc.constant('boolean' as const) }),
    fc.tuple(text, fc.constantFrom("it's", 'b')).map(([left, right]): ExpressionNode => ({ kind: 'compare', operator: 'eq', left, right: literal(right, 'string'), scalar: 'boolean' })),
    fc.record({ kind: fc.constant('coalesce' as const), of: tie('truth'), otherwise: tie('truth'), scalar: fc.constant('boolean' as const) }),
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

  it.each(transformCases)('has each transform where values are at its edges, and absent where they are: $name', async ({ expressions, cases, expected }) => {
    const given = cases.map((row): Row => ({ whole: null, truth: null, ...row }));
    expect(given.map((row) => expressions.map((node) => compileExpression(node)({ columns: row })))).toEqual(expected);
    expect(await inSql(expressions.map((node) => expressionSql(node, rowScope('the test'))), given)).toEqual(expected);
  });

  it('takes what is no number for larger than every number, as both engines of training sets do', async () => {
    const nan: ExpressionNode = { kind: 'arithmetic', operator: 'subtract', left: beyond, right: beyond, scalar: 'float' };
    const [one, compared] = [literal(1, 'float'), (['gt', 'ge', 'lt', 'le', 'eq', 'ne'] as const)];
    const expressions: readonly ExpressionNode[] = [
      { kind: 'clip', of: nan, least: -1, most: 2, scalar: 'float' }, { kind: 'bucket', of: nan, from: [0, 2], scalar: 'int' }, { kind: 'squareRoot', of: nan, scalar: 'float' },
      ...[[nan, one], [one, nan], [nan, nan]].flatMap(([left = one, right = one]) => compared.map((operator): ExpressionNode => ({ kind: 'compare', operator, left, right, scalar: 'boolean' }))),
    ];
    const expected = [2, 2, Number.NaN, true, true, false, false, false, true, false, false, true, true, false, true, false, true, false, true, true, false];
    expect(expressions.map((node) => compileExpression(node)({}))).toEqual(expected);
    expect(await inSql(expressions.map((node) => expressionSql(node, rowScope('the test'))), [{ text: null, whole: null, broken: null, truth: null, instant: null }])).toEqual([expected]);
  });

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
