import type { Scalar } from '../definition/node';
import type { Manifest, ModelDefinition } from '../manifest/manifest';
import { versionedName } from '../manifest/manifest';
import { keyFieldName } from '../model/prediction-event';
import { curatedTableName, type CuratedColumn, type CuratedTable, type IcebergType } from './table';

const icebergTypes: Readonly<Record<Scalar, IcebergType>> = { string: 'string', int: 'long', float: 'double', boolean: 'boolean', timestamp: 'timestamptz' };

/** Names of the columns that every predictions table has. */
export const predictionColumns = {
  batch: '_batch_id', row: '_row', definition: '_model', modelVersion: '_model_version', manifestHash: '_manifest_hash', moment: '_moment', scoredAt: '_scored_at', prediction: 'prediction', missing: 'missing',
} as const;

const column = (name: string, type: IcebergType, comment: string, required = true): CuratedColumn => ({ name, type, required, comment });

const platformColumns: readonly CuratedColumn[] = [
  column(predictionColumns.batch, 'string', 'The request that it was made for'),
  column(predictionColumns.row, 'string', 'The row of the request: its id or, of rows without ids, its number'),
  column(predictionColumns.definition, 'string', 'The model with the version of its definition'),
  column(predictionColumns.modelVersion, 'string', 'The version that predicted'),
  column(predictionColumns.manifestHash, 'string', 'SHA-256 of the definitions that were online'),
  column(predictionColumns.moment, 'timestamptz', 'The features are as they were known before this moment'),
  column(predictionColumns.scoredAt, 'timestamptz', 'When the request was taken in'),
  column(predictionColumns.prediction, 'double', 'Null where the model predicts nothing without what is missing', false),
  column(predictionColumns.missing, 'string', 'Names of the inputs that were absent, with commas between them; null: none', false),
];

/** Name of the table of a model's batch predictions, of all versions of its definition. */
export const predictionTableName = (model: Pick<ModelDefinition, 'name'>): string => `predictions_${curatedTableName(model.name)}`;

const tableOf = (versions: readonly ModelDefinition[], entities: Manifest['entities']): readonly CuratedTable[] => {
  const newest = versions.at(-1);
  if (newest === undefined) return [];
  const keys = versions.flatMap((model) => Object.entries(model.entities).flatMap(([slot, name]) => Object.entries(entities[name]?.key ?? {}).map(([key, { scalar, personal }]) => ({ name: keyFieldName(slot, key), type: icebergTypes[scalar], personal }))));
  const personal = new Set(keys.filter((key) => key.personal).map(({ name }) => name));
  return [{
    name: predictionTableName(newest),
    kind: 'predictions',
    of: newest.name,
    description: `Predictions of the model ${newest.name} by batch scoring, the rows of each request`,
    ...(newest.owner === undefined ? {} : { owner: newest.owner }),
    personal: [...personal],
    columns: [...platformColumns, ...[...new Map(keys.map(({ name, type }) => [name, type]))].map(([name, type]) => column(name, type, personal.has(name) ? 'Personal' : '', false))],
    writers: {},
  }];
};

/** A table for the batch predictions of each model, in the features zone. */
export const predictionTables = ({ models, entities }: Pick<Manifest, 'models' | 'entities'>): readonly CuratedTable[] =>
  [...Map.groupBy(Object.values(models), ({ name }) => name).values()].flatMap((versions) => tableOf([...versions].sort((left, right) => left.version - right.version), entities));

/** What a table of predictions cannot hold of a model. */
export interface PredictionTableProblem { readonly model: ModelDefinition; readonly problem: string }

/** Keys that change their type with a version of the model: a column has one, whatever version a row is of. */
export const predictionTableProblems = ({ models, entities }: Pick<Manifest, 'models' | 'entities'>): readonly PredictionTableProblem[] => {
  const types = new Map<string, { readonly scalar: Scalar; readonly of: ModelDefinition }>();
  return Object.values(models).sort((left, right) => left.version - right.version).flatMap((model) => Object.entries(model.entities).flatMap(([slot, name]) => Object.entries(entities[name]?.key ?? {}).flatMap(([key, { scalar }]) => {
    const field = keyFieldName(slot, key);
    const former = types.get(`${model.name} ${field}`);
    types.set(`${model.name} ${field}`, former ?? { scalar, of: model });
    return former === undefined || former.scalar === scalar ? [] : [{ model, problem: `has the key ${field} as ${scalar}, and ${versionedName(former.of)} has it as ${former.scalar}: predictions of both stand in one column of the table ${predictionTableName(model)}; give the slot another name` }];
  })));
};
