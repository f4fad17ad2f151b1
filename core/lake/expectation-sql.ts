import type { ExpectationNode, ExpressionNode } from '../definition/node';
import { columnsExpected } from '../expression/columns-read';
import type { DatasetDefinition } from '../manifest/manifest';
import { expressionSql, type ExpressionScope } from '../training/expression-sql';
import { duckdb, spark, type Dialect } from '../training/dialect';

/** How an expectation is measured, and what the measure may be. */
export type Measure =
  /** The share of rows for which the SQL condition `failing` is true. It may read the table `referred`, which has the one column `value`. */
  | { readonly kind: 'rows'; readonly failing: string; readonly atMost: number; readonly referred?: { readonly dataset: string; readonly column: string } }
  | { readonly kind: 'rowCount'; readonly atLeast?: number; readonly atMost?: number; readonly ofUsual?: readonly [number, number] }
  | { readonly kind: 'rejected'; readonly atMost: number }
  /** Seconds between the largest value of the SQL `newest`, epoch milliseconds, and the batch's arrival. */
  | { readonly kind: 'fresh'; readonly newest: string; readonly atMostSeconds: number }
  /** How far the SQL `mean` of a column is from that of the batch before, in its standard deviations. */
  | { readonly kind: 'steady'; readonly column: string; readonly mean: string; readonly within: number };

/** An expectation as an engine checks it. */
export interface CompiledExpectation {
  readonly name: string;
  readonly expects: ExpectationNode['kind'];
  readonly warns: boolean;
  /** Columns that show what is wrong with a row: its key and what is read, without personal ones. */
  readonly shown: readonly string[];
  readonly measure: Measure;
}

/** Columns of a batch's rows as the expressions of definitions take them: numbers as doubles, timestamps as epoch milliseconds. */
const scopeOf = ({ name: dataset, fields }: DatasetDefinition, dialect: Dialect): ExpressionScope => {
  const nowhere = (what: string) => (): never => { throw new Error(`an expectation of dataset ${dataset} reads ${what}; it can read columns of the dataset alone.`); };
  return {
    column: (name) => {
      const scalar = fields[name]?.scalar;
      if (scalar === 'timestamp') return dialect.milliseconds(dialect.identifier(name));
      return scalar === 'int' ? `CAST(${dialect.identifier(name)} AS DOUBLE)` : dialect.identifier(name);
    },
    request: nowhere('a request field'),
    feature: nowhere('a feature'),
    dialect,
  };
};

/** U+FFFD stands where bytes could not be read; Â and Ã before a character of U+0080 to U+00BF are UTF-8 that was taken for Latin-1. */
const illegible = '[\\x{FFFD}]|[ÂÃ][\\x{80}-\\x{BF}]';

const secondsOf: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400 };

const measureOf = (node: ExpectationNode, scope: ExpressionScope, dialect: Dialect): Measure => {
  const sql = (of: ExpressionNode): string => expressionSql(of, scope);
  switch (node.kind) {
    case 'holds': return { kind: 'rows', failing: `NOT coalesce(${sql(node.of)}, TRUE)`, atMost: node.atMost };
    case 'present': return { kind: 'rows', failing: `${sql(node.of)} IS NULL`, atMost: node.atMost };
    case 'legible': return { kind: 'rows', failing: `coalesce(${dialect.matches(sql(node.of), illegible)}, FALSE)`, atMost: node.atMost };
    case 'unique': {
      const values = node.of.map(sql);
      return { kind: 'rows', failing: `${values.map((value) => `${value} IS NOT NULL`).join(' AND ')} AND count(*) OVER (PARTITION BY ${values.join(', ')}) > 1`, atMost: node.atMost };
    }
    case 'references': return {
      kind: 'rows', failing: `${sql(node.of)} IS NOT NULL AND ${sql(node.of)} NOT IN (SELECT value FROM referred WHERE value IS NOT NULL)`, atMost: node.atMost,
      referred: { dataset: node.dataset.name, column: node.column },
    };
    case 'rowCount': {
      const { atLeast, atMost, ofUsual } = node;
      return { kind: 'rowCount', ...(atLeast === undefined ? {} : { atLeast }), ...(atMost === undefined ? {} : { atMost }), ...(ofUsual === undefined ? {} : { ofUsual }) };
    }
    case 'rejected': return { kind: 'rejected', atMost: node.atMost };
    case 'fresh': return { kind: 'fresh', newest: sql(node.of), atMostSeconds: Number.parseInt(node.within, 10) * (secondsOf[node.within.slice(-1)] ?? 0) };
    case 'steady': return { kind: 'steady', column: node.column, mean: `avg(${dialect.identifier(node.column)})`, within: node.within };
  }
};

const measureIn = (dialect: Dialect, dataset: DatasetDefinition, node: ExpectationNode): Measure => measureOf(node, scopeOf(dataset, dialect), dialect);

/** The expectations of a dataset in the SQL of its engine, over its rows. */
export const compiledExpectations = (dataset: DatasetDefinition): readonly CompiledExpectation[] => (dataset.expects ?? []).map((node) => ({
  name: node.name,
  expects: node.kind,
  warns: node.warns ?? false,
  shown: [...new Set([...dataset.key, ...columnsExpected(node)])].filter((name) => dataset.fields[name]?.personal === false),
  measure: measureIn(dataset.engine === 'spark' ? spark : duckdb, dataset, node),
}));
