import type { ExpectationNode, ExpressionNode } from '../definition/node';
import { nodesIn } from './walk';

/** The columns that an expression reads, each as often as it does. */
export const columnsRead = (node: ExpressionNode): readonly string[] => nodesIn(node).flatMap((each) => (each.kind === 'column' ? [each.name] : []));

/** The columns that an expectation reads of each row. */
export const columnsExpected = (expectation: ExpectationNode): readonly string[] => {
  if (expectation.kind === 'steady') return [expectation.column];
  if (!('of' in expectation)) return [];
  const of: ExpressionNode | readonly ExpressionNode[] = expectation.of;
  return ('kind' in of ? [of] : of).flatMap(columnsRead);
};
