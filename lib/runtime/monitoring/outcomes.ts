import { isoText } from '../../../core/event/time';
import type { ModelDefinition } from '../../../core/manifest/manifest';
import { versionedName } from '../../../core/manifest/manifest';
import type { OutcomeReport } from '../../../core/monitoring/outcome-metrics';
import { calibrationQuery, outcomeMetricsQuery, statesQuery } from '../../../core/monitoring/outcome-metrics';
import type { Slice } from '../../../core/monitoring/outcome-plan';
import { outcomesStatement } from '../../../core/monitoring/outcome-plan';
import { fieldColumn } from '../../../core/training/expression-sql';
import { candidatesStatement } from '../../../core/training/training-set-plan';
import type { Cell, Database } from '../duckdb';
import { loadSources, trainingSources } from '../training/sources';
import type { MonitoringPlace } from './consistency';
import type { LogRange } from './logged-predictions';
import { predictionsTable } from './logged-predictions';
import { loggedKeySql } from './wanted';

const [hour, day] = [3_600_000, 86_400_000];

/** Longest time from a prediction's moment to that of the event that tells its outcome, where no reference says which it is. */
const within = hour;

/** The slices that a model's definition judges its versions by. */
const slicesOf = ({ evaluation }: Pick<ModelDefinition, 'evaluation'>): readonly Slice[] => Object.entries(evaluation?.slices ?? {}).map(([name, { input, at }]) => ({ name, input, bounds: at }));

type Cells = Readonly<Record<string, Cell>>;
const number = (value: Cell | undefined): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);
const text = (value: Cell | undefined): string | null => (value === null || value === undefined ? null : String(value));

/** Measures of the table `outcomes`. */
export const measureOutcomes = async (database: Database, model: ModelDefinition, slices: readonly Slice[]): Promise<Pick<OutcomeReport, 'states' | 'groups' | 'calibration'>> => {
  const groupOf = (row: Cells): OutcomeReport['groups'][number] => ({
    day: text(row['day']), version: String(row['version']), role: String(row['role']), slice: text(row['slice']), value: text(row['value']),
    count: Number(row['count']), weight: Number(row['weight']), predicted: number(row['predicted']), happened: number(row['happened']), auc: number(row['auc']), logLoss: number(row['logLoss']), brier: number(row['brier']),
    calibrationError: number(row['calibrationError']), meanAbsoluteError: number(row['meanAbsoluteError']), rootMeanSquareError: number(row['rootMeanSquareError']),
  });
  const bins = model.predicts === 'probability' ? await database.rows(calibrationQuery) : [];
  return {
    states: Object.fromEntries((await database.rows(statesQuery)).map(({ state, count }) => [String(state), Number(count)])),
    groups: (await database.rows(outcomeMetricsQuery(model, slices))).map(groupOf),
    calibration: [...Map.groupBy(bins, ({ version, role }) => JSON.stringify([version, role])).values()].map((own) => ({
      version: String(own[0]?.['version']), role: String(own[0]?.['role']),
      bins: own.map(({ bin, weight, predicted, happened }) => ({ from: Number(bin), weight: Number(weight), predicted: Number(predicted), happened: Number(happened) })),
    })),
  };
};

/**
 * Joins the predictions of the table `predictions` to what became of them, and measures them against it. Predictions of
 * classes are counted and not measured.
 *
 * @param range when the predictions arrived
 */
export const checkOutcomes = async (place: MonitoringPlace, database: Database, model: ModelDefinition, range: LogRange): Promise<OutcomeReport> => {
  const knownUntil = place.now();
  const about = { model: versionedName(model), from: isoText(range.from), to: isoText(range.to), knownUntil: isoText(knownUntil) };
  const [moments] = await database.rows(`SELECT CAST(min(${fieldColumn('moment')}) AS DOUBLE) AS earliest, CAST(max(${fieldColumn('moment')}) AS DOUBLE) AS latest FROM ${predictionsTable}`);
  const [earliest, latest] = [number(moments?.['earliest']), number(moments?.['latest'])];
  if (earliest === null || latest === null || typeof model.predicts === 'object') return { ...about, states: {}, groups: [], calibration: [] };
  const { from, label } = model.examples;
  const sources = [...new Map([from, ...(label.kind === 'happens' ? [label.outcome] : [])].map((source) => [versionedName(source), source])).values()];
  // A reference may name an event that happened somewhat earlier or later than was thought.
  const examples = { from: Math.max(0, earliest - day), to: latest + Math.max(day, within) + 1 };
  const { records } = await loadSources(database, await trainingSources(place, model, sources, { earliest: examples.from, from: examples.from, to: knownUntil }, () => undefined));
  await database.run(candidatesStatement({ manifest: place.manifest, model, records }, { ...examples, knownUntil }));
  const slices = slicesOf(model);
  await database.run(outcomesStatement({ model, entities: place.manifest.entities, predictions: predictionsTable, candidates: 'candidates', within, slices, keySql: loggedKeySql }));
  return { ...about, ...await measureOutcomes(database, model, slices) };
};
