import type { FieldNode, Scalar } from '../definition/node';
import { parseTimestamp } from '../event/time';
import { kindOf } from '../contract/rejection';
import type { Value } from '../expression/evaluate';

/** A text in a message: it may be long. */
const cut = (text: string): string => (text.length > 80 ? `${text.slice(0, 80)}…` : text);

/** A number within the limits of its field. */
const numberWords = (kind: string, { min, max }: FieldNode): string =>
  (min !== undefined && max !== undefined ? `${kind} from ${min} to ${max}` : min !== undefined ? `${kind}, at least ${min}` : max !== undefined ? `${kind}, at most ${max}` : kind);

/** What a field takes, in words: its own limits, and those of its type where it has none. */
const scalarWords: Readonly<Record<Scalar, (field: FieldNode) => string>> = {
  string: ({ oneOf, pattern }) => (oneOf === undefined ? `text${pattern === undefined ? '' : ` that matches ${pattern}`}` : cut(`one of ${oneOf.join(', ')}`)),
  int: (field) => (field.min === undefined && field.max === undefined ? 'a whole number, at most 9007199254740991' : numberWords('a whole number', field)),
  float: (field) => numberWords('a number', field),
  boolean: () => 'true or false',
  timestamp: () => 'a date and time with its zone, such as "2001-01-31T18:00:00Z"',
};

const parsers: Readonly<Record<Scalar, (value: unknown) => Value | undefined>> = {
  string: (value) => (typeof value === 'string' ? value : undefined),
  int: (value) => (typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined),
  // JSON has no infinity, but 1e400 is read as one.
  float: (value) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined),
  boolean: (value) => (typeof value === 'boolean' ? value : undefined),
  timestamp: (value) => (typeof value === 'string' ? parseTimestamp(value) : undefined),
};

/** A value in a message: cut, as it may be long. Of a personal one, and of what may hold one, its kind. */
export const shown = (value: unknown, personal = false): string => {
  if (value === undefined) return 'missing';
  if (personal || (typeof value === 'object' && value !== null)) return kindOf(value);
  const text = typeof value === 'number' && !Number.isFinite(value) ? String(value) : (JSON.stringify(value) ?? typeof value);
  return cut(text);
};

// A limit's pattern is compiled once: the definitions do not change while the process lives.
const patterns = new Map<string, RegExp>();
const matches = (pattern: string, text: string): boolean => {
  let compiled = patterns.get(pattern);
  if (!compiled) patterns.set(pattern, compiled = new RegExp(pattern, 'u'));
  return compiled.test(text);
};

const limitBroken = (field: FieldNode, value: Value): string | undefined => {
  if (typeof value === 'number' && field.scalar !== 'timestamp') {
    if (field.min !== undefined && value < field.min) return `is ${shown(value, field.personal)}; the least allowed is ${field.min}`;
    if (field.max !== undefined && value > field.max) return `is ${shown(value, field.personal)}; the most allowed is ${field.max}`;
  }
  if (typeof value === 'string') {
    if (field.pattern !== undefined && !matches(field.pattern, value)) return `is ${shown(value, field.personal)}; it must match ${field.pattern}`;
    if (field.oneOf !== undefined && !field.oneOf.includes(value)) return `is ${shown(value, field.personal)}; allowed are ${field.oneOf.join(', ')}`;
  }
  return undefined;
};

/** A value read as a field's type, or what is wrong with it, in words that follow the field's name. */
export type Parsed = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly detail: string };

/**
 * Reads a value from JSON as a field's type, within the field's limits.
 *
 * @param value `undefined` when the field is not there
 */
export const parseField = (field: FieldNode, value: unknown): Parsed => {
  if (value === undefined || value === null) {
    if (field.optional) return { ok: true, value: null };
    return { ok: false, detail: `is ${value === null ? 'null' : 'missing'}; give ${scalarWords[field.scalar](field)}` };
  }
  const parsed = parsers[field.scalar](value);
  if (parsed === undefined) return { ok: false, detail: `is ${shown(value, field.personal)}; it must be ${scalarWords[field.scalar](field)}` };
  const broken = limitBroken(field, parsed);
  return broken === undefined ? { ok: true, value: parsed } : { ok: false, detail: broken };
};
