import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';

/**
 * What a step was made from, as one hash.
 *
 * @param {readonly string[]} files their content counts, not their names
 * @param {string} extra what else counts, such as the platform
 */
export const fingerprint = (files, extra = '') =>
  files.reduce((hash, file) => hash.update(readFileSync(file)), createHash('sha256').update(extra)).digest('hex');

/**
 * Whether a step is done: its stamp holds its fingerprint. The stamp is written last, so a step that was broken off is done again.
 *
 * @param {string} stamp @param {string} wanted
 */
export const isStamped = (stamp, wanted) => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
