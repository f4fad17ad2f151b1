import type { ExpectationNode, ExpressionNode } from '../definition/node';

/** The columns that an expression reads, each as often as it does. */
export const columnsRead = (node: ExpressionNode): readonly string[] => {
  if (node.kind === 'column') return [node.name];
  if (node.kind === 'compare' || node.kind === 'arithmetic') return [node.left, node.right].flatMap(columnsRead);
  if (node.kind === 'logic') return node.operands.flatMap(columnsRead);
  return node.kind === 'not' || node.kind === 'hourOfDay' ? columnsRead(node.of) : [];
};

/** The columns that an expectation reads of each row. */
export const columnsExpected = (expectation: ExpectationNode): readonly string[] => {
  if (expectation.kind === 'steady') return [expectation.column];
  if (!('of' in expectation)) return [];
  const of: ExpressionNode | readonly ExpressionNode[] = expectation.of;
  return ('kind' in of ? [of] : of).flatMap(columnsRead);
};
