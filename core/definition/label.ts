import { columnsOf, type Columns, type Expression } from './expression';
import type { Fields } from './field';
import type { HappensNode, Width } from './node';
import { outcomePrefix } from './node';
import type { Event } from './source';

/** A label that looks ahead. */
export interface Happens { readonly label: 'boolean'; readonly node: HappensNode }

/**
 * The label of a model that is to know what comes: whether an event happens after a row's moment, over `(at, at + within]`.
 * A row is there only once that while has passed, and its label is known from its end on.
 *
 * @param within such as `'24h'` or `'60d'`
 * @param where which outcomes are the example's; at least one column of the outcome must equal one of the example
 * @example label: happens(disputed, '60d', (outcome) => eq(outcome.paymentId, payment.paymentId))
 */
export const happens = <F extends Fields>(outcome: Event<F>, within: Exclude<Width, 'lifetime'>, where: (outcome: Columns<F>) => Expression<'boolean'>): Happens => Object.freeze({
  label: 'boolean',
  node: Object.freeze({ kind: 'happens', outcome: Object.freeze({ kind: 'event', name: outcome.name, version: outcome.version }), within, where: where(columnsOf(outcome.fields, outcomePrefix)).node, scalar: 'boolean' }),
});
