import { hash } from 'node:crypto';

/** How many recent identities an item remembers. */
export const ringSize = 32;

/** Bytes of an identity's hash in an item: a false match has a chance of 32 in 2^48, about 10^-13, a record. */
export const identityBytes = 6;

/** The first 48 bits of SHA-256 of source and id, as a number; the source's length before it keeps `ab` + `c` apart from `a` + `bc`. */
export const identityHash = (source: string, id: string): number =>
  Number.parseInt(hash('sha256', `${source.length} ${source}${id}`, 'hex').slice(0, identityBytes * 2), 16);
