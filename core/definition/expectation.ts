import { and, ge, le } from './expression';
import type { Expression, Numeric } from './expression';
import type { Fields } from './field';
import type { ExpectationNode, Width } from './node';

/** Something that a batch must keep before it is taken into the dataset's table. */
export interface Expectation { readonly expectation: ExpectationNode }

/** Of the rows, the share that may break an expectation: 0 to 1, 0 unless said otherwise. */
interface Share { readonly atMost?: number }

const expectation = (node: ExpectationNode): Expectation => Object.freeze({ expectation: Object.freeze(node) });

/** What an expression reads, as people say it. */
const said = ({ node }: Expression): string => (node.kind === 'column' ? node.name : 'a value that is worked out');

/**
 * Something holds for each row; null counts as kept, as in SQL's CHECK.
 *
 * @param name what holds, in words: it stands in the results and in what a refusal says
 */
export const holds = (name: string, of: Expression<'boolean'>, { atMost = 0 }: Share = {}): Expectation => expectation({ kind: 'holds', name, of: of.node, atMost });

/** A number lies within bounds, which are allowed themselves. What can never be so belongs into the field's own limits. */
export const between = (of: Numeric, low: number, high: number, share: Share = {}): Expectation => holds(`${said(of)} is between ${low} and ${high}`, and(ge(of, low), le(of, high)), share);

/** There is a value. */
export const present = (of: Expression, { atMost = 0 }: Share = {}): Expectation => expectation({ kind: 'present', name: `${said(of)} is there`, of: of.node, atMost });

/** Text was written and read in one encoding: no replacement characters, and no UTF-8 that was taken for Latin-1. */
export const legible = (of: Expression<'string'>, { atMost = 0 }: Share = {}): Expectation => expectation({ kind: 'legible', name: `${said(of)} is legible`, of: of.node, atMost });

/** No two rows have the same values; rows with a null among them do not count. */
export const unique = (of: readonly [Expression, ...Expression[]], { atMost = 0 }: Share = {}): Expectation =>
  expectation({ kind: 'unique', name: `${of.map(said).join(', ')} ${of.length === 1 ? 'is' : 'are'} unique`, of: Object.freeze(of.map(({ node }) => node)), atMost });

/** A value stands in a column of another dataset, in the rows of that one's newest batch. */
export const references = <F extends Fields>(of: Expression, dataset: { readonly name: string; readonly version: number; readonly fields: F }, column: NoInfer<keyof F & string>, { atMost = 0 }: Share = {}): Expectation =>
  expectation({ kind: 'references', name: `${said(of)} is a ${column} of ${dataset.name}`, of: of.node, dataset: { name: dataset.name, version: dataset.version }, column, atMost });

/** How many rows a batch has: bounds, and how it compares with the usual, the median of the ten batches before it. */
export const rowCount = (bounds: { readonly atLeast?: number; readonly atMost?: number; readonly ofUsual?: readonly [low: number, high: number] }): Expectation =>
  expectation({ kind: 'rowCount', name: 'the number of rows is as usual', ...bounds });

/** The share of the source's rows that were rejected, as they broke the dataset's contract. */
export const rejected = ({ atMost }: Required<Share>): Expectation => expectation({ kind: 'rejected', name: 'few rows are rejected', atMost });

/** The newest moment of the rows is no older than that when the batch arrives. */
export const fresh = (of: Expression<'timestamp'>, within: Exclude<Width, 'lifetime'>): Expectation => expectation({ kind: 'fresh', name: `the newest ${said(of)} is at most ${within} old`, of: of.node, within });

/**
 * The mean of a column stays where it was in the batch before: the difference of both means, divided by the standard
 * deviation of the batch before (Cohen's d), is at most `within`. 0.2 is a small shift, 0.8 a large one.
 */
export const steady = (of: Numeric, within: number): Expectation => {
  if (of.node.kind !== 'column') throw new TypeError('steady takes a column, such as row.price: only of columns is kept what they were before.');
  return expectation({ kind: 'steady', name: `the mean of ${of.node.name} is steady`, column: of.node.name, within });
};

/** An expectation that is only told: it is in the results, and stops nothing. */
export const warns = ({ expectation: node }: Expectation): Expectation => expectation({ ...node, warns: true });
