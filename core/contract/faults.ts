import type { FieldNode, Scalar } from '../definition/node';
import type { Contract, SchemaFault } from './contracts';
import type { Rejection, RejectionCode } from './rejection';
import { describe, shortened } from './rejection';

const typeNames: Readonly<Record<Scalar, string>> = {
  string: 'a string',
  int: 'a whole number',
  float: 'a number',
  boolean: 'true or false',
  timestamp: 'a moment such as 2001-01-31T18:00:00Z',
};

const rangeText = ({ scalar, min, max }: FieldNode): string => {
  if (min !== undefined && max !== undefined) return `${typeNames[scalar]} from ${min} to ${max}`;
  if (min !== undefined) return `${typeNames[scalar]} from ${min} on`;
  if (max !== undefined) return `${typeNames[scalar]} up to ${max}`;
  return scalar === 'int' ? `a whole number within ±${Number.MAX_SAFE_INTEGER}` : 'a finite number';
};

const allowedTexts: Readonly<Record<'missing_field' | 'wrong_type' | 'out_of_range' | 'pattern_mismatch' | 'not_in_list' | 'time_invalid', (field: FieldNode) => string>> = {
  missing_field: (field) => typeNames[field.scalar],
  wrong_type: (field) => `${typeNames[field.scalar]}${field.optional ? ', or null' : ''}`,
  out_of_range: rangeText,
  pattern_mismatch: ({ pattern = '' }) => `text that matches ${pattern}`,
  not_in_list: ({ oneOf = [] }) => shortened(`one of ${oneOf.join(', ')}`),
  time_invalid: () => typeNames.timestamp,
};
type FieldFault = keyof typeof allowedTexts;

const remedies: Readonly<Record<FieldFault, string>> = {
  missing_field: 'send the field, or make it optional in a new version of the event type',
  wrong_type: 'send the declared type; numbers and booleans stand without quotes',
  out_of_range: 'correct the value, or widen the range in a new version of the event type',
  pattern_mismatch: 'correct the value, or change the pattern in a new version of the event type',
  not_in_list: 'send a listed value, or extend the list in a new version of the event type',
  time_invalid: 'send date, time and offset as RFC 3339 has them: a T between, seconds, and Z or an offset such as +01:00',
};

/** Codes of the keywords that contracts are made of; `type` depends on what was found. */
const keywordCodes: Readonly<Record<string, FieldFault>> = {
  required: 'missing_field', type: 'wrong_type', minimum: 'out_of_range', maximum: 'out_of_range', pattern: 'pattern_mismatch', enum: 'not_in_list', format: 'time_invalid',
};

const codeOf = (keyword: string, value: unknown): FieldFault => {
  if (value === null) return 'missing_field';
  // A number such as 1e999 is JSON, but no double: it was read as infinite.
  if (keyword === 'type' && typeof value === 'number' && !Number.isFinite(value)) return 'out_of_range';
  return keywordCodes[keyword] ?? 'wrong_type';
};

const about = (code: FieldFault, name: string, field: FieldNode, value: unknown): Rejection =>
  ({ code, path: `/data/${name}`, found: describe(value, field.personal), allowed: allowedTexts[code](field), remedy: remedies[code] });

/** A rejection that is not about one declared field. */
export const rejection = (code: RejectionCode, path: string, found: string, allowed: string, remedy: string): Rejection => ({ code, path, found, allowed, remedy });

/**
 * Puts what a generated validator found first into the words of a rejection.
 *
 * @param data what was validated; an object
 */
export const rejectionOf = (contract: Contract, fault: SchemaFault | undefined, data: Readonly<Record<string, unknown>>): Rejection => {
  const missing = fault?.params['missingProperty'];
  // Names of fields are letters, digits and _: a pointer to one needs no unescaping.
  const name = fault?.keyword === 'required' && typeof missing === 'string' ? missing : (fault?.instancePath.slice(1) ?? '');
  const field = contract.field(name);
  if (fault === undefined || field === undefined) return rejection('wrong_type', '/data', 'data that breaks the contract', contract.name, 'compare the event with its contract');
  const value = Object.hasOwn(data, name) ? data[name] : undefined;
  return about(codeOf(fault.keyword, value), name, field, value);
};
