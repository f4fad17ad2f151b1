import type { EpochMillis } from '../event/time';
import type { HappensNode, Scalar } from '../definition/node';
import { outcomePrefix } from '../definition/node';
import { featuresRead } from '../expression/walk';
import type { EntityDefinition, Manifest, ModelDefinition, SourceReference, ViewDefinition } from '../manifest/manifest';
import { versionedName } from '../manifest/manifest';
import { currentPlan } from './current-plan';
import { duckdb, type Dialect } from './dialect';
import type { ExpressionScope } from './expression-sql';
import { windowOf } from '../window/hop';
import { entityKeySql, expressionSql, fieldColumn, rowScope } from './expression-sql';
import { createTable } from './plan-context';
import type { Sample } from './sample';
import { isSampledSql, weightSql } from './sample';
import type { Statement } from './sql';
import { identifier, textLiteral } from './sql';
import type { Density } from './view-plan';
import { featureColumn, viewPlan } from './view-plan';

/** A model's examples over a range of moments. */
export interface ExampleRange {
  /** Inclusive. */
  readonly from: EpochMillis;
  /** Exclusive. */
  readonly to: EpochMillis;
  /** Only what was known before this is an example; the end of the range, so that later arrivals change nothing, unless said otherwise. */
  readonly knownUntil: EpochMillis;
}

/** Records of an event type as readRecords left them, or rows of a dataset as readRows and addAbsences did. */
export interface RecordsTable { readonly table: string; readonly lateness: number }

export interface TrainingSetPlanInput {
  readonly manifest: Manifest;
  readonly model: ModelDefinition;
  readonly records: (source: SourceReference) => RecordsTable;
  /** Whether rows have labels: false for features alone. True, where it is not said. */
  readonly isLabelled?: boolean;
  /** Which of the candidates become rows; all, unless said otherwise. */
  readonly sample?: Sample;
  /** How each view's windows are found, by its name and version; `dense` unless said otherwise. */
  readonly densities?: Readonly<Record<string, Density>>;
  /** DuckDB's unless said otherwise. Names are quoted in a way that both engines take. */
  readonly dialect?: Dialect;
  /** The tables of candidates and of rows; `candidates` and `examples` unless said otherwise. */
  readonly tables?: { readonly candidates: string; readonly examples: string };
}

/** Columns of a training set beside the inputs, which have their own names. */
export const exampleColumns = { source: 'example.source', id: 'example.id', moment: 'example.moment', known: 'example.known', label: 'example.label', weight: 'example.weight' } as const;
export const tablesOf = ({ tables }: TrainingSetPlanInput): { readonly candidates: string; readonly examples: string } => tables ?? { candidates: 'candidates', examples: 'examples' };
/** Column of an entity's key field. */
export const entityColumn = (slot: string, key: string): string => `entity.${slot}.${key}`;

const found = <D>(group: Readonly<Record<string, D>>, name: string, reader: string): D => {
  const definition = group[name];
  if (definition === undefined) throw new Error(`${reader} reads ${name}, which is not in the manifest; run npx headrace compile.`);
  return definition;
};

/** The entity of a model's slot. */
const slotEntity = ({ manifest, model }: Pick<TrainingSetPlanInput, 'manifest' | 'model'>, slot: string): EntityDefinition =>
  found(manifest.entities, found(model.entities, slot, versionedName(model)), versionedName(model));

/** A view that a model reads for one slot. */
export interface ViewLookup { readonly slot: string; readonly view: ViewDefinition }

/** The views that a model reads, each once for a slot, in order of the inputs. */
export const lookupsOf = ({ manifest, model }: Pick<TrainingSetPlanInput, 'manifest' | 'model'>): readonly ViewLookup[] => {
  const read = model.inputs.flatMap(({ expression }) => featuresRead(expression)).map(({ slot, view: name, version }) => ({ slot, view: versionedName({ name, version }) }));
  const distinct = new Map(read.map((each) => [`${each.slot} ${each.view}`, each]));
  return [...distinct.values()].map(({ slot, view }) => ({ slot, view: found(manifest.views, view, versionedName(model)) }));
};

