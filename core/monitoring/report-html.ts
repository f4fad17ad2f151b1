import type { Value } from '../expression/evaluate';
import { differenceText } from './consistency';
import type { ColumnDrift } from './drift';
import { leastPValue, mostPsi } from './drift';
import type { CalibrationBin, OutcomeGroup, OutcomeMetrics } from './outcome-metrics';
import type { ModelReport } from './report';

/*
 * A report as one page that needs nothing else: no script, no picture, no address. What is drawn are bars, which a browser
 * makes of a width.
 */

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const shown = (value: number | null, digits = 4): string => (value === null ? '–' : Number.isInteger(value) ? value.toLocaleString('en') : value.toFixed(digits));
const valueText = (value: Value): string => (value === null ? 'absent' : escaped(String(value)));

const row = (cells: readonly string[], kind: 'td' | 'th' = 'td'): string => `<tr>${cells.map((cell) => `<${kind}>${cell}</${kind}>`).join('')}</tr>`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => (rows.length === 0 ? '' : `<table>${row(head, 'th')}${rows.map((each) => row(each)).join('')}</table>`);

/** A bar of a share of the width. */
const bar = (share: number, kind: string): string => `<i class="${kind}" style="width:${(100 * Math.min(1, Math.max(0, share))).toFixed(1)}%"></i>`;

const pairs = (names: readonly string[], before: readonly number[], after: readonly number[]): string => {
  const most = Math.max(1e-9, ...before, ...after);
  return `<div class="bars">${names.map((name, index) => `<span>${escaped(name)}</span><b>${bar((before[index] ?? 0) / most, 'before')}${bar((after[index] ?? 0) / most, 'after')}</b>`).join('')}</div>`;
};

const metricCells = ({ count, predicted, happened, auc, logLoss, brier, calibrationError, meanAbsoluteError, rootMeanSquareError }: OutcomeMetrics): readonly string[] =>
  [count, predicted, happened, auc, logLoss, brier, calibrationError, meanAbsoluteError, rootMeanSquareError].map((each) => shown(each));
const metricHeads = ['known', 'predicted', 'happened', 'AUC', 'log loss', 'Brier', 'calibration error', 'mean absolute error', 'root mean square error'];

const groupRows = (groups: readonly (OutcomeGroup & OutcomeMetrics)[], name: (group: OutcomeGroup) => readonly string[]): readonly (readonly string[])[] =>
  groups.map((group) => [...name(group).map(escaped), ...metricCells(group)]);

const calibrationTable = (bins: readonly CalibrationBin[]): string => pairs(bins.map(({ from }) => `${from.toFixed(1)} to ${(from + 0.1).toFixed(1)}`), bins.map(({ predicted }) => predicted), bins.map(({ happened }) => happened));

const driftRow = ({ column, psi, pValue, isDrifted, names, referenceShares, comparedShares }: ColumnDrift): string =>
  `<details${isDrifted ? ' open' : ''}><summary>${escaped(column)}: PSI ${psi.toFixed(3)}, p ${pValue.toPrecision(2)}${isDrifted ? ' <strong>drifted</strong>' : ''}</summary>${pairs(names, referenceShares, comparedShares)}</details>`;

const skewPart = ({ consistency }: ModelReport): string => [
  `<h2>Skew</h2><p>${shown(consistency.values)} values of ${shown(consistency.checked)} predictions against a fold of raw at their watermarks: <strong>${differenceText(consistency)}</strong>.
    ${shown(consistency.lagging)} are not what was known before their moment. ${shown(consistency.uncovered)} predictions could not be checked yet, ${shown(consistency.unread)} were made without their features.</p>`,
  table(['input', 'reads', 'values', 'differ', 'lag', 'mean lag', 'largest lag'], consistency.inputs.filter(({ differing, lagging }) => differing > 0 || lagging > 0).map((each) =>
    [escaped(each.input), escaped(each.features.join(', ')), shown(each.values), shown(each.differing), shown(each.lagging), shown(each.meanLag), shown(each.largestLag)])),
  table(['prediction', 'moment', 'version', 'input', 'logged', 'raw gives'], consistency.examples.map((each) => [escaped(each.predictionId), each.moment, escaped(each.modelVersion), escaped(each.input), valueText(each.logged), valueText(each.folded)])),
  consistency.unchecked.length > 0 ? `<p>Not checked, as they read request fields that the log does not have: ${escaped(consistency.unchecked.join(', '))}.</p>` : '',
].join('');

const outcomePart = ({ outcomes: { from, to, states, groups, calibration } }: ModelReport): string => [
  `<h2>Outcomes</h2><p>Predictions from ${from} to ${to}: ${escaped(Object.entries(states).map(([state, count]) => `${shown(count)} ${state}`).join(', ') || 'none')}.</p>`,
  table(['role', 'version', ...metricHeads], groupRows(groups.filter(({ day, slice }) => day === null && slice === null), ({ role, version }) => [role, version])),
  table(['role', 'version', 'slice', '', ...metricHeads], groupRows(groups.filter(({ day, slice }) => day === null && slice !== null), ({ role, version, slice, value }) => [role, version, slice ?? '', value ?? ''])),
  table(['role', 'version', 'day', ...metricHeads], groupRows(groups.filter(({ day, slice }) => day !== null && slice === null), ({ role, version, day }) => [role, version, day ?? ''])),
  ...calibration.map(({ version, role, bins }) => `<h3>Calibration of ${escaped(`${role} ${version}`)}</h3><p class="key"><i class="before"></i> predicted <i class="after"></i> happened</p>${calibrationTable(bins)}`),
].join('');

const driftPart = ({ drift }: ModelReport): string => (drift === undefined ? '' : [
  `<h2>Drift</h2><p>${shown(drift.predictions)} predictions of version ${escaped(drift.version)}: inputs against its training set, predictions against the days before. A column has drifted where its stability index is over ${mostPsi} and chance would
    make such a distance in less than one case of ${Math.round(1 / leastPValue).toLocaleString('en')}.</p><p class="key"><i class="before"></i> before <i class="after"></i> now</p>`,
  ...drift.lacking.map((each) => `<p>${escaped(each)}</p>`),
  ...drift.columns.toSorted((left, right) => right.psi - left.psi).map(driftRow),
].join(''));

const style = `body{font:14px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#222}table{border-collapse:collapse;margin:1rem 0;display:block;overflow-x:auto}th,td{padding:.2rem .7rem;text-align:right;border-bottom:1px solid #ddd;white-space:nowrap}
th:first-child,td:first-child,td:nth-child(2),th:nth-child(2){text-align:left}.bars{display:grid;grid-template-columns:max-content minmax(8rem,30rem);gap:.2rem .8rem;margin:.5rem 0 1rem}.bars b{display:block}.bars i,.key i{display:block;height:.5rem}.key i{display:inline-block;width:1rem}
.before{background:#9aa7b5}.after{background:#d9622b}summary{cursor:pointer}strong{color:#b3261e}`;

/** The report as a page. */
export const reportHtml = (report: ModelReport): string => {
  const { model, from, to } = report.consistency;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(model)}, ${from.slice(0, 10)}</title><style>${style}</style></head>
<body><h1>${escaped(model)}</h1><p>Predictions from ${from} to ${to}.</p>${skewPart(report)}${outcomePart(report)}${driftPart(report)}</body></html>\n`;
};
