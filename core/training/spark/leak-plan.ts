import type { SourceReference } from '../../manifest/manifest';
import { versionedName } from '../../manifest/manifest';
import { spark } from '../dialect';
import { fieldColumnIn } from '../expression-sql';
import { byEventTime, eventTimeTable, leakTables } from '../leak-plan';
import { isAmongFewSparkSql } from '../sample';
import type { Statement } from '../sql';
import type { ExampleRange, TrainingSetPlanInput } from '../training-set-plan';
import { rowStatements } from './training-set-plan';
import { createView, keepView } from './views';

/** What the Spark job compares rows by event time with: nothing, where every event was known as it happened. */
export interface SparkLeakPlan {
  /** Query of the milliseconds by which the latest event became known after it had happened. */
  readonly lateness: string;
  /** After those of the training set; they leave the view {@link leakTables}`.examples`. */
  readonly statements: readonly Statement[];
}

const fieldColumn = fieldColumnIn(spark);

/** Query of the largest lateness of some views of records. */
export const latenessQuery = (views: readonly string[]): string => `SELECT coalesce(max(lateness), 0) FROM (${views.map((view) => `SELECT max(known - effective) AS lateness FROM ${view}`).join(' UNION ALL ')})`;

/**
 * The statements that work out on Spark what rows would be by event time, as leakSampleStatements and leakChunkStatements do
 * on DuckDB: of the same rows, the same values.
 *
 * @param sources those of the model's features
 * @param most about so many rows, chosen by their identities; Infinity for all
 * @returns undefined for a model without features of events
 */
export const sparkLeakPlan = (input: TrainingSetPlanInput, sources: readonly SourceReference[], range: ExampleRange, most: number): SparkLeakPlan | undefined => {
  const events = sources.filter(({ kind }) => kind === 'event');
  if (events.length === 0) return undefined;
  const among = most === Infinity ? 'TRUE' : isAmongFewSparkSql(most, '(SELECT count(*) FROM candidates WHERE dropped IS NULL)', 'leak');
  const byTime = events.map((source): Statement => {
    const definition = input.manifest.events[versionedName(source)];
    if (!definition) throw new Error(`The model ${versionedName(input.model)} reads the event ${versionedName(source)}, which is not in the manifest; run npx headrace compile.`);
    return createView(`${versionedName(source)} by event time`, eventTimeTable(source), `SELECT ${['source', 'id', 'effective AS known', 'effective', ...Object.keys(definition.fields).map((name) => fieldColumn(name))].join(', ')} FROM ${input.records(source).table}`);
  });
  return {
    lateness: latenessQuery(events.map((source) => input.records(source).table)),
    statements: [
      ...keepView(`${versionedName(input.model)}: rows to compare by event time`, leakTables.candidates, `SELECT * FROM candidates WHERE dropped IS NULL AND ${among}`),
      ...byTime, ...rowStatements({ ...input, records: byEventTime(input), tables: leakTables }, range),
    ],
  };
};
