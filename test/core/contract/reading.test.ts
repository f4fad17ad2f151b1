import { canRead } from '../../../core/contract/reading';
import { boolean, float, int, optional, string, timestamp } from '../../../core/definition';
import type { Fields } from '../../../core/definition/field';

const reads = (reader: Fields, writer: Fields): boolean => canRead({ fields: reader }, { fields: writer });

describe('reading events of another version', () => {
  it.each<readonly [string, Fields, Fields, boolean]>([
    ['the same fields', { a: string(), b: int() }, { a: string(), b: int() }, true],
    ['a field that was added as optional', { a: string(), b: optional(int()) }, { a: string() }, true],
    ['a field that was added as required', { a: string(), b: int() }, { a: string() }, false],
    ['a field that is no longer read', { a: string() }, { a: string(), b: int() }, true],
    ['a whole number as a number', { a: float() }, { a: int() }, true],
    ['a number as a whole number', { a: int() }, { a: float() }, false],
    ['text as a moment', { a: timestamp() }, { a: string() }, false],
    ['a required field that was optional', { a: boolean() }, { a: optional(boolean()) }, false],
    ['an optional field that was required', { a: optional(boolean()) }, { a: boolean() }, true],
  ])('%s', (_, reader, writer, expected) => {
    expect(reads(reader, writer)).toBe(expected);
  });
});
