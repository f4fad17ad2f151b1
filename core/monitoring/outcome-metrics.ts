import type { ModelDefinition, VersionedName } from '../manifest/manifest';
import { sliceColumn, type OutcomeState, type Slice } from './outcome-plan';

/** Predictions of a tenth of the range of probabilities, with what became of them. */
export interface CalibrationBin { /** Inclusive, 0 to 0.9; the last ends with 1. */ readonly from: number; readonly weight: number; readonly predicted: number; readonly happened: number }

/** How right predictions with known outcomes were. All is weighted by what each logged prediction stands for; null where it cannot be said. */
export interface OutcomeMetrics {
  /** Logged predictions with a known outcome, and how many they stand for. */
  readonly count: number;
  readonly weight: number;
  /** Mean of the predictions, and of what happened. */
  readonly predicted: number | null;
  readonly happened: number | null;
  /** Of probabilities: area under the ROC curve, ties counted half. */
  readonly auc: number | null;
  readonly logLoss: number | null;
  readonly brier: number | null;
  /** Mean distance of predicted and happened over tenths, by their weights (expected calibration error). */
  readonly calibrationError: number | null;
  /** Of numbers. */
  readonly meanAbsoluteError: number | null;
  readonly rootMeanSquareError: number | null;
}

/** A group of predictions: of a version in a role, on a day or on all, of a slice or of all. */
export interface OutcomeGroup { readonly day: string | null; readonly version: string; readonly role: string; readonly slice: string | null; readonly value: string | null }

/** What became of a model's predictions. */
export interface OutcomeReport {
  readonly model: VersionedName;
  /** ISO 8601, the predictions that arrived in `[from, to)`, and until when outcomes were known. */
  readonly from: string;
  readonly to: string;
  readonly knownUntil: string;
  /** Logged predictions by what is known of their outcome. */
  readonly states: Readonly<Partial<Record<OutcomeState, number>>>;
  readonly groups: readonly (OutcomeGroup & OutcomeMetrics)[];
  /** Of each version and role over all days. */
  readonly calibration: readonly (Pick<OutcomeGroup, 'version' | 'role'> & { readonly bins: readonly CalibrationBin[] })[];
}

/** Smallest and largest probability of which a logarithm is taken: that of scikit-learn's log_loss, the smallest step of a 64-bit float from 1. */
const smallest = 2 ** -52;

const names = 'day, version, role, slice, value';

/** All groups of a row: of all predictions, and of its slices; by day and over all days. */
const groupedSql = (slices: readonly Slice[]): string => {
  const views = [{ slice: 'NULL::VARCHAR', value: 'NULL::VARCHAR' }, ...slices.map(({ name }) => ({ slice: `'${name.replaceAll("'", "''")}'`, value: sliceColumn(name) }))];
  const one = views.map(({ slice, value }) => `SELECT day, version, role, ${slice} AS slice, ${value} AS value, weight, prediction, label FROM outcomes WHERE label IS NOT NULL AND isfinite(prediction)`).join(' UNION ALL ');
  return `SELECT * REPLACE (CAST(day AS VARCHAR) AS day) FROM (${one}) UNION ALL SELECT * REPLACE (NULL::VARCHAR AS day) FROM (${one})`;
};

const binsOf = 'least(floor(prediction * 10), 9) / 10';

/**
 * The query of the metrics of every group.
 *
 * The area is that of ranks: for each prediction with a true outcome, the weight of those with a false one below it and half of
 * those that say the same (Mann and Whitney 1947), which is the area under the ROC curve.
 */
