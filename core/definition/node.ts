/**
 * What definitions leave behind: frozen, tagged data. Every back end (JSON Schema, window plan, SQL, …) is a
 * `Record<Kind, fn>` over these kinds, so that a new kind does not compile until each back end has an answer for it.
 */

/** The value types of the definition language. `timestamp` is an RFC 3339 string on the wire and epoch milliseconds in expressions. */
export type Scalar = 'string' | 'int' | 'float' | 'boolean' | 'timestamp';

/** A field's type with its limits; `min` and `max` are inclusive. */
export interface FieldNode {
  readonly scalar: Scalar;
  readonly optional: boolean;
  readonly personal: boolean;
  readonly pattern?: string;
  readonly oneOf?: readonly string[];
  readonly min?: number;
  readonly max?: number;
}

/**
 * What a version of an event type keeps towards the former ones, in the terms of schema registries. BACKWARD: it reads their
 * events. FORWARD: they read its events. FULL: both. `_ALL`: towards all former versions and not the last alone. DISABLED: there is no other version.
 */
export type CompatibilityMode = 'NONE' | 'DISABLED' | 'BACKWARD' | 'BACKWARD_ALL' | 'FORWARD' | 'FORWARD_ALL' | 'FULL' | 'FULL_ALL';

export type FieldNodes = Readonly<Record<string, FieldNode>>;

export type CompareOperator = 'gt' | 'ge' | 'lt' | 'le' | 'eq' | 'ne';
export type ArithmeticOperator = 'add' | 'subtract' | 'multiply' | 'divide';

/** A column of the source row. */
export interface ColumnNode { readonly kind: 'column'; readonly name: string; readonly scalar: Scalar }
/** A constant; timestamps as epoch milliseconds. */
export interface LiteralNode { readonly kind: 'literal'; readonly value: string | number | boolean; readonly scalar: Scalar }
/** A comparison; null on either side gives null. */
export interface CompareNode { readonly kind: 'compare'; readonly operator: CompareOperator; readonly left: ExpressionNode; readonly right: ExpressionNode; readonly scalar: 'boolean' }
/** Arithmetic; null on either side gives null, division by zero gives null. */
export interface ArithmeticNode { readonly kind: 'arithmetic'; readonly operator: ArithmeticOperator; readonly left: ExpressionNode; readonly right: ExpressionNode; readonly scalar: 'int' | 'float' }
/** Conjunction and disjunction with SQL's three-valued logic. */
export interface LogicNode { readonly kind: 'logic'; readonly operator: 'and' | 'or'; readonly operands: readonly ExpressionNode[]; readonly scalar: 'boolean' }
export interface NotNode { readonly kind: 'not'; readonly of: ExpressionNode; readonly scalar: 'boolean' }
/** Hour 0 to 23 of a timestamp in an IANA time zone. */
export interface HourOfDayNode { readonly kind: 'hourOfDay'; readonly of: ExpressionNode; readonly zone: string; readonly scalar: 'int' }
/** Day of the week, 1 (Monday) to 7, of a timestamp in an IANA time zone. */
export interface DayOfWeekNode { readonly kind: 'dayOfWeek'; readonly of: ExpressionNode; readonly zone: string; readonly scalar: 'int' }
/** A number within bounds, both included. */
export interface ClipNode { readonly kind: 'clip'; readonly of: ExpressionNode; readonly least: number; readonly most: number; readonly scalar: 'int' | 'float' }
/** How many of the bounds a number reaches. */
export interface BucketNode { readonly kind: 'bucket'; readonly of: ExpressionNode; readonly from: readonly number[]; readonly scalar: 'int' }
/** Place of a text in a list, from 0; of any other text, the length of the list. */
export interface CategoryNode { readonly kind: 'category'; readonly of: ExpressionNode; readonly values: readonly string[]; readonly scalar: 'int' }
/** Square root; null for what is negative. */
export interface SquareRootNode { readonly kind: 'squareRoot'; readonly of: ExpressionNode; readonly scalar: 'float' }
/** A value, and another one where it is null. */
export interface CoalesceNode { readonly kind: 'coalesce'; readonly of: ExpressionNode; readonly otherwise: ExpressionNode; readonly scalar: Scalar }
/** A field of a prediction request. */
export interface RequestNode { readonly kind: 'request'; readonly name: string; readonly scalar: Scalar }
/** A feature of a view, looked up for the entity in a model's slot. */
export interface FeatureNode { readonly kind: 'feature'; readonly slot: string; readonly view: string; readonly version: number; readonly feature: string; readonly scalar: Scalar }

