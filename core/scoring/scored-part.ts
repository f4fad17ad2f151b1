import type { Scalar } from '../definition/node';
import type { Manifest, ModelDefinition } from '../manifest/manifest';
import { versionedName } from '../manifest/manifest';
import { predictionColumns } from '../lake/prediction-table';
import { keyFieldName } from '../model/prediction-event';
import { createTable } from '../training/plan-context';
import type { Statement } from '../training/sql';
import { identifier, textLiteral } from '../training/sql';
import { entityColumn } from '../training/training-set-plan';
import type { PinnedScoring } from './request';

/** Rows that are scored at once, and written as one file: what bounds memory. */
export const rowsOfPart = 250_000;

/** Rows of all parts, in the order of their moments. */
const all = 'all_candidates';

/** Keeps the candidates beside, each with its part of so many rows: features of one part are worked out at a time. */
export const partsStatement = (rows: number): Statement => createTable('parts', all, `SELECT *, (row_number() OVER (ORDER BY moment, "row") - 1) // ${rows} AS part FROM candidates WHERE dropped IS NULL`);

/** Makes the table `candidates` of one part. */
export const partCandidates = (part: number): Statement => createTable(`part ${part}`, 'candidates', `SELECT * EXCLUDE (part) FROM ${all} WHERE part = ${part}`);

/** Rows of (first, last): the moments of the candidates of a part. */
export const partRange = 'SELECT min(moment) AS first, max(moment) AS last FROM candidates';

/** The query of a part's rows for the model: the id, then its inputs in their order, null where one is absent. */
export const inputsQuery = ({ inputs }: Pick<ModelDefinition, 'inputs'>): string => `SELECT "example.id", ${inputs.map(({ name }) => identifier(name)).join(', ')} FROM examples`;

/** Table of what the model said of each id. */
export const predictedTable = 'predicted';
export const makePredicted: Statement = { step: 'predictions', sql: `CREATE OR REPLACE TABLE ${predictedTable} (id VARCHAR, prediction DOUBLE)` };

const keySql = (slot: string, key: string, scalar: Scalar): string => {
  const column = `example.${identifier(entityColumn(slot, key))}`;
  return `${scalar === 'timestamp' ? `make_timestamptz(${column} * 1000)` : column} AS ${identifier(keyFieldName(slot, key))}`;
};

/** The statement that writes a part as Parquet, with the columns of the predictions table. */
export const writePart = ({ entities }: Pick<Manifest, 'entities'>, model: ModelDefinition, pinned: PinnedScoring, file: string): Statement => {
  const absent = model.inputs.map(({ name }) => `CASE WHEN example.${identifier(name)} IS NULL THEN ${textLiteral(name)} END`);
  const { batch, row, definition, modelVersion, manifestHash, moment, scoredAt, prediction, missing } = predictionColumns;
  const columns = [
    `${textLiteral(pinned.batch)} AS ${batch}`, `example."example.id" AS ${row}`, `${textLiteral(versionedName(model))} AS ${definition}`, `${textLiteral(pinned.modelVersion)} AS ${modelVersion}`, `${textLiteral(pinned.manifestHash)} AS ${manifestHash}`,
    `CAST(example."example.moment" AS TIMESTAMPTZ) AS ${moment}`, `TIMESTAMPTZ ${textLiteral(pinned.scoredAt)} AS ${scoredAt}`,
    `${predictedTable}.prediction AS ${prediction}`, `nullif(array_to_string(list_filter([${absent.join(', ')}], lambda name: name IS NOT NULL), ','), '') AS ${missing}`,
    ...Object.entries(model.entities).flatMap(([slot, name]) => Object.entries(entities[name]?.key ?? {}).map(([key, { scalar }]) => keySql(slot, key, scalar))),
  ];
  return { step: 'writing a part', sql: `COPY (SELECT ${columns.join(', ')} FROM examples AS example LEFT JOIN ${predictedTable} ON ${predictedTable}.id = example."example.id"
    ORDER BY example."example.moment", example."example.id") TO ${textLiteral(file)} (FORMAT parquet, COMPRESSION zstd)` };
};
