import type { Expression, Literal, Numeric } from './expression';
import { expressionOf, operandOf } from './expression';
import type { Scalar } from './node';

/*
 * What a model's input may be made of beside comparisons and arithmetic. The list is closed, and holds only what every engine
 * works out to the same bits: logarithms, sines and powers are not in it, as each library rounds them in its own way.
 */

const refuse = (problem: string): never => { throw new RangeError(problem); };
const finite = (values: readonly number[]): boolean => values.every(Number.isFinite);

/**
 * A number held within bounds: what is less than `least` becomes that, what is more than `most` becomes that; absent stays absent.
 *
 * @throws RangeError when the bounds are no numbers or the wrong way round, or not whole for a whole number
 */
export const clip = <S extends 'int' | 'float'>(of: Expression<S>, least: number, most: number): Expression<S> => {
  if (!finite([least, most]) || least > most) refuse(`clip takes two numbers, the smaller first; ${least} and ${most} were given.`);
  if (of.expression === 'int' && !(Number.isInteger(least) && Number.isInteger(most))) refuse(`clip keeps a whole number whole, so that its bounds are whole too; ${least} and ${most} were given.`);
  return expressionOf(of.expression, { kind: 'clip', of: of.node, least, most, scalar: of.expression });
};

/**
 * The bucket that a number lies in: 0 under the first bound, 1 from the first to under the second, and so on; absent stays absent.
 *
 * @param from where each bucket but the first begins, ascending: `[10, 100]` makes three
 * @throws RangeError when there are no bounds, more than 100, or they do not ascend
 */
export const bucket = (of: Numeric, from: readonly number[]): Expression<'int'> => {
  if (from.length === 0 || from.length > 100 || !finite(from) || from.some((bound, index) => index > 0 && bound <= (from[index - 1] ?? bound)))
    refuse(`bucket takes 1 to 100 numbers that ascend; ${JSON.stringify(from)} was given.`);
  return expressionOf('int', { kind: 'bucket', of: of.node, from: Object.freeze([...from]), scalar: 'int' });
};

/**
 * The place of a text in a list: 0 for the first; for a text that is not in it, the length of the list; absent stays absent.
 *
 * @throws RangeError when the list is empty, longer than 100, or holds a text twice
 */
export const category = (of: Expression<'string'>, values: readonly string[]): Expression<'int'> => {
  if (values.length === 0 || values.length > 100 || new Set(values).size < values.length) refuse(`category takes 1 to 100 texts, each once; ${JSON.stringify(values)} was given.`);
  return expressionOf('int', { kind: 'category', of: of.node, values: Object.freeze([...values]), scalar: 'int' });
};

/**
 * An input for each text of a list, true where it is that one: `...oneHot('carrier', request.carrier, ['AA', 'UA'])` makes
 * `carrier_AA` and `carrier_UA`. A text that is not in the list is false in each; absent is absent in each.
 *
 * @throws RangeError for what {@link category} refuses, and for texts that make no name of an input
 */
export const oneHot = <N extends string, const V extends readonly string[]>(name: N, of: Expression<'string'>, values: V): { readonly [K in `${N}_${V[number]}`]: Expression<'boolean'> } => {
  category(of, values);
  const unfit = values.find((value) => !/^\w+$/u.test(value));
  if (unfit !== undefined) refuse(`oneHot makes a name of each text, which takes letters, digits and _; ${JSON.stringify(unfit)} was given: name it by hand, with eq.`);
  return Object.freeze(Object.fromEntries(values.map((value) =>
    [`${name}_${value}`, expressionOf('boolean', { kind: 'compare', operator: 'eq', left: of.node, right: operandOf(value, 'string'), scalar: 'boolean' })]))) as { readonly [K in `${N}_${V[number]}`]: Expression<'boolean'> };
};

/** The square root of a number; absent when it is negative or absent. Of a long-tailed number it keeps the order and draws the tail in. */
export const squareRoot = (of: Numeric): Expression<'float'> => expressionOf('float', { kind: 'squareRoot', of: of.node, scalar: 'float' });

/**
 * A value, and another one where it is absent: the one place where absent becomes something else, because the definition says so.
 *
 * @throws RangeError when a whole number is to become one that is not
 */
export const coalesce = <S extends Scalar>(of: Expression<S>, otherwise: NoInfer<Expression<S>> | Literal<S>): Expression<S> => {
  if (of.expression === 'int' && typeof otherwise === 'number' && !Number.isInteger(otherwise)) refuse(`coalesce keeps a whole number whole; ${otherwise} was given for where it is absent.`);
  return expressionOf(of.expression, { kind: 'coalesce', of: of.node, otherwise: operandOf(otherwise, of.expression), scalar: of.expression });
};

/** Day of the week, 1 (Monday) to 7, in an IANA time zone such as `Europe/Berlin`. */
export const dayOfWeek = (of: Expression<'timestamp'>, zone: string): Expression<'int'> => expressionOf('int', { kind: 'dayOfWeek', of: of.node, zone, scalar: 'int' });
