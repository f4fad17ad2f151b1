import type { Subject } from './subject';

/*
 * Whose data is erased stands in one object of the curated bucket, which goes with the erasure, and in no execution, log or
 * receipt: those are kept.
 */

/** Where the request of an erasure stands: a {@link Subject} as JSON, and what stands for it in logs of predictions, once its erasure has begun. Objects below `work/` are deleted after a month in any case. */
export const requestKeyOf = (erasure: string): string => `work/erasures/${erasure}.json`;

/** Where the receipt of an erasure stands, from its first round on. */
export const receiptKeyOf = (erasure: string): string => `erasures/${erasure}.json`;

const erasureName = /^[A-Za-z0-9-]{1,60}$/u;

/** Whether a text may name an erasure: it is part of keys, of a parameter's name and of an execution's. */
export const isErasureName = (name: string): boolean => erasureName.test(name);

const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((each) => typeof each === 'string');

/** A tombstone is a parameter of SSM, of 4 KB, and holds up to two pseudonyms of each. */
const mostIdentifiers = 12;

/** Reads a request; a text is what is wrong with it. */
export const readRequest = (text: string): Subject | string => {
  let value: unknown;
  try { value = JSON.parse(text); } catch { return 'it is no JSON'; }
  const { identifiers, fields, pseudonyms = [] }: { readonly identifiers?: unknown; readonly fields?: unknown; readonly pseudonyms?: unknown } = typeof value === 'object' && value !== null ? value : {};
  if (!isTexts(identifiers) || !isTexts(pseudonyms) || (fields !== undefined && !isTexts(fields))) return 'it is not of the form {"identifiers": ["…"], "fields": ["…"]}, where fields may be absent';
  if (identifiers.length > mostIdentifiers) return `it has ${identifiers.length} identifiers, and an erasure takes ${mostIdentifiers}; erase a person at a time`;
  return { identifiers: [...identifiers, ...pseudonyms], ...(fields === undefined ? {} : { fields }) };
};
