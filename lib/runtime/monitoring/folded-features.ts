import { positionOf } from '../../../core/event/position';
import type { Row, Value } from '../../../core/expression/evaluate';
import type { Manifest } from '../../../core/manifest/manifest';
import type { Marks } from '../../../core/monitoring/watermark-chains';
import { chainsOf } from '../../../core/monitoring/watermark-chains';
import { fieldColumn } from '../../../core/training/expression-sql';
import type { FeatureValues, FoldOptions, PreparedRecord, ViewPlan, ViewState } from '../../../core/window';
import { featuresAt, prepareRecord } from '../../../core/window';
import { rebuildEntity } from '../../../core/window/rebuild';
import type { Database } from '../duckdb';
import type { WantedEntity, WantedFeatures } from './wanted';
import { loggedEntitySql, putWantedEntities, wantedEntities } from './wanted';

/** What a fold works on. */
export interface FoldPlace {
  readonly database: Database;
  readonly manifest: Manifest;
  readonly fold: FoldOptions;
  /** Table of raw's lines of the view's source, as readLines leaves it. */
  readonly lines: string;
}

const day = 86_400_000;

/** Marks of an entity's chains, and which of its wants was seen at which. */
interface EntityChains { readonly chains: readonly (readonly Marks[])[]; readonly at: ReadonlyMap<string, readonly WantedEntity['wants'][number][]> }

const chainText = (chain: number, step: number): string => `${chain} ${step}`;

const chainsOfEntity = ({ wants }: WantedEntity): EntityChains => {
  const textOf = (marks: Marks): string => JSON.stringify([...marks].sort(([left], [right]) => (left < right ? -1 : 1)));
  const distinct = new Map(wants.map(({ want }) => [textOf(want.marks), want.marks]));
  const chains = chainsOf([...distinct.values()]);
  const places = new Map(chains.flatMap((chain, index) => chain.map((marks, step) => [textOf(marks), chainText(index, step)] as const)));
  return { chains, at: Map.groupBy(wants, ({ want }) => places.get(textOf(want.marks)) ?? '') };
};

/** Tables of the chains: `steps`, every step of every chain, and `marks`, how far a shard was folded at a step. */
const putChains = async (database: Database, entities: readonly EntityChains[]): Promise<void> => {
  await database.run({ step: 'making the tables of watermarks', sql: 'CREATE OR REPLACE TABLE steps (number INTEGER, chain INTEGER, step INTEGER); CREATE OR REPLACE TABLE marks (number INTEGER, chain INTEGER, step INTEGER, shard VARCHAR, place VARCHAR)' });
  const [steps, marks] = [await database.connection.createAppender('steps'), await database.connection.createAppender('marks')];
  for (const [number, { chains }] of entities.entries()) for (const [chain, folded] of chains.entries()) for (const [step, shards] of folded.entries()) {
    for (const each of [number, chain, step]) steps.appendInteger(each);
    steps.endRow();
    for (const [shard, place] of shards) {
      for (const each of [number, chain, step]) marks.appendInteger(each);
      marks.appendVarchar(shard);
      marks.appendVarchar(place);
      marks.endRow();
    }
  }
  steps.closeSync();
  marks.closeSync();
};

/**
 * The statement that finds, for every line of a wanted entity, the first step of each chain whose state holds it: an imported
 * line every one, another where its shard was folded so far. The watermark of a closed shard is forgotten some time after its
 * last record: its lines are held where the state's newest arrival is later than theirs by that (see holdsLine).
 */
const heldLines = ({ lines, fold: { streamRetention } }: FoldPlace, key: string): string => `CREATE OR REPLACE TABLE held AS
  WITH wanted AS (SELECT wanted_entities.number, steps.chain, lines.*, regexp_replace(position, '/[^/]+$', '') AS shard
      FROM ${lines} AS lines JOIN wanted_entities ON wanted_entities.entity = ${key} JOIN (SELECT DISTINCT number, chain FROM steps) AS steps ON steps.number = wanted_entities.number),
    marked AS (SELECT wanted.*, CASE WHEN starts_with(wanted.position, 'import/') THEN 0 ELSE mark.step END AS step FROM wanted
      ASOF LEFT JOIN marks AS mark ON mark.number = wanted.number AND mark.chain = wanted.chain AND mark.shard = wanted.shard AND wanted.position <= mark.place),
    forgotten AS (SELECT marked.* EXCLUDE (step) FROM marked ANTI JOIN marks ON marks.number = marked.number AND marks.chain = marked.chain AND marks.shard = marked.shard WHERE step IS NULL),
    reached AS (SELECT number, chain, step, max(arrival) OVER (PARTITION BY number, chain ORDER BY step) - ${streamRetention + day} AS before
      FROM (SELECT steps.number, steps.chain, steps.step, max(marked.arrival) AS arrival FROM steps LEFT JOIN marked USING (number, chain, step) GROUP BY ALL))
  SELECT * FROM marked WHERE step IS NOT NULL
  UNION ALL BY NAME SELECT forgotten.*, reached.step FROM forgotten ASOF JOIN reached ON reached.number = forgotten.number AND reached.chain = forgotten.chain AND forgotten.arrival < reached.before`;

