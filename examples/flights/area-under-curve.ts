/**
 * Area under the ROC curve: how often a late flight was given a higher probability than one that was not, ties counting half.
 * Source: Hanley and McNeil, "The meaning and use of the area under a receiver operating characteristic curve" (1982).
 *
 * @returns `undefined` when all labels are alike
 */
export const areaUnderCurve = (predictions: readonly { readonly probability: number; readonly late: boolean }[]): number | undefined => {
  const sorted = [...predictions].sort((left, right) => left.probability - right.probability);
  const late = sorted.filter((each) => each.late).length;
  const onTime = sorted.length - late;
  if (late === 0 || onTime === 0) return undefined;
  let ranks = 0;
  for (let start = 0; start < sorted.length;) {
    let end = start;
    while (end < sorted.length && sorted[end]?.probability === sorted[start]?.probability) end += 1;
    // Ranks are counted from 1; those of a tie are all their mean.
    ranks += ((start + 1 + end) / 2) * sorted.slice(start, end).filter((each) => each.late).length;
    start = end;
  }
  return (ranks - (late * (late + 1)) / 2) / (late * onTime);
};
