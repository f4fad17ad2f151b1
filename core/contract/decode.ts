import { isUtf8 } from 'node:buffer';
import type { Rejection } from './rejection';
import { shortened } from './rejection';
import { countMembers, findDuplicate, isWellFormed, scanJson } from './scan';

/** Largest event, bytes. */
export const maximumEventBytes = 256 * 1024;

/** Deepest nesting of objects and lists in an event. */
export const maximumDepth = 32;

/** A text that is JSON in every reader's eyes, and what it says. */
export interface Decoded {
  readonly ok: true;
  /** As received; carriage returns and line feeds between tokens are spaces, so that it fits on a line. */
  readonly text: string;
  readonly value: unknown;
}
export interface Undecodable { readonly ok: false; readonly rejection: Rejection }

const refused = (code: Rejection['code'], path: string, found: string, allowed: string, remedy: string): Undecodable =>
  ({ ok: false, rejection: { code, path, found, allowed, remedy } });

const notUtf8 = (found: string): Undecodable =>
  refused('not_utf8', '', found, 'text in UTF-8', 'encode the event as UTF-8, and check for text that was cut in the middle of a character');

const invalidByte = (bytes: Buffer): string => {
  const replaced = Buffer.from(bytes.toString('utf8'), 'utf8');
  const index = bytes.findIndex((byte, at) => byte !== replaced[at]);
  return `bytes that are no UTF-8, at byte ${Math.max(index, 0)} of ${bytes.length}`;
};

/** Where parsing stopped. Only the place is taken from the parser's message: the message quotes the event. */
const syntaxFault = (error: unknown, text: string): string => {
  if (text.trim() === '') return 'nothing';
  if (text.startsWith('\ufeff')) return 'a byte order mark before the text';
  const message = error instanceof Error ? error.message : '';
  const place = /at position (\d+)/u.exec(message)?.[1];
  if (place !== undefined) return `a fault at character ${place} of ${text.length}`;
  return message.includes('end of JSON input') ? 'a text that ends too early' : 'a text that is no JSON';
};

const parsed = (text: string): { readonly value: unknown } | { readonly error: unknown } => {
  try {
    // Safe against prototype pollution: JSON.parse makes `__proto__` a member like any other, and nothing here assigns members by name.
    return { value: JSON.parse(text) };
  } catch (error) {
    return { error };
  }
};

const halfSurrogate = /\\u[dD][89a-fA-F]/u;

/**
 * Decodes an event strictly: at most {@link maximumEventBytes}, UTF-8 without faults, JSON nested at most
 * {@link maximumDepth} deep, no name twice in an object, no half surrogates.
 *
 * Sizes and depth are looked at before anything is parsed. Of a text with a name twice, readers differ in which one they
 * take: it would mean one thing here and another in the lake.
 *
 * @param data bytes, or text that was decoded already
 */
export const decode = (data: Uint8Array | string): Decoded | Undecodable => {
  const bytes = typeof data === 'string' ? Buffer.from(data, 'utf8') : Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (bytes.length > maximumEventBytes)
    return refused('too_large', '', `${bytes.length} bytes`, `at most ${maximumEventBytes} bytes`, 'split the event, or put the large part into an object store and send its address');
  if (typeof data === 'string') { if (!data.isWellFormed()) return notUtf8('half a surrogate pair'); }
  else if (!isUtf8(bytes)) return notUtf8(invalidByte(bytes));
  const scan = scanJson(bytes);
  if (scan.depth > maximumDepth)
    return refused('too_deep', '', `${scan.depth} levels of objects and lists`, `at most ${maximumDepth} levels`, 'flatten the data');
  const text = typeof data === 'string' ? data : bytes.toString('utf8');
  const result = parsed(text);
  if ('error' in result)
    return refused('not_json', '', syntaxFault(result.error, text), 'one JSON object', 'send the event as JSON (RFC 8259), whole and without anything before or after it');
  if (countMembers(result.value) !== scan.members) {
    const path = findDuplicate(text);
    return refused('duplicate_key', shortened(path), 'the same name twice in one object', 'each name once', 'send each member once');
  }
  if (scan.hasEscapes && halfSurrogate.test(text) && !isWellFormed(result.value)) return notUtf8('an escaped half of a surrogate pair');
  return { ok: true, text: scan.hasLineBreaks ? text.replaceAll(/[\r\n]/gu, ' ') : text, value: result.value };
};
