import type { ArithmeticOperator, CompareOperator, ExpressionKind, ExpressionNode, FeatureNode } from '../definition/node';

/** A value in an expression; timestamps are epoch milliseconds, `null` is absent. */
export type Value = string | number | boolean | null;
export type Row = Readonly<Record<string, Value | undefined>>;

/** Where the leaves of an expression find their values. */
export interface Scope {
  readonly columns?: Row;
  readonly request?: Row;
  readonly feature?: (node: FeatureNode) => Value;
}

type Evaluate = (scope: Scope) => Value;
type NodeOf<K extends ExpressionKind> = Extract<ExpressionNode, { kind: K }>;

/** NaN, which sums and products of very large numbers come to, is in SQL larger than every number, and equal to itself. */
const isLess = (left: Value, right: Value): boolean => Number(left) < Number(right) || (Number.isNaN(right) && !Number.isNaN(left));
const isEqual = (left: Value, right: Value): boolean => left === right || (Number.isNaN(left) && Number.isNaN(right));

const compareWith: Readonly<Record<CompareOperator, (left: Value, right: Value) => boolean>> = {
  gt: (left, right) => isLess(right, left),
  ge: (left, right) => !isLess(left, right),
  lt: isLess,
  le: (left, right) => !isLess(right, left),
  eq: isEqual,
  ne: (left, right) => !isEqual(left, right),
};

const calculate: Readonly<Record<ArithmeticOperator, (left: number, right: number) => number | null>> = {
  add: (left, right) => left + right,
  subtract: (left, right) => left - right,
  multiply: (left, right) => left * right,
  divide: (left, right) => (right === 0 ? null : left / right),
};

/** What a moment is in a time zone. One formatter a zone: making one costs a thousand uses. */
const inZone = (options: Intl.DateTimeFormatOptions): ((zone: string, instant: number) => string) => {
  const formatters = new Map<string, Intl.DateTimeFormat>();
  return (zone, instant) => {
    let formatter = formatters.get(zone);
    if (!formatter) formatters.set(zone, formatter = new Intl.DateTimeFormat('en-GB', { timeZone: zone, ...options }));
    return formatter.format(instant);
  };
};
const hourText = inZone({ hour: '2-digit', hourCycle: 'h23' });
const dayText = inZone({ weekday: 'short' });
const days = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const hourIn = (zone: string, instant: number): number => Number(hourText(zone, instant));
const dayIn = (zone: string, instant: number): number => days.indexOf(dayText(zone, instant)) + 1;

/** A function of one number; null for what is none. */
const onNumber = (of: ExpressionNode, result: (value: number) => number | null): Evaluate => {
  const evaluate = compileExpression(of);
  return (scope) => {
    const value = evaluate(scope);
    return typeof value === 'number' ? result(value) : null;
  };
};

const compilers: { readonly [K in ExpressionKind]: (node: NodeOf<K>) => Evaluate } = {
  column: ({ name }) => ({ columns }) => columns?.[name] ?? null,
  request: ({ name }) => ({ request }) => request?.[name] ?? null,
  feature: (node) => ({ feature }) => feature?.(node) ?? null,
  literal: ({ value }) => () => value,
  compare: ({ operator, left, right }) => {
    const [leftOf, rightOf, holds] = [compileExpression(left), compileExpression(right), compareWith[operator]];
    return (scope) => {
      const [a, b] = [leftOf(scope), rightOf(scope)];
      return a === null || b === null ? null : holds(a, b);
    };
  },
  arithmetic: ({ operator, left, right }) => {
    const [leftOf, rightOf, result] = [compileExpression(left), compileExpression(right), calculate[operator]];
    return (scope) => {
      const [a, b] = [leftOf(scope), rightOf(scope)];
      return a === null || b === null ? null : result(Number(a), Number(b));
    };
  },
  logic: ({ operator, operands }) => {
    const evaluators = operands.map(compileExpression);
    // What decides alone: false for `and`, true for `or`; without it, null beats the other.
    const decisive = operator === 'or';
    return (scope) => {
      let unknown = false;
      for (const evaluate of evaluators) {
        const value = evaluate(scope);
        if (value === decisive) return decisive;
        if (value === null) unknown = true;
      }
      return unknown ? null : !decisive;
    };
  },
  not: ({ of }) => {
    const evaluate = compileExpression(of);
    return (scope) => {
      const value = evaluate(scope);
      return value === null ? null : value !== true;
    };
  },
  hourOfDay: ({ of, zone }) => onNumber(of, (value) => hourIn(zone, value)),
  dayOfWeek: ({ of, zone }) => onNumber(of, (value) => dayIn(zone, value)),
  clip: ({ of, least, most }) => onNumber(of, (value) => (isLess(value, least) ? least : isLess(most, value) ? most : value)),
  bucket: ({ of, from }) => onNumber(of, (value) => from.filter((bound) => !isLess(value, bound)).length),
  squareRoot: ({ of }) => onNumber(of, (value) => (isLess(value, 0) ? null : Math.sqrt(value))),
  category: ({ of, values }) => {
    const [evaluate, places] = [compileExpression(of), new Map<Value, number>(values.map((value, place) => [value, place]))];
    return (scope) => {
      const value = evaluate(scope);
      return value === null ? null : places.get(value) ?? values.length;
    };
  },
  coalesce: ({ of, otherwise }) => {
    const [first, second] = [compileExpression(of), compileExpression(otherwise)];
    return (scope) => first(scope) ?? second(scope);
  },
};

/** Compiles an expression to a function once; nulls follow SQL's three-valued logic, division by zero is null. */
export const compileExpression = (node: ExpressionNode): Evaluate => (compilers[node.kind] as (node: ExpressionNode) => Evaluate)(node);

/** Whether an expression can be null, given which columns can: a column that is not optional never is. */
export const canBeNull = (node: ExpressionNode, isOptional: (column: string) => boolean): boolean => {
  switch (node.kind) {
    case 'column': return isOptional(node.name);
    case 'literal': return false;
    case 'compare': return canBeNull(node.left, isOptional) || canBeNull(node.right, isOptional);
    case 'arithmetic': return node.operator === 'divide' || canBeNull(node.left, isOptional) || canBeNull(node.right, isOptional);
    case 'logic': return node.operands.some((operand) => canBeNull(operand, isOptional));
    case 'not': case 'hourOfDay': case 'dayOfWeek': case 'clip': case 'bucket': case 'category': return canBeNull(node.of, isOptional);
    case 'coalesce': return canBeNull(node.of, isOptional) && canBeNull(node.otherwise, isOptional);
    case 'squareRoot': return true;
    case 'request': case 'feature': return true;
  }
};
