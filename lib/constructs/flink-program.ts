import { readFileSync } from 'node:fs';
import { sha256 } from '../../core/manifest/hash';
import type { Manifest } from '../../core/manifest/manifest';
import { environmentSql } from '../../core/window/flink';
import type { Deployment } from './deployment';
import { flinkArchive } from './flink-archive';

/** The archive that Managed Flink runs. */
export interface FlinkProgram { readonly file: string; /** Of the archive's content. */ readonly hash: string }

const made = new Map<string, FlinkProgram>();

/**
 * The SQL of the views that Flink works out.
 *
 * @throws Error when there is no such view
 */
export const featuresSql = ({ manifest, environment }: Pick<Deployment, 'environment'> & { readonly manifest: Manifest }): string => {
  const sql = environmentSql(manifest, environment);
  if (sql === undefined) throw new Error('The definitions have no feature view with the engine flink: there is no SQL for Flink.');
  return sql;
};

/** The archive of an environment's job, made once for each SQL. */
export const flinkProgram = (deployment: Deployment): FlinkProgram => {
  const sql = featuresSql(deployment);
  const known = made.get(sql);
  if (known) return known;
  const file = flinkArchive(sql);
  const program = { file, hash: sha256(readFileSync(file)) };
  made.set(sql, program);
  return program;
};
