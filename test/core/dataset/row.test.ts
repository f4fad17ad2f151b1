import fc from 'fast-check';
import { isRow, readRow, rowKey } from '../../../core/dataset/row';
import type { FieldNode, FieldNodes, Scalar } from '../../../core/definition/node';

const field = (scalar: Scalar, limits: Partial<FieldNode> = {}): FieldNode => ({ scalar, optional: false, personal: false, ...limits });

const fields: FieldNodes = {
  iata: field('string', { pattern: '^[A-Z]{3}$' }),
  gates: field('int', { min: 1, max: 300, optional: true }),
  latitude: field('float', { min: -90, max: 90 }),
  open: field('boolean'),
  since: field('timestamp'),
  size: field('string', { oneOf: ['small', 'large'], optional: true }),
};
const cells = { iata: 'ORD', gates: '190', latitude: '41.97', open: 'true', since: '1944-02-01T00:00:00-06:00', size: 'large' };

describe('readRow', () => {
  it('reads each cell as its field, and times as UTC with milliseconds', () => {
    expect(readRow(fields, cells)).toEqual({ ok: true, row: { iata: 'ORD', gates: 190, latitude: 41.97, open: true, since: '1944-02-01T06:00:00.000Z', size: 'large' } });
  });

  it('reads an empty cell of an optional field as null', () => {
    expect(readRow(fields, { ...cells, gates: '', size: '' })).toMatchObject({ ok: true, row: { gates: null, size: null } });
  });

  it.each([
    ['an empty cell', { latitude: '' }, 'missing_field', '/latitude'],
    ['no cell', { latitude: undefined }, 'missing_field', '/latitude'],
    ['text for a number', { latitude: 'north' }, 'wrong_type', '/latitude'],
    ['a fraction for a whole number', { gates: '1.5' }, 'wrong_type', '/gates'],
    ['a whole number that a float cannot hold', { gates: '9007199254740993' }, 'wrong_type', '/gates'],
    ['an infinite number', { latitude: 'Infinity' }, 'wrong_type', '/latitude'],
    ['hexadecimal', { gates: '0x10' }, 'wrong_type', '/gates'],
    ['the name of an inherited property for a boolean', { open: 'constructor' }, 'wrong_type', '/open'],
    ['a number above its range', { gates: '301' }, 'out_of_range', '/gates'],
    ['a number below its range', { latitude: '-90.01' }, 'out_of_range', '/latitude'],
    ['a text that breaks its pattern', { iata: 'ord' }, 'pattern_mismatch', '/iata'],
    ['a text that is not in its list', { size: 'huge' }, 'not_in_list', '/size'],
    ['a time without a zone', { since: '1944-02-01T00:00:00' }, 'time_invalid', '/since'],
    ['a day that does not exist', { since: '1944-13-01T00:00:00Z' }, 'time_invalid', '/since'],
  ])('rejects %s and says where', (_, change, code, path) => {
    expect(readRow(fields, { ...cells, ...change })).toMatchObject({ ok: false, rejection: { code, path } });
  });

  it('keeps the value of a personal field out of the reason', () => {
    const personal = { email: field('string', { pattern: '@', personal: true }) };
    const read = readRow(personal, { email: 'somebody' });
    expect(read).toMatchObject({ ok: false, rejection: { code: 'pattern_mismatch' } });
    expect(JSON.stringify(read)).not.toContain('somebody');
  });

  it('gives rows that isRow takes back after a trip through JSON', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom('ORD', '1', '-3.5', 'true', '2001-01-01T00:00:00Z', 'small', ''));
    fc.assert(fc.property(fc.record({ iata: text, gates: text, latitude: text, open: text, since: text, size: text }), (any) => {
      const read = readRow(fields, any);
      expect(!read.ok || isRow(fields, JSON.parse(JSON.stringify(read.row)))).toBe(true);
    }));
  });
});

describe('isRow', () => {
  const row = { iata: 'ORD', gates: null, latitude: 41.97, open: true, since: '1944-02-01T06:00:00.000Z', size: null };

  it.each([
    ['a field more', { ...row, extra: 1 }],
    ['null in a field that must be there', { ...row, latitude: null }],
    ['another type', { ...row, open: 'true' }],
    ['a value out of range', { ...row, latitude: 91 }],
  ])('does not take %s', (_, value) => {
    expect(isRow(fields, row)).toBe(true);
    expect(isRow(fields, value)).toBe(false);
  });

  it('does not take a row with a field less', () => {
    const { open: _, ...less } = row;
    expect(isRow(fields, less)).toBe(false);
  });
});

describe('rowKey', () => {
  it('tells apart keys whose texts run together', () => {
    expect(rowKey(['a', 'b'], { a: 'x,y', b: 'z' })).not.toBe(rowKey(['a', 'b'], { a: 'x', b: 'y,z' }));
    expect(rowKey(['a'], { a: '1' })).not.toBe(rowKey(['a'], { a: 1 }));
  });
});