/** Column of a candidate's entity, as one text. */
export const slotColumn = (slot: string): string => identifier(`slot:${slot}`);
/** Column of a candidate's request field. */
export const requestColumn = (name: string): string => identifier(`request:${name}`);
const lookupAlias = (slot: string, view: Pick<ViewDefinition, 'name' | 'version'>): string => identifier(`${slot} ${versionedName(view)}`);
export const valuesTable = (view: ViewDefinition): string => identifier(`values ${versionedName(view)}`);
export const pointsTable = (view: ViewDefinition): string => identifier(`points ${versionedName(view)}`);

/** What is known of a candidate's label: SQL of its value, and since when it was known. */
interface LabelSql { readonly value: string; readonly known: string; readonly join: string }

/**
 * A label that looks ahead: whether an outcome that was known in time happened in the while after the moment. It is known
 * when that while is over, and where it is true not before the outcome was.
 */
const happensSql = (input: TrainingSetPlanInput, { outcome, within, where }: HappensNode, moment: string, { knownUntil }: ExampleRange): LabelSql => {
  const { records, model } = input;
  const place = (name: string): string => (name.startsWith(outcomePrefix) ? `outcome.${fieldColumn(name.slice(outcomePrefix.length))}` : `example.${fieldColumn(name)}`);
  const scope = { ...rowScope(versionedName(model), input.dialect), column: place };
  const { width } = windowOf(within);
  return {
    value: 'outcome_known IS NOT NULL',
    known: `greatest(record.known, ${moment} + ${width}, coalesce(outcome_known, 0))`,
    join: `LEFT JOIN (SELECT example.source, example.id, min(outcome.known) AS outcome_known
      FROM (SELECT *, ${moment} AS begins FROM ${records(model.examples.from).table} WHERE known < ${knownUntil}) AS example
      JOIN ${records(outcome).table} AS outcome ON ${expressionSql(where, scope)} AND outcome.effective > example.begins AND outcome.effective <= example.begins + ${width}
      WHERE outcome.known < ${knownUntil} GROUP BY ALL) AS happened USING (source, id)`,
  };
};

/** Candidates for examples: rows of the example source whose moment is in the range, with what was known of them. */
const candidatesQuery = (input: TrainingSetPlanInput, range: ExampleRange): string => {
  const { model } = input;
  const { from, at, entities, request, label } = model.examples;
  const scope = rowScope(versionedName(model), input.dialect);
  const moment = at ? expressionSql(at, scope) : 'effective';
  const keys = Object.entries(entities).map(([slot, key]) => {
    const parts = Object.entries(slotEntity(input, slot).key).map(([name, { scalar }]) => ({ name, scalar, sql: expressionSql(found(key, name, versionedName(model)), scope) }));
    return `${entityKeySql(parts, input.dialect)} AS ${slotColumn(slot)}, ${parts.map(({ name, scalar, sql }) => `${scalar === 'int' ? `CAST(${sql} AS BIGINT)` : sql} AS ${identifier(entityColumn(slot, name))}`).join(', ')}`;
  });
  const requested = Object.entries(request).map(([name, node]) => `${expressionSql(node, scope)} AS ${requestColumn(name)}`);
  const { value, known, join }: LabelSql = label.kind === 'happens' ? happensSql(input, label, moment, range) : { value: expressionSql(label, scope), known: 'record.known', join: '' };
  return `SELECT * FROM (SELECT source, id, ${[`${known} AS known`, `${moment} AS moment`, ...keys, ...requested, `${value} AS label`].join(', ')} FROM ${input.records(from).table} AS record ${join} WHERE record.known < ${range.knownUntil})
    WHERE moment >= ${range.from} AND moment < ${range.to}`;
};

