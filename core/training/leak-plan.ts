import { versionedName } from '../manifest/manifest';
import type { SourceReference } from '../manifest/manifest';
import { createTable } from './plan-context';
import { isAmongSql } from './sample';
import type { Statement } from './sql';
import { identifier } from './sql';
import type { ExampleRange, RecordsTable, TrainingSetPlanInput } from './training-set-plan';
import { chunkStatements, exampleColumns } from './training-set-plan';
import { featuresRead } from '../expression/walk';

/** How far one input would have been off. */
export interface InputLeak {
  /** Rows in which its value would have been another. */
  readonly rows: number;
  /** Their part of the rows that were looked at. */
  readonly share: number;
  /** Mean of the absolute differences over those rows that have a value both ways; null when there are none. */
  readonly meanAbsoluteDifference: number | null;
}

/**
 * What a training set would hold of the future if its windows counted by event time: what had happened before a row's
 * moment, whether or not anybody could know it then.
 */
export interface LeakReport {
  /** Rows that were looked at: at most some {@link leakSampleRows}, chosen by their identities. */
  readonly rowsCompared: number;
  /** Whether those are not all rows of the set, so that the shares are estimates. */
  readonly isEstimate: boolean;
  /** Rows in which any input would have been another, and their part. */
  readonly rowsWithAny: number;
  readonly share: number;
  /** The inputs that would have been another in any row, by name. */
  readonly inputs: Readonly<Record<string, InputLeak>>;
}

/** Rows that are looked at unless all are wanted: the standard error of a share is then at most 0.4 in a hundred. */
export const leakSampleRows = 20_000;

/** Tables of the rows that are looked at, and of what they would be by event time, as {@link leakSampleStatements} and {@link leakChunkStatements} leave them. */
export const leakTables = { candidates: 'leak_candidates', examples: 'leak_examples' } as const;
export const eventTimeTable = (source: SourceReference): string => identifier(`by event time ${versionedName(source)}`);

/** The same records, as if each had been known when it happened. What a dataset says has no other time. */
export const byEventTime = ({ records }: TrainingSetPlanInput) => (source: SourceReference): RecordsTable =>
  (source.kind === 'event' ? { table: eventTimeTable(source), lateness: 0 } : records(source));

/** Names of the inputs that are made of features of events. */
const inputsOf = ({ model, manifest }: TrainingSetPlanInput): readonly string[] => model.inputs.flatMap(({ name, expression }) =>
  (featuresRead(expression).some(({ view, version }) => manifest.views[versionedName({ name: view, version })]?.from.kind === 'event') ? [name] : []));

/** The statements that choose the rows to be looked at, after `candidates` is there. */
export const leakSampleStatements = (input: TrainingSetPlanInput, sources: readonly SourceReference[], part: number): readonly Statement[] => [
  createTable(`${versionedName(input.model)}: rows to compare by event time`, leakTables.candidates, `SELECT * FROM candidates WHERE dropped IS NULL AND ${isAmongSql(part, 'leak')}`),
  ...sources.filter(({ kind }) => kind === 'event').map((source): Statement => ({ step: `${versionedName(source)} by event time`, sql: `CREATE OR REPLACE TEMP VIEW ${eventTimeTable(source)} AS SELECT * REPLACE (effective AS known) FROM ${input.records(source).table}` })),
];

/** The statements that work out one chunk of those rows by event time: the plan of the training set, on records that were known as they happened. */
export const leakChunkStatements = (input: TrainingSetPlanInput, chunk: Pick<ExampleRange, 'from' | 'to'>, first: boolean): readonly Statement[] =>
  chunkStatements({ ...input, records: byEventTime(input), tables: leakTables }, chunk, first);

/** One row: `compared`, `any`, and of the input number i `rows_i`, `both_i` and `difference_i` (summed in an order, so that it has the same digits each time): what {@link leakReport} reads. */
export const leakQuery = (input: TrainingSetPlanInput): string => {
  const columns = inputsOf(input).map((name, index) => ({ index, differs: `known.${identifier(name)} IS DISTINCT FROM happened.${identifier(name)}`, by: `abs(CAST(known.${identifier(name)} AS DOUBLE) - happened.${identifier(name)})` }));
  return `SELECT count(*) AS compared, count(*) FILTER (${columns.map(({ differs }) => differs).join(' OR ') || 'FALSE'}) AS "any"${columns.map(({ index, differs, by }) => `, count(*) FILTER (${differs}) AS rows_${index},
      count(${by}) FILTER (${differs}) AS both_${index}, sum(${by} ORDER BY ${by}) FILTER (${differs}) AS difference_${index}`).join('')}
    FROM examples AS known JOIN ${leakTables.examples} AS happened USING (${[exampleColumns.source, exampleColumns.id].map(identifier).join(', ')})`;
};

/** The report, from what {@link leakQuery} answers. */
export const leakReport = (input: TrainingSetPlanInput, rows: number, answer: Readonly<Record<string, unknown>>): LeakReport => {
  const number = (name: string): number => Number(answer[name] ?? 0);
  const compared = number('compared');
  const share = (count: number): number => (compared === 0 ? 0 : count / compared);
  return {
    rowsCompared: compared, isEstimate: compared < rows, rowsWithAny: number('any'), share: share(number('any')),
    inputs: Object.fromEntries(inputsOf(input).map((name, index) => [name, {
      rows: number(`rows_${index}`), share: share(number(`rows_${index}`)),
      meanAbsoluteDifference: number(`both_${index}`) === 0 ? null : number(`difference_${index}`) / number(`both_${index}`),
    }] as const).filter(([, { rows: differing }]) => differing > 0)),
  };
};
