import { versionedName } from '../../manifest/manifest';
import { spark } from '../dialect';
import type { Statement } from '../sql';
import type { ExampleRange, TrainingSetPlanInput } from '../training-set-plan';
import { judgedCandidates, lookupsOf, pointsQuery, pointsTable, rowsQuery, tablesOf, valuesTable } from '../training-set-plan';
import { sparkCurrentPlan } from './current-plan';
import { sparkViewPlan } from './view-plan';
import { createView, keepView } from './views';

/** The statements that leave the rows of candidates that are there, in the view of examples: the views of a plan before are replaced. */
export const rowStatements = (input: TrainingSetPlanInput, range: Pick<ExampleRange, 'from' | 'to'>): readonly Statement[] => {
  const onSpark = { ...input, dialect: spark };
  const views = [...new Map(lookupsOf(input).map(({ view }) => [versionedName(view), view])).values()];
  return [
    ...views.flatMap((view): readonly Statement[] => {
      const entity = input.manifest.entities[view.entity];
      if (!entity) throw new Error(`The feature view ${versionedName(view)} is of the entity ${view.entity}, which is not in the manifest; run npx headrace compile.`);
      const places = { records: input.records(view.from).table, points: pointsTable(view), values: valuesTable(view) };
      return [createView(`${versionedName(view)}: points`, places.points, pointsQuery(onSpark, view, range)), ...(view.from.kind === 'dataset' ? sparkCurrentPlan(view, entity, places) : sparkViewPlan(view, entity, { ...places, earliest: range.from, latest: range.to }))];
    }),
    createView(`${versionedName(input.model)}: rows`, tablesOf(input).examples, rowsQuery(onSpark, range)),
  ];
};

/**
 * The statements that work out a model's rows on Spark, in a session of UTC that keeps to ANSI and takes double quotes for
 * names: the views `candidates`, of which droppedQuery counts those that are no examples, and `examples`, whose rows are
 * those of DuckDB's table.
 *
 * @param input `records`: views that sparkRecords and sparkRows leave
 */
export const sparkTrainingSetPlan = (input: TrainingSetPlanInput, range: ExampleRange): readonly Statement[] => [
  ...keepView(`${versionedName(input.model)}: examples`, 'candidates', judgedCandidates({ ...input, dialect: spark }, range)),
  ...rowStatements(input, range),
];
