import { createHmac } from 'node:crypto';
import type { FieldNode, Scalar } from '../definition/node';
import type { Value } from '../expression/evaluate';
import type { EntityDefinition, ModelDefinition } from '../manifest/manifest';

/*
 * Whoever reads the log of predictions must not read from it whose they are. The keys of personal entities stand in it as a
 * keyed hash (HMAC-SHA-256, FIPS 198-1), under a key that only those functions read that must find a person again: one that
 * knows who somebody is and has the key finds their predictions; one that has the log alone can try as many names as it
 * likes. The fields keep their types: a text is a text of 32 hex digits, a whole number one of 52 bits.
 */

/** Turns a value of a personal field into what stands for it. */
export type Pseudonymise = (scalar: Scalar, value: Value) => Value;

const textDigits = 32;
/** Digits of a whole number: a double holds 53 bits exactly. */
const numberDigits = 13;

/** Block of SHA-256, bytes. */
const block = 64;

/** The key as HMAC takes it before and behind: engines that have hashes alone put a keyed hash together from these. The key has at most 64 bytes. */
export const padsOf = (key: Uint8Array): { readonly inner: Uint8Array; readonly outer: Uint8Array } => {
  const padded = new Uint8Array(block);
  padded.set(key);
  return { inner: padded.map((byte) => byte ^ 0x36), outer: padded.map((byte) => byte ^ 0x5c) };
};

/** Whether a field's values are hashed: those that say who somebody is. A moment, an amount or a flag says something of somebody. */
export const isPseudonymous = ({ scalar, personal }: Pick<FieldNode, 'scalar' | 'personal'>): boolean => personal && (scalar === 'string' || scalar === 'int');

/** Pseudonyms under a key. A whole number has the pseudonym of its text, so that whoever is looked for by a text is found. */
export const pseudonymsUnder = (key: Uint8Array): Pseudonymise => (scalar, value) => {
  if (value === null) return null;
  const digest = createHmac('sha256', key).update(String(value)).digest('hex');
  return scalar === 'int' ? Number.parseInt(digest.slice(0, numberDigits), 16) : digest.slice(0, textDigits);
};

/**
 * SQL of a pseudonym in DuckDB, equal to that of {@link pseudonymsUnder}.
 *
 * @param value SQL of the value, in the type that the lake has for it
 * @param pads SQL of the key's pads
 */
export const pseudonymSql = (value: string, scalar: Scalar, pads: { readonly inner: string; readonly outer: string }): string => {
  const text = scalar === 'int' ? `CAST(CAST(${value} AS BIGINT) AS VARCHAR)` : value;
  const digest = `sha256(${pads.outer} || unhex(sha256(${pads.inner} || encode(${text}))))`;
  return scalar === 'int' ? `CAST('0x' || left(${digest}, ${numberDigits}) AS BIGINT)` : `left(${digest}, ${textDigits})`;
};

type Entities = Readonly<Record<string, Pick<EntityDefinition, 'key'>>>;

/** The key fields of a model's entities that its log hashes. */
export const pseudonymousKeys = ({ entities: slots }: Pick<ModelDefinition, 'entities'>, entities: Entities): readonly FieldNode[] =>
  Object.values(slots).flatMap((name) => Object.values(entities[name]?.key ?? {})).filter(isPseudonymous);
