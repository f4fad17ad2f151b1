/** Features that Flink works out: what it reads, what it sends, and how that comes into the items. */
export { encodeAccepted } from './accepted';
export { decodePartial, encodePartial } from './partial';
export type { Partial } from './partial';
export { replacePartials } from './replace';
export type { AcceptedEvent } from './accepted';
export { flinkSql } from './job-sql';
