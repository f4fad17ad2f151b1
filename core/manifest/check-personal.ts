import type { AggregateKind, ExpressionNode, FieldNodes } from '../definition/node';
import { findingFields } from '../erasure/subject';
import { columnsRead } from '../expression/columns-read';
import type { EntityDefinition, ViewDefinition } from './manifest';

/** Aggregates whose value is one of those that came; others are made of all of them. */
const keepsValue: Readonly<Record<AggregateKind, boolean>> = {
  first: true, last: true, min: true, max: true, count: false, sum: false, mean: false, share: false, variance: false, standardDeviation: false, distinct: false, quantile: false,
};

const personalIn = (node: ExpressionNode | undefined, finding: readonly string[]): string | undefined => node && columnsRead(node).find((name) => finding.includes(name));

/**
 * What of a view would keep a person's data where their erasure does not find it: state items are found by the key of their entity.
 *
 * @param fields of the view's source
 * @returns problems in words that name the remedy; empty when there are none
 */
export const personalProblems = (view: ViewDefinition, entity: EntityDefinition, fields: FieldNodes): readonly string[] => {
  const finding = findingFields(fields);
  const keys = Object.entries(view.by).flatMap(([key, node]) => {
    const column = personalIn(node, finding);
    return column === undefined ? [] : [{ key, column }];
  });
  const unmarked = keys.filter(({ key }) => entity.key[key]?.personal === false).map(({ key, column }) =>
    `finds the key '${key}' of ${entity.name} in the personal field '${column}', and that key is not personal; mark it as personal() in the entity, so that erasing a person reaches its state`);
  if (keys.length > 0) return unmarked;
  return view.features.flatMap((feature) => {
    if (feature.kind === 'window' && !keepsValue[feature.aggregate.kind]) return [];
    const column = personalIn(feature.kind === 'current' ? feature.of : feature.aggregate.of, finding);
    return column === undefined ? [] : [`has the feature ${feature.name}, which keeps values of the personal field '${column}' for ${entity.name}, whose key says nothing of a person: erasing one would not find them; leave it out, or describe an entity by a personal field`];
  });
};
