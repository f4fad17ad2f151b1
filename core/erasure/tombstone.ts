import type { EpochMillis } from '../event/time';
import { sha256 } from '../manifest/hash';
import type { Recognition, Subject } from './subject';

/** Of one identifier: how long it is, and what is made of it. */
interface Digest { /** UTF-8. */ readonly bytes: number; /** SHA-256 (hex) of the salt and the identifier. */ readonly hash: string }

/**
 * What is kept of a subject that was erased, so that nothing of it returns: whoever replays the stream recognizes its
 * records, and nobody can read its identifiers.
 */
export interface Tombstone {
  /** Name of the erasure. */
  readonly erasure: string;
  /** Random, of this tombstone alone. */
  readonly salt: string;
  readonly digests: readonly Digest[];
  readonly fields?: readonly string[];
  /** What arrived up to then is erased; what the subject does later is its own. */
  readonly erasedAt: EpochMillis;
  /** From then on nothing can bring back what arrived before. */
  readonly until: EpochMillis;
}

const digestOf = (salt: string, identifier: Uint8Array): Digest => ({ bytes: identifier.length, hash: sha256(Buffer.concat([Buffer.from(salt), identifier])) });

/** Makes the tombstone of a subject. */
export const tombstoneOf = ({ identifiers, fields }: Subject, about: Pick<Tombstone, 'erasure' | 'salt' | 'erasedAt' | 'until'>): Tombstone =>
  ({ ...about, digests: identifiers.map((identifier) => digestOf(about.salt, Buffer.from(identifier))), ...(fields === undefined ? {} : { fields }) });

/** Recognizes a subject by its tombstone. A longer text that holds an identifier is none of the subject's, and is not looked for. */
export const recognitionByTombstone = ({ salt, digests, fields }: Tombstone): Recognition => {
  const hashes = new Set(digests.map(({ hash }) => hash));
  const lengths = new Set(digests.map(({ bytes }) => bytes));
  const isOne = (bytes: Uint8Array): boolean => lengths.has(bytes.length) && hashes.has(digestOf(salt, bytes).hash);
  return {
    ...(fields === undefined ? {} : { fields }),
    is: (text) => isOne(Buffer.from(text)),
    standsIn: () => false,
    standsInBytes: (bytes) => {
      for (const length of lengths) for (let start = 0; start + length <= bytes.length; start += 1) if (isOne(bytes.subarray(start, start + length))) return true;
      return false;
    },
  };
};
