import { scheduleProblems, type Schedule } from '../dataset/schedule';

/** When a model is trained anew by itself, and on which days: a time of each day or of some, in a time zone (IANA; UTC when nothing is said). */
export type Retraining = Extract<Schedule, { readonly daily: string }> & {
  /** Days of rows to learn from, 1 to 3650: those before the days to judge on. */
  readonly learnDays: number;
  /** Days of rows to judge on, 1 to 3650: those before the last midnight of UTC. */
  readonly judgeDays: number;
};

/** What is wrong with a retraining, in words. */
export const retrainingProblems = (retraining: Retraining): readonly string[] => [
  ...scheduleProblems(retraining).map((problem) => problem.replace('is run', 'is retrained')),
  ...(['learnDays', 'judgeDays'] as const).flatMap((name) => (Number.isInteger(retraining[name]) && retraining[name] >= 1 && retraining[name] <= 3650 ? [] : [`has training.retrain.${name} ${String(retraining[name])}; it is a whole number of days, 1 to 3650`])),
];
