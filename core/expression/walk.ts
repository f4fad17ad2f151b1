import type { ExpressionKind, ExpressionNode, FeatureNode } from '../definition/node';

type NodeOf<K extends ExpressionKind> = Extract<ExpressionNode, { kind: K }>;
const none = (): readonly ExpressionNode[] => [];

const operands: { readonly [K in ExpressionKind]: (node: NodeOf<K>) => readonly ExpressionNode[] } = {
  column: none,
  literal: none,
  request: none,
  feature: none,
  compare: ({ left, right }) => [left, right],
  arithmetic: ({ left, right }) => [left, right],
  logic: (node) => node.operands,
  not: ({ of }) => [of],
  hourOfDay: ({ of }) => [of],
  dayOfWeek: ({ of }) => [of],
  clip: ({ of }) => [of],
  bucket: ({ of }) => [of],
  category: ({ of }) => [of],
  squareRoot: ({ of }) => [of],
  coalesce: ({ of, otherwise }) => [of, otherwise],
};

/** An expression's node and all below it, each before what it is made of, from left to right. */
export const nodesIn = (node: ExpressionNode): readonly ExpressionNode[] => [node, ...(operands[node.kind] as (node: ExpressionNode) => readonly ExpressionNode[])(node).flatMap(nodesIn)];

/** The features that an expression looks up, each as often as it does. */
export const featuresRead = (node: ExpressionNode): readonly FeatureNode[] => nodesIn(node).filter((each): each is FeatureNode => each.kind === 'feature');
