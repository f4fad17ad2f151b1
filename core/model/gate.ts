import type { EvaluationReport, Scores, SliceScores } from './evaluation';

/**
 * What a version must keep before it may be promoted. Areas under the curve and calibration errors are between 0 and 1;
 * a tolerance is how much worse than the champion's a value may be.
 */
export interface GateRules {
  /** Rows that it must have been judged on: of fewer, the area under the curve is known to no better than a few hundredths. */
  readonly minimumRows: number;
  readonly aucTolerance: number;
  readonly calibrationTolerance: number;
  /** How much lower the area under the curve of a slice, or higher its log loss, may be. */
  readonly sliceTolerance: number;
  /** Slices of fewer rows are in the report, and not judged. */
  readonly minimumSliceRows: number;
  /** Without a champion: how far over 0.5, which is a coin's, the area under the curve must be. */
  readonly aucOverChance: number;
  /** Without a champion: the largest calibration error. */
  readonly maximumCalibrationError: number;
}

/** The rules where a definition says nothing. */
export const defaultGateRules: GateRules = {
  minimumRows: 1000, aucTolerance: 0.002, calibrationTolerance: 0.01, sliceTolerance: 0.02, minimumSliceRows: 2000, aucOverChance: 0.05, maximumCalibrationError: 0.1,
};

/** What a rule looks at. */
export type GateRule = 'rows' | 'auc' | 'calibration' | 'slice auc' | 'slice log loss';

/** How a version stands by one rule. */
export interface Verdict {
  readonly rule: GateRule;
  readonly passed: boolean;
  /** What was found; null where it could not be worked out. */
  readonly value: number | null;
  /** What it had to reach (`rows`, `auc`, `slice auc`) or not to pass (the others). */
  readonly limit: number;
  /** The champion's value on the same rows, where there is one. */
  readonly champion?: number;
  /** `slice=bin`. */
  readonly slice?: string;
  /** What to do about it, of one that did not pass. */
  readonly remedy?: string;
}

/** The verdicts on a version. */
export interface GateResult {
  readonly passed: boolean;
  /** The version that it was compared with; null when there was none for its inputs. */
  readonly champion: string | null;
  readonly verdicts: readonly Verdict[];
}

interface Compared { readonly rule: GateRule; readonly value: number | null; readonly limit: number; readonly champion?: number; readonly slice?: string; readonly remedy: string }

const atLeast = ({ remedy, ...each }: Compared): Verdict => withRemedy(each, each.value !== null && each.value >= each.limit, remedy);
const atMost = ({ remedy, ...each }: Compared): Verdict => withRemedy(each, each.value !== null && each.value <= each.limit, remedy);
const withRemedy = (verdict: Omit<Verdict, 'passed' | 'remedy'>, passed: boolean, remedy: string): Verdict => ({ ...verdict, passed, ...(passed ? {} : { remedy }) });

const remedies = {
  rows: 'judge on a longer range: --evaluate-to',
  auc: 'train on a longer or later range, or look whether inputs are absent that were not: the profiles of the training sets say so',
  chance: 'it finds next to nothing; look whether the labels belong to their rows, and whether the inputs are there',
  calibration: 'its probabilities are off: train on rows whose labels are as frequent as those it meets, or calibrate in the trainer',
  slice: 'look at the rows of that slice: too few of them to learn from, or inputs that are absent there',
} as const;

const withChampion = (candidate: Scores, champion: Scores, rules: GateRules): readonly Verdict[] => [
  // Where there is none of the champion, the labels are all alike, and how anybody ranks is not known: nothing passes by that.
  champion.auc === null ? atLeast({ rule: 'auc', value: candidate.auc, limit: 0.5 + rules.aucOverChance, remedy: remedies.chance })
    : atLeast({ rule: 'auc', value: candidate.auc, limit: champion.auc - rules.aucTolerance, champion: champion.auc, remedy: remedies.auc }),
  atMost({ rule: 'calibration', value: candidate.calibrationError, limit: champion.calibrationError + rules.calibrationTolerance, champion: champion.calibrationError, remedy: remedies.calibration }),
  ...candidate.slices.flatMap((slice) => sliceVerdicts(slice, champion.slices.find((each) => each.slice === slice.slice && each.bin === slice.bin), rules)),
];

/** Of a slice whose labels are all alike there is no area under the curve; its log loss is compared all the same. */
const sliceVerdicts = (candidate: SliceScores, champion: SliceScores | undefined, rules: GateRules): readonly Verdict[] => {
  if (champion === undefined || candidate.rows < rules.minimumSliceRows) return [];
  const slice = `${candidate.slice}=${candidate.bin}`;
  return [
    ...(champion.auc === null ? [] : [atLeast({ rule: 'slice auc', slice, value: candidate.auc, limit: champion.auc - rules.sliceTolerance, champion: champion.auc, remedy: remedies.slice })]),
    atMost({ rule: 'slice log loss', slice, value: candidate.logLoss, limit: champion.logLoss + rules.sliceTolerance, champion: champion.logLoss, remedy: remedies.slice }),
  ];
};

const alone = (candidate: Scores, rules: GateRules): readonly Verdict[] => [
  atLeast({ rule: 'auc', value: candidate.auc, limit: 0.5 + rules.aucOverChance, remedy: remedies.chance }),
  atMost({ rule: 'calibration', value: candidate.calibrationError, limit: rules.maximumCalibrationError, remedy: remedies.calibration }),
];

/**
 * Judges a version by its report: against the champion on the same rows or, where there is none for its inputs, by itself.
 *
 * @param own the rules that the definition says otherwise
 */
export const gate = ({ candidate, champion }: Pick<EvaluationReport, 'candidate' | 'champion'>, own: Partial<GateRules> = {}): GateResult => {
  const rules = { ...defaultGateRules, ...own };
  const verdicts = [
    atLeast({ rule: 'rows', value: candidate.rows, limit: rules.minimumRows, remedy: remedies.rows }),
    ...(champion === null ? alone(candidate, rules) : withChampion(candidate, champion, rules)),
  ];
  return { passed: verdicts.every(({ passed }) => passed), champion: champion?.modelVersion ?? null, verdicts };
};

const digits = (value: number | null): string => (value === null ? 'none' : Number.isInteger(value) ? String(value) : value.toFixed(4));

/** A verdict as a person reads it. */
export const verdictText = ({ rule, passed, value, limit, champion, slice, remedy }: Verdict): string => {
  const bound = rule === 'rows' || rule === 'auc' || rule === 'slice auc' ? 'at least' : 'at most';
  return `${passed ? 'passed ' : 'refused'}  ${rule}${slice === undefined ? '' : ` of ${slice}`}: ${digits(value)}, ${bound} ${digits(limit)}${champion === undefined ? '' : ` (the champion has ${digits(champion)})`}${remedy === undefined ? '' : `; ${remedy}`}`;
};
