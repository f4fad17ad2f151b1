import type { LeakReport } from '../../core/training/leak-plan';

const inputsToShow = 5;
const percent = (share: number): string => `${(share * 100).toFixed(1)}%`;

/** What event time alone would have let into a training set, for people: a line, and one for each of the inputs that it would have changed most. */
export const leakText = ({ rowsCompared, isEstimate, rowsWithAny, share, inputs }: LeakReport): readonly string[] => {
  if (rowsCompared === 0) return ['  what event time alone would have let in: there was no row to compare'];
  const compared = isEstimate ? `of ${rowsCompared} rows looked at, an estimate` : `of all ${rowsCompared} rows`;
  if (rowsWithAny === 0) return [`  by event time alone no row would differ, ${compared}`];
  const changed = Object.entries(inputs).sort(([, left], [, right]) => right.rows - left.rows);
  return [
    `  by event time alone ${percent(share)} would hold what nobody knew at their moment (${compared}):`,
    ...changed.slice(0, inputsToShow).map(([name, { share: part, meanAbsoluteDifference }]) => `    ${name}: ${percent(part)}${meanAbsoluteDifference === null ? '' : `, by ${Number(meanAbsoluteDifference.toPrecision(3))} on average`}`),
    ...(changed.length > inputsToShow ? [`    and ${changed.length - inputsToShow} other inputs, in metadata.json`] : []),
  ];
};
