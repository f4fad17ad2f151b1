/** Features that Flink works out: what it reads, what it sends, and how that comes into the items. */
export { applicationName, environmentSql } from './application';
export { encodeAccepted } from './accepted';
export { decodePartial, encodePartial } from './partial';
export type { Partial } from './partial';
export { openUntil } from './open-hops';
export { replacePartials } from './replace';
export type { AcceptedEvent } from './accepted';
export { flinkSql } from './job-sql';
