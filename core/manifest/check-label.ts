import type { ExpressionNode, FieldNodes, HappensNode } from '../definition/node';
import { outcomePrefix } from '../definition/node';
import { columnsRead } from '../expression/columns-read';
import type { Manifest } from './manifest';
import { versionedName } from './manifest';

/** Whether a condition holds only where a column of the outcome equals one of the example: then the two are joined by it. */
const isJoin = (node: ExpressionNode): boolean => {
  if (node.kind === 'logic') return node.operator === 'and' && node.operands.some(isJoin);
  if (node.kind !== 'compare' || node.operator !== 'eq') return false;
  const sides = [node.left, node.right].map((side) => columnsRead(side).map((name) => name.startsWith(outcomePrefix)));
  const isOf = (side: readonly boolean[] | undefined, outcome: boolean): boolean => side !== undefined && side.length > 0 && side.every((each) => each === outcome);
  return (isOf(sides[0], true) && isOf(sides[1], false)) || (isOf(sides[0], false) && isOf(sides[1], true));
};

/**
 * What is wrong with a label that looks ahead.
 *
 * @param fields of the source of the examples
 * @returns problems in words that name the remedy; empty when there are none
 */
export const labelProblems = ({ outcome, within, where }: HappensNode, fields: FieldNodes, { events }: Pick<Manifest, 'events'>): readonly string[] => {
  const source = events[versionedName(outcome)];
  if (!source) return [`has a label that looks for ${versionedName(outcome)}, which is not among the definitions: export it from definitions/index.ts`];
  const unknown = columnsRead(where).filter((name) => (name.startsWith(outcomePrefix) ? !(name.slice(outcomePrefix.length) in source.fields) : !(name in fields)));
  return [
    ...(/^[1-9]\d*[mhd]$/u.test(within) ? [] : [`has a label that looks ahead for '${within}'; allowed are minutes, hours and days such as '30m', '24h' and '60d'`]),
    ...unknown.map((name) => `has a label that reads the column '${name}', which neither its examples nor ${versionedName(outcome)} have`),
    ...(isJoin(where) ? [] : [`has a label that takes events of ${versionedName(outcome)} without saying whose they are, so that each would be compared with each; let a column of the outcome equal one of the example: eq(outcome.id, row.id)`]),
  ];
};
