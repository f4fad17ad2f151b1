import { describe, kindOf, type Rejection } from '../contract/rejection';
import type { FieldNode, FieldNodes, Scalar } from '../definition/node';

/** A value of a row as it stands in raw: timestamps as RFC 3339 text, an empty cell of an optional field as null. */
type RowValue = string | number | boolean | null;
export type Row = Readonly<Record<string, RowValue>>;

export type RowResult = { readonly ok: true; readonly row: Row } | { readonly ok: false; readonly rejection: Rejection };

const dateTime = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:[Zz]|[+-]\d{2}:\d{2})$/u;

const booleans: ReadonlyMap<string, boolean> = new Map([['true', true], ['false', false], ['1', true], ['0', false]]);

/** The value that a cell's text stands for, or undefined when it stands for none of that type. */
const parsers: Readonly<Record<Scalar, (cell: string) => RowValue | undefined>> = {
  string: (cell) => cell,
  int: (cell) => (/^[+-]?\d+$/u.test(cell) && Number.isSafeInteger(Number(cell)) ? Number(cell) : undefined),
  float: (cell) => (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/u.test(cell) && Number.isFinite(Number(cell)) ? Number(cell) : undefined),
  boolean: (cell) => booleans.get(cell.toLowerCase()),
  timestamp: (cell) => {
    const moment = dateTime.test(cell) ? Date.parse(cell.replace(' ', 'T').toUpperCase()) : Number.NaN;
    return Number.isNaN(moment) ? undefined : new Date(moment).toISOString();
  },
};

const allowedTypes: Readonly<Record<Scalar, string>> = {
  string: 'text', int: 'a whole number, at most 9007199254740991', float: 'a number with a decimal point', boolean: 'true or false', timestamp: 'a date and time with its zone, such as 2001-01-31T18:00:00Z',
};

/** A fault of one cell; the value of a personal field stays out of it. */
const rejected = (code: Rejection['code'], name: string, found: string, allowed: string, remedy: string): RowResult => ({ ok: false, rejection: { code, path: `/${name}`, found, allowed, remedy } });

const limitsBroken = (name: string, field: FieldNode, value: RowValue): RowResult | undefined => {
  if (typeof value === 'number' && ((field.min !== undefined && value < field.min) || (field.max !== undefined && value > field.max))) {
    return rejected('out_of_range', name, describe(value, field.personal), `${field.min ?? 'any'} to ${field.max ?? 'any'}`, 'correct the value, or widen the range under a new version of the dataset');
  }
  if (typeof value === 'string' && field.pattern !== undefined && !new RegExp(field.pattern, 'u').test(value)) {
    return rejected('pattern_mismatch', name, describe(value, field.personal), field.pattern, 'correct the value, or change the pattern under a new version of the dataset');
  }
  if (typeof value === 'string' && field.oneOf !== undefined && !field.oneOf.includes(value)) {
    return rejected('not_in_list', name, describe(value, field.personal), field.oneOf.join(', '), 'correct the value, or extend the list under a new version of the dataset');
  }
  return undefined;
};

const readCell = (name: string, field: FieldNode, cell: string | undefined): RowResult => {
  // CSV has no null: an empty cell is one, for every type.
  if (cell === undefined || cell === '') {
    return field.optional ? { ok: true, row: { [name]: null } } : rejected('missing_field', name, cell === undefined ? kindOf(cell) : 'an empty cell', allowedTypes[field.scalar], 'fill the cell, or make the field optional under a new version of the dataset');
  }
  const value = parsers[field.scalar](cell);
  if (value === undefined) return rejected(field.scalar === 'timestamp' ? 'time_invalid' : 'wrong_type', name, describe(cell, field.personal), allowedTypes[field.scalar], 'correct the value');
  return limitsBroken(name, field, value) ?? { ok: true, row: { [name]: value } };
};

/**
 * Reads the cells of a CSV row as the dataset's fields.
 *
 * @param cells text by column; columns that are no fields are not looked at, as a file with such a column is refused as a whole
 * @returns the row with its fields in the order of their declaration, or the first fault
 */
export const readRow = (fields: FieldNodes, cells: Readonly<Record<string, string | undefined>>): RowResult => {
  const row: Record<string, RowValue> = {};
  for (const [name, field] of Object.entries(fields)) {
    const read = readCell(name, field, Object.hasOwn(cells, name) ? cells[name] : undefined);
    if (!read.ok) return read;
    Object.assign(row, read.row);
  }
  return { ok: true, row };
};

const typedValue = (name: string, field: FieldNode, value: unknown): RowResult => {
  if (value === undefined || value === null) {
    return field.optional ? { ok: true, row: { [name]: null } } : rejected('missing_field', name, kindOf(value), allowedTypes[field.scalar], 'give it a value, or make the field optional under a new version of the dataset');
  }
  // A moment is text in JSON, and is put in the one form that raw has.
  const taken = field.scalar === 'timestamp' ? (typeof value === 'string' ? parsers.timestamp(value) : undefined) : typeOf[field.scalar](value) ? value as RowValue : undefined;
  if (taken === undefined) return rejected(field.scalar === 'timestamp' && typeof value === 'string' ? 'time_invalid' : 'wrong_type', name, describe(value, field.personal), allowedTypes[field.scalar], 'correct the value');
  return limitsBroken(name, field, taken) ?? { ok: true, row: { [name]: taken } };
};

/**
 * Reads values that have types of their own (JSON, Parquet, a database) as the dataset's fields.
 *
 * @returns the row with its fields in the order of their declaration, or the first fault
 */
export const readValues = (fields: FieldNodes, values: Readonly<Record<string, unknown>>): RowResult => {
  const unknown = Object.keys(values).find((name) => !Object.hasOwn(fields, name));
  if (unknown !== undefined) return rejected('unknown_field', unknown, 'a value', `the fields ${Object.keys(fields).join(', ')}`, 'leave it out, or declare it under a new version of the dataset');
  const row: Record<string, RowValue> = {};
  for (const [name, field] of Object.entries(fields)) {
    const read = typedValue(name, field, Object.hasOwn(values, name) ? values[name] : undefined);
    if (!read.ok) return read;
    Object.assign(row, read.row);
  }
  return { ok: true, row };
};

const typeOf: Readonly<Record<Scalar, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  int: Number.isSafeInteger,
  float: Number.isFinite,
  boolean: (value) => typeof value === 'boolean',
  timestamp: (value) => typeof value === 'string' && dateTime.test(value),
};

/** Whether a row that was read back from raw is one of the dataset's: its fields and no others, each of its type and within its limits. */
export const isRow = (fields: FieldNodes, value: unknown): value is Row => {
  if (typeof value !== 'object' || value === null || Object.keys(value).some((name) => !Object.hasOwn(fields, name))) return false;
  return Object.entries(fields).every(([name, field]) => {
    const found: unknown = Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
    if (found === null) return field.optional;
    return typeOf[field.scalar](found) && limitsBroken(name, field, found as RowValue) === undefined;
  });
};

/** A row's key as text, injective: two rows have the same text exactly when their keys are the same. */
export const rowKey = (key: readonly string[], row: Row): string => JSON.stringify(key.map((name) => row[name] ?? null));
