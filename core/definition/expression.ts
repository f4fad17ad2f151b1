import type { ArithmeticOperator, CompareOperator, ExpressionNode, Scalar } from './node';
import type { Fields } from './field';

/** A value worked out from a row: the type keeps its scalar, the node is the frozen data that back ends read. */
export interface Expression<S extends Scalar = Scalar> { readonly expression: S; readonly node: ExpressionNode }
export type Numeric = Expression<'int'> | Expression<'float'>;
export type Literal<S> = S extends 'string' | 'timestamp' ? string : S extends 'boolean' ? boolean : number;
/** The columns of a source, as a definition's callback receives them. */
export type Columns<F extends Fields> = { readonly [K in keyof F]: Expression<F[K]['scalar']> };

/** Wraps a node as an expression of its scalar. */
export const expressionOf = <S extends Scalar>(scalar: S, node: ExpressionNode): Expression<S> => Object.freeze({ expression: scalar, node: Object.freeze(node) });

/**
 * What definitions read by name, such as columns and features: a name that is not there is an error where it is read, also
 * for whoever compiles without having checked the types.
 *
 * @param what the kind of thing, such as `column`
 * @throws TypeError when read by an unknown name
 */
export const named = <T extends object>(what: string, values: T): T => new Proxy(Object.freeze(values), {
  get: (target, name, receiver): unknown => {
    if (typeof name === 'string' && !(name in target)) throw new TypeError(`There is no ${what} '${name}'; there ${Object.keys(target).length === 0 ? 'are none' : `are ${Object.keys(target).join(', ')}`}.`);
    return Reflect.get(target, name, receiver);
  },
});

/**
 * One column expression a field.
 *
 * @param prefix what stands before the names in the nodes, where columns of two sources meet
 */
export const columnsOf = <F extends Fields>(fields: F, prefix = ''): Columns<F> =>
  named('column', Object.fromEntries(Object.entries(fields).map(([name, { scalar }]) => [name, expressionOf(scalar, { kind: 'column', name: `${prefix}${name}`, scalar })])) as Columns<F>);

const literalNode = (value: string | number | boolean, scalar: Scalar): ExpressionNode => {
  if (scalar !== 'timestamp') return Object.freeze({ kind: 'literal', value, scalar });
  const instant = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(instant)) throw new TypeError(`A timestamp literal must be an RFC 3339 date-time such as '2001-01-01T00:00:00Z', but ${JSON.stringify(value)} was given.`);
  return Object.freeze({ kind: 'literal', value: instant, scalar });
};

const isExpression = (value: unknown): value is Expression => typeof value === 'object' && value !== null && 'node' in value;

/** An operand of an expression over `scalar`: another expression, or a constant. */
export const operandOf = (value: Expression | string | number | boolean, scalar: Scalar): ExpressionNode =>
  isExpression(value) ? value.node : literalNode(value, typeof value === 'number' && scalar === 'int' && !Number.isInteger(value) ? 'float' : scalar);

const compare = (operator: CompareOperator, left: Expression, right: Expression | string | number | boolean): Expression<'boolean'> =>
  expressionOf('boolean', { kind: 'compare', operator, left: left.node, right: operandOf(right, left.expression), scalar: 'boolean' });

type Ordered = Numeric | Expression<'timestamp'>;
type OrderedOperand<L> = L extends Expression<'timestamp'> ? Expression<'timestamp'> | string : Numeric | number;

/** `left > right`; null when either is null. */
export const gt = <L extends Ordered>(left: L, right: NoInfer<OrderedOperand<L>>): Expression<'boolean'> => compare('gt', left, right);
/** `left >= right`. */
export const ge = <L extends Ordered>(left: L, right: NoInfer<OrderedOperand<L>>): Expression<'boolean'> => compare('ge', left, right);
/** `left < right`. */
export const lt = <L extends Ordered>(left: L, right: NoInfer<OrderedOperand<L>>): Expression<'boolean'> => compare('lt', left, right);
/** `left <= right`. */
export const le = <L extends Ordered>(left: L, right: NoInfer<OrderedOperand<L>>): Expression<'boolean'> => compare('le', left, right);
/** `left = right`. */
export const eq = <S extends Scalar>(left: Expression<S>, right: NoInfer<Expression<S>> | Literal<S>): Expression<'boolean'> => compare('eq', left, right);
/** `left <> right`. */
export const ne = <S extends Scalar>(left: Expression<S>, right: NoInfer<Expression<S>> | Literal<S>): Expression<'boolean'> => compare('ne', left, right);

const logic = (operator: 'and' | 'or', operands: readonly Expression<'boolean'>[]): Expression<'boolean'> =>
  expressionOf('boolean', { kind: 'logic', operator, operands: Object.freeze(operands.map(({ node }) => node)), scalar: 'boolean' });

/** True when all are true, with SQL's three-valued logic. */
export const and = (...operands: readonly [Expression<'boolean'>, Expression<'boolean'>, ...Expression<'boolean'>[]]): Expression<'boolean'> => logic('and', operands);
/** True when one is true, with SQL's three-valued logic. */
export const or = (...operands: readonly [Expression<'boolean'>, Expression<'boolean'>, ...Expression<'boolean'>[]]): Expression<'boolean'> => logic('or', operands);
export const not = (of: Expression<'boolean'>): Expression<'boolean'> => expressionOf('boolean', { kind: 'not', of: of.node, scalar: 'boolean' });

type Sum<L, R> = L extends Expression<'int'> ? (R extends Expression<'float'> ? 'float' : 'int') : 'float';

const arithmetic = <S extends 'int' | 'float'>(operator: ArithmeticOperator, left: Numeric, right: Numeric | number, scalar: S): Expression<S> =>
  expressionOf(scalar, { kind: 'arithmetic', operator, left: left.node, right: operandOf(right, left.expression), scalar });

const wider = (left: Numeric, right: Numeric | number): 'int' | 'float' => {
  const rightIsInt = typeof right === 'number' ? Number.isInteger(right) : right.expression === 'int';
  return left.expression === 'int' && rightIsInt ? 'int' : 'float';
};

export const add = <L extends Numeric, R extends Numeric>(left: L, right: R): Expression<Sum<L, R>> => arithmetic('add', left, right, wider(left, right) as Sum<L, R>);
export const subtract = <L extends Numeric, R extends Numeric>(left: L, right: R): Expression<Sum<L, R>> => arithmetic('subtract', left, right, wider(left, right) as Sum<L, R>);
export const multiply = <L extends Numeric, R extends Numeric>(left: L, right: R): Expression<Sum<L, R>> => arithmetic('multiply', left, right, wider(left, right) as Sum<L, R>);
/** A quotient; absent when the divisor is zero or either side is absent. */
export const divide = (left: Numeric, right: Numeric | number): Expression<'float'> => arithmetic('divide', left, right, 'float');
/** Hour of the day, 0 to 23, in an IANA time zone such as `Europe/Berlin`. */
export const hourOfDay = (of: Expression<'timestamp'>, zone: string): Expression<'int'> => expressionOf('int', { kind: 'hourOfDay', of: of.node, zone, scalar: 'int' });