/** Why a candidate is no example: a closed list; each is counted. */
export const dropReasons = ['labelNotInFuture', 'labelNotDue', 'labelMissing', 'entityMissing', 'notSampled'] as const;
export type DropReason = (typeof dropReasons)[number];

const dropped = ({ model, sample }: TrainingSetPlanInput, { knownUntil }: ExampleRange): string => `CASE WHEN known <= moment THEN ${textLiteral('labelNotInFuture')} WHEN known >= ${knownUntil} THEN ${textLiteral('labelNotDue')} WHEN label IS NULL THEN ${textLiteral('labelMissing')}
  WHEN ${Object.keys(model.entities).map((slot) => `${slotColumn(slot)} IS NULL`).join(' OR ') || 'FALSE'} THEN ${textLiteral('entityMissing')}
  ${sample === undefined ? '' : `WHEN NOT (${isSampledSql(sample, 'label')}) THEN ${textLiteral('notSampled')}`} END`;

/** The query of the candidates of a range, each with why it is no example. */
export const judgedCandidates = (input: TrainingSetPlanInput, range: ExampleRange): string => `SELECT *, ${dropped(input, range)} AS dropped FROM (${candidatesQuery(input, range)})`;

/** Makes the table `candidates` of a range; {@link droppedQuery} counts those that are no examples. */
export const candidatesStatement = (input: TrainingSetPlanInput, range: ExampleRange): Statement => createTable(`${versionedName(input.model)}: examples`, 'candidates', judgedCandidates(input, range));

/** Rows of (reason, count) over the candidates. */
export const droppedQuery = 'SELECT dropped, count(*) AS count FROM candidates WHERE dropped IS NOT NULL GROUP BY ALL';

// A model takes 32-bit floats: the training set holds what serving will hand it, bit by bit.
const inputCasts: Readonly<Record<Scalar, ((sql: string) => string) | undefined>> = {
  int: (sql) => `CAST(${sql} AS FLOAT)`,
  float: (sql) => `CAST(${sql} AS FLOAT)`,
  boolean: (sql) => `CAST(CAST(${sql} AS TINYINT) AS FLOAT)`,
  timestamp: (sql) => `CAST(CAST(${sql} AS DOUBLE) / 1000 AS FLOAT)`,
  string: undefined,
};

const inputSql = (model: ModelDefinition, { name, scalar, expression }: ModelDefinition['inputs'][number], scope: ExpressionScope): string => {
  const cast = inputCasts[scalar];
  if (!cast) throw new Error(`The input ${name} of the model ${versionedName(model)} is text, which a model cannot take; take a number, a boolean or a timestamp.`);
  return `${cast(expressionSql(expression, scope))} AS ${identifier(name)}`;
};

/** The rows of one chunk of moments, from the candidates and the values of the views. */
export const rowsQuery = (input: TrainingSetPlanInput, chunk: Pick<ExampleRange, 'from' | 'to'>): string => {
  const { model, dialect = duckdb } = input;
  const lookups = lookupsOf(input);
  const scope: ExpressionScope = {
    dialect,
    column: (name) => { throw new Error(`The model ${versionedName(model)} has an input that reads the column ${name} of its examples; inputs read features and request fields.`); },
    request: (name) => `example.${requestColumn(name)}`,
    feature: ({ slot, view, version, feature }) => `${lookupAlias(slot, { name: view, version })}.${featureColumn(feature)}`,
  };
  const keys = Object.keys(model.entities).flatMap((slot) => Object.keys(slotEntity(input, slot).key).map((key) => `example.${identifier(entityColumn(slot, key))}`));
  const columns = [
    `example.source AS ${identifier(exampleColumns.source)}`, `example.id AS ${identifier(exampleColumns.id)}`, ...keys,
    `${dialect.timestamp('example.moment')} AS ${identifier(exampleColumns.moment)}`,
    ...(input.isLabelled === false ? [] : [`${dialect.timestamp('example.known')} AS ${identifier(exampleColumns.known)}`]),
    ...model.inputs.map((each) => inputSql(model, each, scope)),
    ...(input.isLabelled === false ? [] : [`example.label AS ${identifier(exampleColumns.label)}`]),
    ...(input.sample === undefined ? [] : [`${weightSql(input.sample, 'example.label')} AS ${identifier(exampleColumns.weight)}`]),
  ];
  const joins = lookups.map(({ slot, view }) => `LEFT JOIN ${valuesTable(view)} AS ${lookupAlias(slot, view)} ON ${lookupAlias(slot, view)}.entity = example.${slotColumn(slot)} AND ${lookupAlias(slot, view)}.moment = example.moment`);
  return `SELECT ${columns.join(', ')} FROM ${tablesOf(input).candidates} AS example ${joins.join('\n')} WHERE example.dropped IS NULL AND example.moment >= ${chunk.from} AND example.moment < ${chunk.to}`;
};

