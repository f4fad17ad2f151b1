import type { Scalar } from '../../definition/node';
import { clockTolerance } from '../../event/time';
import type { Manifest, VersionedName } from '../../manifest/manifest';
import { planView } from '../plan';
import { acceptedColumns } from './accepted';
import { flink, identifier } from './dialect';
import { partialColumns } from './partial';
import type { ViewSqlOptions } from './view-sql';
import { viewSql } from './view-sql';

/** What is put together before it is sent, so that the hop of a busy entity is sent once a second and not once an event. */
const batchSeconds = 1;
const batchRows = 10_000;

const settings = ({ streamRetention }: ViewSqlOptions): Readonly<Record<string, string>> => ({
  'table.local-time-zone': 'UTC',
  'table.exec.mini-batch.enabled': 'true',
  'table.exec.mini-batch.allow-latency': `${batchSeconds} s`,
  'table.exec.mini-batch.size': String(batchRows),
  // Of what has no hint: the identities of events.
  'table.exec.state.ttl': `${Math.ceil(streamRetention / 1000)} s`,
  // A row takes the place of the one before by its key, which is that of its group.
  'table.exec.sink.upsert-materialize': 'NONE',
});

const columnType = (scalar: Scalar): string => flink.types[scalar];

const acceptedTable = (manifest: Manifest, reads: ReadonlyMap<VersionedName, ReadonlySet<string>>): string => {
  const data = [...reads].filter(([, columns]) => columns.size > 0).map(([contract, columns]) => {
    const fields = manifest.events[contract]?.fields ?? {};
    return `\n    ${identifier(contract)} ROW<${[...columns].flatMap((name) => (fields[name] ? [`${identifier(name)} ${columnType(fields[name].scalar)}`] : [])).join(', ')}>`;
  });
  return `CREATE TABLE accepted (
  ${Object.entries(acceptedColumns).map(([name, scalar]) => `${identifier(name)} ${columnType(scalar)}`).join(', ')},
  data ROW<${data.join(',')}>,
  seen AS PROCTIME(),
  happened AS TO_TIMESTAMP_LTZ(COALESCE(effective_time, 0), 3),
  WATERMARK FOR happened AS happened - INTERVAL '${clockTolerance / 60_000}' MINUTE
) WITH ('connector' = 'kafka', \${accepted} 'format' = 'json', 'json.ignore-parse-errors' = 'true')`;
};

const partialsTable = `CREATE TABLE partials (
  ${Object.entries(partialColumns).map(([name, type]) => `${identifier(name)} ${type}`).join(', ')},
  PRIMARY KEY (${['entity', 'tier', 'hop'].map(identifier).join(', ')}) NOT ENFORCED
) WITH ('connector' = 'upsert-kafka', \${partials} 'key.format' = 'json', 'value.format' = 'json')`;

/**
 * The job of all views that Flink works out, as statements, each ended by a semicolon and a line end. `${kafka}`, `${accepted}` and
 * `${partials}` stand for options: how brokers are reached, and what else the source and the sink are to be.
 *
 * @returns `undefined` when there is no such view
 */
export const flinkSql = (manifest: Manifest, options: ViewSqlOptions): string | undefined => {
  const views = Object.values(manifest.views).filter(({ engine }) => engine === 'flink').map((view) => viewSql(manifest, planView(manifest, view), options));
  if (views.length === 0) return undefined;
  const reads = new Map<VersionedName, Set<string>>();
  for (const [contract, columns] of views.flatMap((each) => [...each.reads])) reads.set(contract, new Set([...(reads.get(contract) ?? []), ...columns]));
  return [
    ...Object.entries(settings(options)).map(([name, value]) => `SET '${name}' = '${value}'`),
    acceptedTable(manifest, reads), partialsTable, ...views.flatMap((each) => each.views), ...views.map(({ insert }) => insert),
  ].map((statement) => `${statement};\n\n`).join('');
};
