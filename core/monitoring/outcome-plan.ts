import type { FieldNode } from '../definition/node';
import type { EntityDefinition, ModelDefinition } from '../manifest/manifest';
import { versionedName } from '../manifest/manifest';
import { inputFieldNames, keyFieldName } from '../model/prediction-event';
import { fieldColumn } from '../training/expression-sql';
import type { Statement } from '../training/sql';
import { identifier, textLiteral } from '../training/sql';
import { entityColumn, requestColumn } from '../training/training-set-plan';

/*
 * What became of predictions. The event that tells an outcome is found by the reference that the caller gave, which is its id,
 * or else by the model's examples: the same entities, the same request fields as far as the log has them, and of those the
 * first whose moment is the prediction's or follows it within a bound.
 */

/** What is known of a prediction's outcome. `unmatched`: no event tells it yet; `ambiguous`: several do, and nothing says which. */
export const outcomeStates = ['known', 'unmatched', 'ambiguous', 'labelNotDue', 'labelMissing', 'labelNotInFuture', 'entityMissing'] as const;
export type OutcomeState = (typeof outcomeStates)[number];

/** A part of a model's rows that is looked at by itself. */
export interface Slice {
  /** Name of the slice, `distance`. */
  readonly name: string;
  readonly input: string;
  /** Where numbers are cut; without, each value is a slice. */
  readonly bounds?: readonly number[];
}

const keyColumns = (model: ModelDefinition, entities: Readonly<Record<string, Pick<EntityDefinition, 'key'>>>): readonly { readonly logged: string; readonly example: string; readonly field: FieldNode }[] =>
  Object.entries(model.entities).flatMap(([slot, name]) => Object.entries(entities[name]?.key ?? {}).map(([key, field]) =>
    ({ logged: fieldColumn(keyFieldName(slot, key)), example: identifier(entityColumn(slot, key)), field })));

/** Request fields that stand in the log, as they are an input by themselves and nobody's. */
const requestColumns = (model: ModelDefinition, entities: Readonly<Record<string, EntityDefinition>>): readonly { readonly logged: string; readonly example: string }[] => {
  const names = inputFieldNames(model, entities);
  return model.inputs.flatMap(({ expression }, index) => (expression.kind === 'request' && !(model.request[expression.name]?.personal ?? false) ? [{ logged: fieldColumn(names[index] ?? ''), example: requestColumn(expression.name) }] : []));
};

/** SQL of the name of a prediction's slice. */
const sliceSql = ({ input, bounds }: Slice, model: ModelDefinition, entities: Readonly<Record<string, EntityDefinition>>): string => {
  const column = fieldColumn(inputFieldNames(model, entities)[model.inputs.findIndex(({ name }) => name === input)] ?? input);
  if (bounds === undefined) return `coalesce(CAST(${column} AS VARCHAR), 'absent')`;
  const cases = bounds.map((bound, index) => `WHEN ${column} < ${bound} THEN ${textLiteral(index === 0 ? `under ${bound}` : `${bounds[index - 1] ?? ''} to ${bound}`)}`);
  return `CASE WHEN ${column} IS NULL THEN 'absent' ${cases.join(' ')} ELSE ${textLiteral(`${bounds.at(-1) ?? ''} and over`)} END`;
};

/** What the join works on. */
export interface OutcomePlanInput {
  readonly model: ModelDefinition;
  readonly entities: Readonly<Record<string, EntityDefinition>>;
  /** Table of logged predictions, each once, as readRecords leaves it. */
  readonly predictions: string;
  /** Table of examples with their labels, as candidatesStatement leaves it. */
  readonly candidates: string;
  /** Longest time from a prediction's moment to its example's, milliseconds. */
  readonly within: number;
  readonly slices: readonly Slice[];
  /** SQL of a key field of an example as the log has it. */
  readonly keySql: (column: string, field: Pick<FieldNode, 'scalar' | 'personal'>) => string;
}

/** Column of a slice. */
export const sliceColumn = (name: string): string => identifier(`slice:${name}`);

/**
 * The statement that makes the table `outcomes`: a row a prediction, with `day` (of its arrival, UTC), `version`, `role`,
 * `weight`, `prediction`, `state` (see {@link outcomeStates}), `label` (a number; null unless the outcome is known) and a
 * column a slice.
 */
export const outcomesStatement = ({ model, entities, predictions, candidates, within, slices, keySql }: OutcomePlanInput): Statement => {
  const same = [
    ...keyColumns(model, entities).map(({ logged, example, field }) => `prediction.${logged} = ${keySql(`example.${example}`, field)}`),
    ...requestColumns(model, entities).map(({ logged, example }) => `prediction.${logged} IS NOT DISTINCT FROM example.${example}`),
  ];
  const found = 'example.label, example.dropped, example.moment AS example_moment';
  return {
    step: `${versionedName(model)}: outcomes`,
    sql: `CREATE OR REPLACE TABLE outcomes AS
    WITH prediction AS (SELECT id, ${fieldColumn('exampleReference')} AS reference, ${fieldColumn('moment')} AS moment, * EXCLUDE (id) FROM ${predictions}),
      example AS (SELECT * FROM ${candidates}),
      referenced AS (SELECT prediction.id, ${found} FROM prediction JOIN example ON example.id = prediction.reference),
      followed AS (SELECT prediction.id, ${found} FROM prediction JOIN example ON ${same.length > 0 ? same.join(' AND ') : 'TRUE'} AND example.moment >= prediction.moment AND example.moment <= prediction.moment + ${within}
        WHERE prediction.reference IS NULL QUALIFY example.moment = min(example.moment) OVER (PARTITION BY prediction.id)),
      met AS (SELECT id, count(*) AS examples, any_value(label) AS label, any_value(dropped) AS dropped FROM (FROM referenced UNION ALL FROM followed) GROUP BY id)
    SELECT CAST(make_timestamp(prediction.arrival * 1000) AS DATE) AS day, prediction.${fieldColumn('modelVersion')} AS version, coalesce(prediction.${fieldColumn('modelRole')}, 'champion') AS role,
      coalesce(prediction.${fieldColumn('logWeight')}, 1) AS weight, prediction.${fieldColumn('prediction')} AS prediction,
      CASE WHEN met.id IS NULL THEN 'unmatched' WHEN met.examples > 1 THEN 'ambiguous' ELSE coalesce(met.dropped, 'known') END AS state,
      CASE WHEN met.examples = 1 AND met.dropped IS NULL THEN CAST(met.label AS DOUBLE) END AS label${slices.map((slice) => `,\n      prediction.${sliceColumn(slice.name)} AS ${sliceColumn(slice.name)}`).join('')}
    FROM (SELECT *${slices.map((slice) => `, ${sliceSql(slice, model, entities)} AS ${sliceColumn(slice.name)}`).join('')} FROM prediction) AS prediction LEFT JOIN met USING (id)`,
  };
};
