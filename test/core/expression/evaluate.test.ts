import { add, and, divide, eq, ge, gt, hourOfDay, ne, not, or } from 'headrace';
import { columnsOf } from '../../../core/definition/expression';
import { boolean, int, string, timestamp } from '../../../core/definition/field';
import type { Row, Value } from '../../../core/expression/evaluate';
import { canBeNull, compileExpression } from '../../../core/expression/evaluate';

const { a, b, flag, other, text, at } = columnsOf({ a: int(), b: int(), flag: boolean(), other: boolean(), text: string(), at: timestamp() });
const value = (expression: { readonly node: Parameters<typeof compileExpression>[0] }, columns: Row): Value => compileExpression(expression.node)({ columns });

describe('an expression over a row', () => {
  it('is absent when what it reads is absent', () => {
    for (const expression of [gt(a, 1), eq(text, 'x'), ne(a, b), add(a, b), not(flag), divide(a, b)]) expect(value(expression, {})).toBeNull();
  });

  it.each([
    [true, true, true, true], [true, false, false, true], [false, false, false, false],
    [true, null, null, true], [false, null, false, null], [null, null, null, null],
  ])('joins %s and %s with three-valued logic', (left, right, both, either) => {
    expect(value(and(flag, other), { flag: left, other: right })).toBe(both);
    expect(value(or(flag, other), { flag: left, other: right })).toBe(either);
  });

  it('compares and calculates', () => {
    expect(value(ge(a, b), { a: 2, b: 2 })).toBe(true);
    expect(value(gt(a, b), { a: 2, b: 2 })).toBe(false);
    expect(value(divide(a, b), { a: 1, b: 4 })).toBe(0.25);
    expect(value(eq(text, 'x'), { text: 'x' })).toBe(true);
  });

  it('has no value when it divides by zero', () => {
    expect(value(divide(a, b), { a: 1, b: 0 })).toBeNull();
  });

  it('tells the hour where the zone has it, in summer and in winter', () => {
    expect(value(hourOfDay(at, 'America/New_York'), { at: Date.UTC(2001, 0, 1, 4) })).toBe(23);
    expect(value(hourOfDay(at, 'America/New_York'), { at: Date.UTC(2001, 6, 1, 4) })).toBe(0);
  });

  it('can be null only where a column can, or where it divides', () => {
    const optional = (column: string): boolean => column === 'a';
    expect(canBeNull(gt(a, 1).node, optional)).toBe(true);
    expect(canBeNull(gt(b, 1).node, optional)).toBe(false);
    expect(canBeNull(divide(b, b).node, optional)).toBe(true);
  });
});
