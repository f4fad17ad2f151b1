import type { Environment } from '../../environment/environment';
import type { Names } from '../../environment/names';
import { sha256 } from '../../manifest/hash';
import type { Manifest } from '../../manifest/manifest';
import { flinkSql } from './job-sql';

const hour = 3_600_000;

/** The SQL of the views that Flink works out in an environment; `undefined` when there is no such view. */
export const environmentSql = (manifest: Manifest, { streamRetentionHours }: Pick<Environment, 'streamRetentionHours'>): string | undefined =>
  flinkSql(manifest, { streamRetention: streamRetentionHours * hour });

/** Name of the application that runs an SQL: another SQL is another application, which begins without any state. */
export const applicationName = ({ flink }: Pick<Names, 'flink'>, sql: string): string => `${flink}-${sha256(sql).slice(0, 8)}`;