export type ExpressionNode = ColumnNode | LiteralNode | CompareNode | ArithmeticNode | LogicNode | NotNode | HourOfDayNode | DayOfWeekNode
  | ClipNode | BucketNode | CategoryNode | SquareRootNode | CoalesceNode | RequestNode | FeatureNode;
export type ExpressionKind = ExpressionNode['kind'];

/** What stands before the name of an outcome's column in the condition of a {@link HappensNode}, apart from the columns of the example. */
export const outcomePrefix = 'outcome.';

/** Whether an event of a type happens within a while after a row's moment. `where` reads columns of the example, and of the outcome as `outcome.<name>`. */
export interface HappensNode {
  readonly kind: 'happens';
  readonly outcome: { readonly kind: 'event'; readonly name: string; readonly version: number };
  readonly within: Width;
  readonly where: ExpressionNode;
  readonly scalar: 'boolean';
}

/** What a model is to predict of an example: worked out from its row, or from what happens after it. */
export type LabelNode = ExpressionNode | HappensNode;

export type AggregateKind = 'count' | 'sum' | 'mean' | 'share' | 'min' | 'max' | 'variance' | 'standardDeviation' | 'first' | 'last' | 'distinct' | 'quantile';

/** An aggregate over the rows of a window. `of` is absent for `count`; a row whose `where` is not true does not count. */
export interface AggregateNode {
  readonly kind: AggregateKind;
  readonly of?: ExpressionNode;
  readonly where?: ExpressionNode;
  readonly scalar: Scalar;
  /** Of a quantile: which one, 0 to 1, and the bounds at which values beyond them count. */
  readonly quantile?: { readonly at: number; readonly from: number; readonly to: number };
}

/** `5m`, `3h`, `7d` or `lifetime`. */
export type Width = `${number}${'m' | 'h' | 'd'}` | 'lifetime';

/** A feature computed over a window: `name` is `<aggregate name>_<width>`. */
export interface WindowFeatureNode { readonly kind: 'window'; readonly name: string; readonly width: Width; readonly aggregate: AggregateNode; readonly scalar: Scalar }
/** A feature that is the newest row's value, for views over datasets. */
export interface CurrentFeatureNode { readonly kind: 'current'; readonly name: string; readonly of: ExpressionNode; readonly scalar: Scalar }
export type ViewFeatureNode = WindowFeatureNode | CurrentFeatureNode;

interface ExpectationCommon {
  /** What is expected, in words. */
  readonly name: string;
  /** It is told, and stops nothing. */
  readonly warns?: boolean;
}
/** Of what rows must keep: the share (0 to 1) that may break it. */
interface ShareOfRows { readonly atMost: number }

/** `of` is true or null for each row. */
export interface HoldsNode extends ExpectationCommon, ShareOfRows { readonly kind: 'holds'; readonly of: ExpressionNode }
/** `of` is not null. */
export interface PresentNode extends ExpectationCommon, ShareOfRows { readonly kind: 'present'; readonly of: ExpressionNode }
/** The text holds no traces of a wrong encoding. */
export interface LegibleNode extends ExpectationCommon, ShareOfRows { readonly kind: 'legible'; readonly of: ExpressionNode }
/** No two rows have the same values. */
export interface UniqueNode extends ExpectationCommon, ShareOfRows { readonly kind: 'unique'; readonly of: readonly ExpressionNode[] }
/** `of` is a value of another dataset's column. */
export interface ReferencesNode extends ExpectationCommon, ShareOfRows { readonly kind: 'references'; readonly of: ExpressionNode; readonly dataset: { readonly name: string; readonly version: number }; readonly column: string }
/** Number of rows; `ofUsual`: bounds as multiples of the median of the batches before. */
export interface RowCountNode extends ExpectationCommon { readonly kind: 'rowCount'; readonly atLeast?: number; readonly atMost?: number; readonly ofUsual?: readonly [number, number] }
/** Share of the source's rows that were rejected. */
export interface RejectedNode extends ExpectationCommon, ShareOfRows { readonly kind: 'rejected' }
/** Age of the newest moment at the batch's arrival. */
export interface FreshNode extends ExpectationCommon { readonly kind: 'fresh'; readonly of: ExpressionNode; readonly within: Width }
/** Standardized difference of the column's mean to that of the batch before. */
export interface SteadyNode extends ExpectationCommon { readonly kind: 'steady'; readonly column: string; readonly within: number }

/** What a batch of a dataset must keep. */
export type ExpectationNode = HoldsNode | PresentNode | LegibleNode | UniqueNode | ReferencesNode | RowCountNode | RejectedNode | FreshNode | SteadyNode;