export const outcomeMetricsQuery = ({ predicts }: Pick<ModelDefinition, 'predicts'>, slices: readonly Slice[]): string => {
  const isProbability = predicts === 'probability';
  const clipped = `greatest(${smallest}, least(1 - ${smallest}, prediction))`;
  const losses = isProbability
    ? `sum(weight * -(label * ln(${clipped}) + (1 - label) * ln(1 - ${clipped}))) / sum(weight) AS "logLoss", sum(weight * (prediction - label) ** 2) / sum(weight) AS brier, NULL AS "meanAbsoluteError", NULL AS "rootMeanSquareError"`
    : `NULL AS "logLoss", NULL AS brier, sum(weight * abs(prediction - label)) / sum(weight) AS "meanAbsoluteError", sqrt(sum(weight * (prediction - label) ** 2) / sum(weight)) AS "rootMeanSquareError"`;
  return `WITH grouped AS (${groupedSql(slices)}),
    levels AS (SELECT ${names}, prediction, sum(weight) FILTER (label = 1) AS trues, sum(weight) FILTER (label = 0) AS falses FROM grouped GROUP BY ALL),
    ranked AS (SELECT ${names}, coalesce(trues, 0) AS trues, coalesce(falses, 0) AS falses, coalesce(sum(falses) OVER (PARTITION BY ${names} ORDER BY prediction ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS below FROM levels),
    areas AS (SELECT ${names}, sum(trues * (below + falses / 2)) / nullif(sum(trues) * sum(falses), 0) AS area FROM ranked GROUP BY ALL),
    bins AS (SELECT ${names}, ${binsOf} AS bin, sum(weight) AS weight, abs(sum(weight * prediction) - sum(weight * label)) AS distance FROM grouped GROUP BY ALL),
    errors AS (SELECT ${names}, sum(distance) / sum(weight) AS error FROM bins GROUP BY ALL),
    plain AS (SELECT ${names}, count(*) AS count, sum(weight) AS weight, sum(weight * prediction) / sum(weight) AS predicted, sum(weight * label) / sum(weight) AS happened, ${losses} FROM grouped GROUP BY ALL)
  SELECT plain.*, ${isProbability ? 'areas.area' : 'NULL'} AS auc, ${isProbability ? 'errors.error' : 'NULL'} AS "calibrationError"
  FROM plain ${['areas', 'errors'].map((other) => `JOIN ${other} ON ${names.split(', ').map((name) => `plain.${name} IS NOT DISTINCT FROM ${other}.${name}`).join(' AND ')}`).join(' ')}
  ORDER BY plain.role, plain.version, plain.slice NULLS FIRST, plain.value, plain.day NULLS FIRST`;
};

/** The query of the calibration of each version and role over all days, tenth by tenth. */
export const calibrationQuery = `SELECT version, role, ${binsOf} AS bin, sum(weight) AS weight, sum(weight * prediction) / sum(weight) AS predicted, sum(weight * label) / sum(weight) AS happened
  FROM outcomes WHERE label IS NOT NULL AND isfinite(prediction) GROUP BY ALL ORDER BY ALL`;

/** The query of how many predictions are in which state. */
export const statesQuery = 'SELECT state, count(*) AS count FROM outcomes GROUP BY ALL ORDER BY ALL';

const shown = (value: number | null, digits = 4): string => (value === null ? '-' : value.toFixed(digits));

/** The lines that tell a person what became of predictions. */
export const outcomeText = ({ model, from, to, knownUntil, states, groups }: OutcomeReport): string => [
  `${model}, predictions from ${from} to ${to}, outcomes known until ${knownUntil}: ${Object.entries(states).map(([state, count]) => `${count} ${state}`).join(', ') || 'none'}`,
  ...groups.filter(({ day }) => day === null).map(({ version, role, slice, value, count, auc, logLoss, calibrationError, predicted, happened, rootMeanSquareError }) =>
    `  ${role} ${version}${slice === null ? '' : `, ${slice} ${value ?? ''}`}: ${count} known, predicted ${shown(predicted)}, happened ${shown(happened)}${auc === null && logLoss === null ? '' : `, AUC ${shown(auc)}, log loss ${shown(logLoss)}, calibration error ${shown(calibrationError)}`}${rootMeanSquareError === null ? '' : `, root mean square error ${shown(rootMeanSquareError)}`}`),
].join('\n');

/** The metrics of the champion over all days, where they are known. */
export const outcomeValues = ({ groups }: OutcomeReport): Readonly<Partial<Record<'LiveAuc' | 'LiveLogLoss' | 'LiveCalibrationError', number>>> => {
  const champion = groups.filter(({ role, day, slice }) => role === 'champion' && day === null && slice === null).sort((left, right) => right.count - left.count)[0];
  const { auc = null, logLoss = null, calibrationError = null } = champion ?? {};
  return { ...(auc === null ? {} : { LiveAuc: auc }), ...(logLoss === null ? {} : { LiveLogLoss: logLoss }), ...(calibrationError === null ? {} : { LiveCalibrationError: calibrationError }) };
};
