import { trainingSetsPrefix, trainingSetTable } from '../lake/feature-table';
import { predictionTables } from '../lake/prediction-table';
import type { Manifest, ModelDefinition } from '../manifest/manifest';
import { scoringWorkPrefix } from '../scoring/request';
import { entityColumn, exampleColumns } from '../training/training-set-plan';

/** Keys of a model's entities that the definitions declare, and do not mark as personal: an airport's code is nobody's. */
const plainKeys = ({ entities }: Pick<Manifest, 'entities'>, model: ModelDefinition): readonly string[] => Object.entries(model.entities)
  .flatMap(([slot, name]) => Object.entries(entities[name]?.key ?? {}).flatMap(([key, { personal }]) => (personal ? [] : [entityColumn(slot, key)])));

/** The column that a key has in the table of training sets. */
const tableColumn = (column: string): string => `_${column.replaceAll('.', '_')}`;

/** What stands in a training set and says of nobody who they are: when, what came of it, and what the model is told. */
const told = ({ inputs }: ModelDefinition): readonly string[] => [exampleColumns.moment, exampleColumns.known, exampleColumns.label, exampleColumns.weight, ...inputs.map(({ name }) => name)];

/** What a file of batch predictions has in its columns that is nobody's. Somebody gave a row its id. */
const plainPredictions = (manifest: Pick<Manifest, 'models' | 'entities'>, { name }: ModelDefinition): readonly string[] => predictionTables(manifest)
  .flatMap(({ of, columns, personal }) => (of === name ? columns.map((column) => column.name).filter((column) => column !== '_row' && !personal.includes(column)) : []));

/**
 * Columns in which no subject is looked for, in what is made for models: a field that is declared and not personal is nobody's, here
 * as in a record. By the name of a table of training sets, and by the folder of files in the features bucket. Of a model that the
 * definitions have no more there are none: everything may be personal.
 */
export const plainColumns = (manifest: Pick<Manifest, 'models' | 'entities'>): Readonly<Record<string, readonly string[]>> => Object.fromEntries(Object.values(manifest.models).flatMap((model) => {
  const [keys, folder] = [plainKeys(manifest, model), `${model.name}/v${model.version}/`];
  return [
    [trainingSetTable(model), keys.map(tableColumn)],
    [`${trainingSetsPrefix}${folder}`, [...keys, ...told(model)]],
    [`${scoringWorkPrefix}${folder}`, [...keys, ...plainPredictions(manifest, model)]],
  ] as const;
}));
