import type { ExpressionNode, Scalar } from '../../definition/node';
import { columnsRead } from '../../expression/columns-read';
import type { Manifest, VersionedName } from '../../manifest/manifest';
import { versionedName } from '../../manifest/manifest';
import type { ExpressionDialect } from '../../training/dialect';
import type { ExpressionScope } from '../../training/expression-sql';
import { expressionSql, rowScope } from '../../training/expression-sql';
import type { TierPlan, ViewPlan } from '../plan';
import { flink, identifier, textLiteral } from './dialect';
import { newestSql, partSql } from './part-sql';

/** A view as statements. */
export interface ViewSql {
  /** What a row of the accepted events brings. */
  readonly views: readonly string[];
  /** What of it is sent. */
  readonly insert: string;
  /** What it reads of the data of each contract. */
  readonly reads: ReadonlyMap<VersionedName, readonly string[]>;
}

export interface ViewSqlOptions {
  /** How long the stream keeps a record, milliseconds. */
  readonly streamRetention: number;
}

const expressionsOf = ({ view: { by, features } }: ViewPlan): readonly ExpressionNode[] =>
  [...Object.values(by), ...features.flatMap((feature) => (feature.kind === 'window' ? [feature.aggregate.of, feature.aggregate.where].filter((node) => node !== undefined) : []))];

const keyText = (value: string, scalar: Scalar): string => {
  if (scalar === 'string') return `REPLACE(REPLACE(${value}, '\\', '\\\\'), '|', '\\|')`;
  if (scalar === 'boolean') return `CASE WHEN ${value} THEN 'true' WHEN NOT ${value} THEN 'false' END`;
  return scalar === 'int' ? `CAST(CAST(${value} AS BIGINT) AS STRING)` : `CAST(${value} AS STRING)`;
};

/** The text of an entity's key, as entityKeyText makes it; null when a part of it is absent. */
const entitySql = ({ view }: ViewPlan, manifest: Manifest, scope: ExpressionScope<ExpressionDialect>): string => {
  const entity = manifest.entities[view.entity];
  if (!entity) throw new Error(`The feature view ${versionedName(view)} is of the entity ${view.entity}, which is not in the manifest; run npx headrace compile.`);
  const parts = Object.entries(entity.key).map(([name, { scalar }]) => {
    const node = view.by[name];
    if (!node) throw new Error(`The feature view ${versionedName(view)} does not say by which column the key '${name}' is found; run npx headrace compile.`);
    return keyText(expressionSql(node, scope), scalar);
  });
  return [`'${entity.name}'`, ...parts].join(` || '|' || `);
};

/** The text that some tiers keep, from rows of these alone; null in others. */
const inTiers = (plan: ViewPlan, tiers: readonly TierPlan[], text: (only: (condition?: string) => string) => string): string => {
  if (tiers.length === plan.tiers.length) return text((condition) => (condition === undefined ? '' : ` FILTER (WHERE ${condition})`));
  const isKept = `tier IN (${tiers.map(({ hop }) => hop).join(', ')})`;
  return `CASE WHEN ${isKept} THEN ${text((condition) => ` FILTER (WHERE ${[isKept, ...(condition === undefined ? [] : [condition])].join(' AND ')})`)} END`;
};

const seconds = (milliseconds: number): string => `${Math.ceil(milliseconds / 1000)} s`;

/**
 * Compiles a view. A row of it stands for each tier in the group of its hop and entity; a group's row is sent anew when it
 * has changed.
 *
 * What a group has counted is forgotten when nothing came to its hop for as long as the widest window reaches and the
 * stream keeps records: until then an event that can still count finds all that came before it.
 */
export const viewSql = (manifest: Manifest, plan: ViewPlan, { streamRetention }: ViewSqlOptions): ViewSql => {
  const { view, name, tiers } = plan;
  const event = manifest.events[versionedName(view.from)];
  if (!event) throw new Error(`The feature view ${name} is made from ${versionedName(view.from)}, which is not in the manifest; run npx headrace compile.`);
  const contracts = event.reads.map((version) => manifest.events[versionedName({ name: event.name, version })]).filter((contract) => contract !== undefined);
  const read = [...new Set(expressionsOf(plan).flatMap(columnsRead))];
  const reads = new Map(contracts.map((contract) => [versionedName(contract), read.filter((column) => contract.fields[column])] as const));
  const places = (column: string): readonly string[] => [...reads].filter(([, columns]) => columns.includes(column)).map(([contract]) => `data.${identifier(contract)}.${identifier(column)}`);
  const scope: ExpressionScope<ExpressionDialect> = { ...rowScope(name, flink), column: (column) => {
    const found = places(column);
    return found.length === 1 ? String(found[0]) : `COALESCE(${found.join(', ')})`;
  } };

  const columns: string[] = [];
  const conditions = new Set<string>(['entity IS NOT NULL']);
  const row = {
    column: (sql: string): string => {
      const known = columns.indexOf(sql);
      return `v${known >= 0 ? known : columns.push(sql) - 1}`;
    },
    require: (condition: string): void => { conditions.add(condition); },
  };
  const parts = plan.parts.map((part, index) => inTiers(plan, tiers.filter(({ shared }) => shared.includes(index)), partSql(part, scope, row)));
  const registers = plan.registers.map(({ node }) => {
    if (!node) throw new Error(`The feature view ${name} has a value that is no window's, which Flink does not work out; run npx headrace compile.`);
    return inTiers(plan, tiers.slice(0, 1), newestSql(node, scope, row));
  });
  const texts = (all: readonly string[]): string => (all.length === 0 ? 'CAST(NULL AS ARRAY<STRING>)' : `ARRAY[\n    ${all.join(',\n    ')}]`);
  const [rows, groups] = [identifier(`rows of ${name}`), identifier(`tiers of ${name}`)];
  return {
    reads,
    views: [`CREATE TEMPORARY VIEW ${rows} AS
  SELECT ${entitySql(plan, manifest, scope)} AS entity, effective_time, arrival, source, id, ARRAY[${tiers.map(({ hop }) => `CAST(${hop} AS BIGINT)`).join(', ')}] AS tiers${columns.map((sql, index) => `,\n    ${sql} AS v${index}`).join('')}
  FROM (
    -- The first of each identity, in the order of the topic, as long as the stream keeps records.
    SELECT *, ROW_NUMBER() OVER (PARTITION BY source, id ORDER BY seen ASC) AS copy FROM accepted
    WHERE contract IN (${contracts.map((contract) => textLiteral(versionedName(contract))).join(', ')}) AND source IS NOT NULL AND id IS NOT NULL AND effective_time >= 0 AND arrival >= 0
  ) WHERE copy = 1`, `CREATE TEMPORARY VIEW ${groups} AS
  SELECT entity, tier, effective_time - MOD(effective_time, tier) AS hop, effective_time, arrival, source, id${columns.map((_sql, index) => `, v${index}`).join('')}
  FROM ${rows} AS r CROSS JOIN UNNEST(r.tiers) AS each_tier(tier)
  WHERE ${[...conditions].join('\n    AND ')}`],
    insert: `INSERT INTO partials
  SELECT /*+ STATE_TTL('hops' = '${seconds(plan.reach + streamRetention)}') */ ${textLiteral(name)}, CAST(${plan.fingerprint} AS BIGINT), entity, tier, hop, COUNT(*), MAX(effective_time), MAX(arrival),
    ${texts(parts)},
    ${texts(registers)}
  FROM ${groups} AS hops GROUP BY entity, tier, hop`,
  };
};
