/** A bin of a reliability table: predictions in a tenth, and how often what they predict then happened. */
export interface ReliabilityBin {
  /** Probabilities from inclusive, to exclusive; the last to inclusive. */
  readonly from: number;
  readonly to: number;
  readonly rows: number;
  readonly meanPrediction: number;
  readonly share: number;
}

/** How good a model file is on some rows. */
interface Judged {
  readonly rows: number;
  /** Area under the curve; null when all labels are alike. */
  readonly auc: number | null;
  readonly logLoss: number;
  /** Expected calibration error over ten bins of equal width: the mean distance of a prediction from how often it came true (Naeini et al. 2015). */
  readonly calibrationError: number;
  readonly meanPrediction: number;
  /** Part of the rows whose label is true. */
  readonly baseRate: number;
}

/** The same of the rows of one bin of a slice. */
export interface SliceScores extends Judged { readonly slice: string; readonly bin: string }

/** How good a version is on all judged rows and on the slices of its definition. */
export interface Scores extends Judged {
  readonly modelVersion: string;
  readonly reliability: readonly ReliabilityBin[];
  readonly slices: readonly SliceScores[];
}

/** Format of {@link EvaluationReport}; a reader refuses one that it does not know. */
export const reportFormat = 1;

/** What glue-jobs/headrace_training/evaluation.py writes: a version and the champion on the same rows. */
export interface EvaluationReport {
  readonly format: typeof reportFormat;
  /** `name@vN`. */
  readonly model: string;
  /** ISO 8601, from inclusive, to exclusive. */
  readonly judged: { readonly from: string; readonly to: string };
  /** SHA-256 of the training set whose rows were judged. */
  readonly trainingSetHash: string;
  /** SHA-256 of the model file that was judged. */
  readonly checksum: string;
  readonly candidate: Scores;
  /** Null when there was none for these inputs. */
  readonly champion: Scores | null;
  /** What the trainer says of itself: nothing is judged by it. */
  readonly trainer: Readonly<Record<string, number>>;
}

/** The report, parsed, when it is one of this format. */
export const parseReport = (content: unknown): EvaluationReport | undefined =>
  (typeof content === 'object' && content !== null && 'format' in content && content.format === reportFormat && 'candidate' in content && 'champion' in content ? content as EvaluationReport : undefined);

/**
 * Why a report is not one on a training; `undefined` when it is. What was asked for stands in a document between the steps:
 * a report on other rows, or on another version, is no word on this one.
 */
export const reportFault = ({ model, judged, trainingSetHash, candidate }: Pick<EvaluationReport, 'model' | 'judged' | 'trainingSetHash'> & { readonly candidate: Pick<Scores, 'modelVersion'> }, asked: Pick<EvaluationReport, 'model' | 'judged' | 'trainingSetHash'> & { readonly modelVersion: string }): string | undefined => {
  const members: readonly (readonly [string, string, string])[] = [
    ['model', model, asked.model], ['version', candidate.modelVersion, asked.modelVersion], ['training set', trainingSetHash, asked.trainingSetHash],
    ['judged from', judged.from, asked.judged.from], ['judged to', judged.to, asked.judged.to],
  ];
  const other = members.filter(([, found, wanted]) => found !== wanted).map(([name, found, wanted]) => `${name} is ${found} and not ${wanted}`);
  return other.length === 0 ? undefined : `it is a report on another training: ${other.join(', ')}`;
};

/** The metrics of a version's metadata, from its report. */
export const metricsOf = ({ candidate, trainer }: EvaluationReport): Readonly<Record<string, number>> => ({
  ...(candidate.auc === null ? {} : { auc: candidate.auc }), logLoss: candidate.logLoss, calibrationError: candidate.calibrationError, baseRate: candidate.baseRate, meanPrediction: candidate.meanPrediction, evaluateRows: candidate.rows,
  ...Object.fromEntries(Object.entries(trainer).map(([name, value]) => [`trainer.${name}`, value])),
});

/** A slice of a definition as the evaluation takes it. */
export interface SliceCut { readonly slice: string; readonly input: string; readonly at: readonly number[] }