/** The query of the points of a view at moments of a chunk. */
export const pointsQuery = (input: TrainingSetPlanInput, view: ViewDefinition, chunk: Pick<ExampleRange, 'from' | 'to'>): string =>
  lookupsOf(input).filter((each) => each.view === view).map(({ slot }) => `SELECT DISTINCT ${slotColumn(slot)} AS entity, moment FROM ${tablesOf(input).candidates}
        WHERE dropped IS NULL AND moment >= ${chunk.from} AND moment < ${chunk.to}`).join(' UNION ');

/**
 * The statements that append one chunk of moments to the table `examples`: made by the first chunk. Chunks bound the
 * memory; where they are cut changes no row.
 */
export const chunkStatements = (input: TrainingSetPlanInput, chunk: Pick<ExampleRange, 'from' | 'to'>, first: boolean): readonly Statement[] => {
  const lookups = lookupsOf(input);
  const views = [...new Map(lookups.map(({ view }) => [versionedName(view), view])).values()];
  const planned = views.flatMap((view): Statement[] => {
    const { table, lateness } = input.records(view.from);
    const entity = found(input.manifest.entities, view.entity, versionedName(view));
    const [points, values] = [pointsTable(view), valuesTable(view)];
    return [
      createTable(`${versionedName(view)}: points`, points, pointsQuery(input, view, chunk)),
      ...(view.from.kind === 'dataset' ? currentPlan(view, entity, { records: table, points, values }) : viewPlan(view, entity, { records: table, lateness, points, values, earliest: chunk.from, latest: chunk.to, density: input.densities?.[versionedName(view)] ?? 'dense' })),
    ];
  });
  const [rows, { examples }] = [rowsQuery(input, chunk), tablesOf(input)];
  return [...planned, { step: `${versionedName(input.model)}: rows`, sql: first ? `CREATE OR REPLACE TABLE ${examples} AS ${rows}` : `INSERT INTO ${examples} ${rows}` },
    ...views.flatMap((view) => [pointsTable(view), valuesTable(view)]).map((name): Statement => ({ step: 'cleaning up', sql: `DROP TABLE ${name}` }))];
};

/** The statement that writes `examples` as one Parquet file, the same bytes for the same rows. */
export const writeStatement = (file: string): Statement => ({ step: 'writing', sql: `COPY (SELECT * FROM examples
  ORDER BY ${[exampleColumns.moment, exampleColumns.source, exampleColumns.id].map(identifier).join(', ')}) TO ${textLiteral(file)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)` });

/**
 * Rows of (rows, share): how many examples, and which part of them has a true label (null unless labels are boolean).
 *
 * @param labelScalar undefined for rows without labels
 */
export const examplesStatistics = (labelScalar: Scalar | undefined): string =>
  `SELECT count(*) AS rows, ${labelScalar === 'boolean' ? `avg(CAST(${identifier(exampleColumns.label)} AS DOUBLE))` : 'NULL'} AS share FROM examples`;