/** Follows one chain of an entity: its lines step by step, and what its state was at each. */
const followChain = (plan: ViewPlan, options: FoldOptions, steps: number, seen: (step: number, state: ViewState | undefined) => void) => {
  const rebuild = rebuildEntity(plan, options);
  let next = 0;
  const upTo = (step: number): void => {
    for (; next < step; next += 1) seen(next, rebuild.finish());
  };
  return { rebuild, upTo, end: (): void => { upTo(steps); } };
};

/** Features as a fold of raw gives them. */
export interface FoldedFeatures {
  /** In the order of what was wanted. */
  readonly features: readonly FeatureValues[];
  /** Lines that no fold takes: they are in quarantine as `fold_failed`. */
  readonly unfoldable: number;
}

/**
 * Works out, for every prediction, the features of a view from exactly those records of raw that its state had folded: those
 * at or under its watermarks. The lines of an entity are read once and folded in the order in which its watermarks moved on.
 */
export const foldedFeatures = async (place: FoldPlace, plan: ViewPlan, wants: readonly WantedFeatures[]): Promise<FoldedFeatures> => {
  const { database, manifest, fold, lines } = place;
  const definition = manifest.entities[plan.view.entity];
  if (!definition) throw new Error(`The manifest has no entity ${plan.view.entity}.`);
  const entities = wantedEntities(wants, definition);
  const chained = entities.map(chainsOfEntity);
  await putWantedEntities(database, entities, plan.view, definition);
  await putChains(database, chained);
  await database.run({ step: `${plan.name}: lines at or under the watermarks`, sql: heldLines({ ...place, lines }, loggedEntitySql(plan.view, definition)) });

  // What has no record at all: counts of 0, everything else absent.
  const features: FeatureValues[] = wants.map(({ moment }) => featuresAt(plan, undefined, moment));
  let unfoldable = 0;
  const follow = (number: number, chain: number) => followChain(plan, fold, chained[number]?.chains[chain]?.length ?? 0, (step, state) => {
    for (const { index, want } of chained[number]?.at.get(chainText(chain, step)) ?? []) features[index] = featuresAt(plan, state, want.moment);
  });
  let current: { readonly number: number; readonly chain: number } & ReturnType<typeof followChain> | undefined;
  const columns = Object.keys(plan.sourceFields);
  const query = `SELECT number, chain, step, source, id, effective, arrival, position, row_number() OVER (PARTITION BY number, chain, source, id ORDER BY step, known, arrival, position) AS copy, ${columns.map(fieldColumn).join(', ')}
    FROM held ORDER BY number, chain, step, arrival, position`;
  for await (const rows of database.stream(query)) for (const [number, chain, step, source, id, effective, arrival, position, copy, ...cells] of rows) {
    if (!current || number !== current.number || chain !== current.chain) {
      current?.end();
      current = { number: Number(number), chain: Number(chain), ...follow(Number(number), Number(chain)) };
    }
    current.upTo(Number(step));
    const line = { position: positionOf(String(position)), arrival: Number(arrival) };
    let prepared: PreparedRecord | undefined;
    try {
      prepared = prepareRecord(plan, { ...line, source: String(source), id: String(id), effectiveTime: Number(effective), row: rowOf(columns, cells) });
    } catch {
      unfoldable += 1;
      current.rebuild.pass(line);
    }
    if (prepared) current.rebuild.add(prepared, Number(copy) > 1);
  }
  current?.end();
  return { features, unfoldable };
};

const rowOf = (columns: readonly string[], cells: readonly Value[]): Row => Object.fromEntries(columns.map((name, index) => [name, cells[index] ?? null]));
