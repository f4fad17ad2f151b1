import { isUtf8 } from 'node:buffer';

/** A rejected record as a replay reads it: its bytes, and what they say as JSON, as far as they say anything. */
export interface Original {
  readonly bytes: Uint8Array;
  /** Absent when the bytes are no UTF-8. */
  readonly text?: string;
  /** The JSON value of the text; absent when it is none. */
  readonly json?: { readonly value: unknown };
}

const jsonOf = (text: string): Original['json'] => {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
};

/**
 * Reads a record's bytes with as much patience as JSON allows: they were rejected, and a transform may know what to make of
 * them. What is put again is judged as strictly as ever.
 */
export const originalOf = (bytes: Uint8Array): Original => {
  if (!isUtf8(bytes)) return { bytes };
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const json = jsonOf(text);
  return { bytes, text, ...(json === undefined ? {} : { json }) };
};

/** A JSON object, which an event is. */
export const isJsonObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);
