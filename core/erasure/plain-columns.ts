import type { ExpressionNode } from '../definition/node';
import { columnsRead } from '../expression/columns-read';
import { nodesIn } from '../expression/walk';
import { trainingSetsPrefix, trainingSetTable } from '../lake/feature-table';
import { predictionTables } from '../lake/prediction-table';
import type { Manifest, ModelDefinition } from '../manifest/manifest';
import { versionedName } from '../manifest/manifest';
import { isPersonalInput } from '../model/prediction-event';
import { scoringWorkPrefix } from '../scoring/request';
import { entityColumn, exampleColumns } from '../training/training-set-plan';
import { findingFields } from './subject';

type Definitions = Pick<Manifest, 'events' | 'datasets' | 'models' | 'entities'>;

/** Whether an expression over the rows that a model learns from says who somebody is. */
const tellsOf = ({ events, datasets }: Definitions, { examples: { from } }: ModelDefinition): ((node: ExpressionNode | undefined) => boolean) => {
  const source = from.kind === 'event' ? events[versionedName(from)] : datasets[versionedName(from)];
  // Of a source that the definitions have no more any column may.
  const isPlain = source === undefined ? () => false : (name: string) => name in source.fields && !findingFields(source.fields).includes(name);
  return (node) => node !== undefined && !columnsRead(node).every(isPlain);
};

/** Keys of a model's entities that the definitions declare, and do not mark as personal: an airport's code is nobody's. One that examples take from a personal field is. */
const plainKeys = (manifest: Definitions, model: ModelDefinition): readonly string[] => Object.entries(model.entities)
  .flatMap(([slot, name]) => Object.entries(manifest.entities[name]?.key ?? {}).flatMap(([key, { personal }]) => (personal || tellsOf(manifest, model)(model.examples.entities[slot]?.[key]) ? [] : [entityColumn(slot, key)])));

/** What is around an input in a training set is called otherwise in its table: glue-jobs/headrace_lake/training_set.py. */
const tableColumns: Readonly<Record<string, string>> = { [exampleColumns.moment]: '_moment', [exampleColumns.known]: '_known_at', [exampleColumns.weight]: '_weight', [exampleColumns.label]: '_label' };
const tableColumn = (keys: readonly string[]) => (column: string): string => (keys.includes(column) ? `_${column.replaceAll('.', '_')}` : (tableColumns[column] ?? column));

/** What stands in a training set and says of nobody who they are: when, what came of it, and what the model is told, unless that repeats a personal field. */
const told = (manifest: Definitions, model: ModelDefinition): readonly string[] => {
  const { inputs, request, examples: { label, request: asked } } = model;
  const tells = tellsOf(manifest, model);
  const repeats = (node: ExpressionNode): boolean => isPersonalInput(node, request) || nodesIn(node).some((each) => each.kind === 'request' && tells(asked[each.name]));
  return [
    exampleColumns.moment, exampleColumns.known, exampleColumns.weight, ...(label.kind !== 'happens' && tells(label) ? [] : [exampleColumns.label]),
    ...inputs.flatMap(({ name, expression }) => (repeats(expression) ? [] : [name])),
  ];
};

/** What a file of batch predictions has in its columns that is nobody's. Somebody gave a row its id. */
const plainPredictions = (manifest: Definitions, { name }: ModelDefinition): readonly string[] => predictionTables(manifest)
  .flatMap(({ of, columns, personal }) => (of === name ? columns.map((column) => column.name).filter((column) => column !== '_row' && !personal.includes(column)) : []));

/**
 * Columns in which no subject is looked for, in what is made for models: a field that is declared and not personal is nobody's, here
 * as in a record. By the name of a table of training sets, and by the folder of files in the features bucket. Of a model that the
 * definitions have no more there are none: everything may be personal.
 */
export const plainColumns = (manifest: Definitions): Readonly<Record<string, readonly string[]>> => Object.fromEntries(Object.values(manifest.models).flatMap((model) => {
  const [keys, folder] = [plainKeys(manifest, model), `${model.name}/v${model.version}/`];
  const ofSets = [...keys, ...told(manifest, model)];
  return [
    [trainingSetTable(model), ofSets.map(tableColumn(keys))],
    [`${trainingSetsPrefix}${folder}`, ofSets],
    [`${scoringWorkPrefix}${folder}`, [...keys, ...plainPredictions(manifest, model)]],
  ] as const;
}));
