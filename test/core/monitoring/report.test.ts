import type { ModelReport } from '../../../core/monitoring/report';
import { consistencyText } from '../../../core/monitoring/consistency';
import { modelValues, outcomesBack, reportKey, reportText } from '../../../core/monitoring/report';
import { reportHtml } from '../../../core/monitoring/report-html';

const measured = { count: 4, weight: 40, predicted: 0.25, happened: 0.5, auc: 0.75, logLoss: 0.6, brier: 0.2, calibrationError: 0.25, meanAbsoluteError: null, rootMeanSquareError: null };
const report: ModelReport = {
  consistency: {
    model: 'late@v1', from: '2026-06-01T00:00:00.000Z', to: '2026-06-02T00:00:00.000Z', predictions: 5, checked: 5, unread: 0, uncovered: 0, values: 10, differing: 1, lagging: 2,
    inputs: [{ input: 'origin__n', features: ['origin.landings@v1.n'], values: 5, differing: 1, lagging: 2, meanLag: 1.5, largestLag: 2 }, { input: 'origin__mean', features: ['origin.landings@v1.mean'], values: 5, differing: 0, lagging: 0, meanLag: null, largestLag: null }],
    unchecked: [], examples: [{ predictionId: 'p-1', moment: '2026-06-01T12:00:00.000Z', modelVersion: '<script>alert(1)</script>', input: 'origin__n', logged: null, folded: 'a & b' }],
  },
  outcomes: {
    model: 'late@v1', from: '2026-05-26T00:00:00.000Z', to: '2026-06-02T00:00:00.000Z', knownUntil: '2026-06-02T04:00:00.000Z', states: { known: 4, unmatched: 1 },
    groups: [{ day: null, version: 'a', role: 'champion', slice: null, value: null, ...measured }, { day: '2026-06-01', version: 'a', role: 'champion', slice: null, value: null, ...measured }, { day: null, version: 'a', role: 'champion', slice: 'distance', value: 'under 400', ...measured }, { day: null, version: 'b', role: 'shadow', slice: null, value: null, ...measured, auc: 0.9 }],
    calibration: [{ version: 'a', role: 'champion', bins: [{ from: 0.2, weight: 40, predicted: 0.25, happened: 0.5 }] }],
  },
  drift: {
    model: 'late@v1', from: '2026-06-01T00:00:00.000Z', to: '2026-06-02T00:00:00.000Z', version: 'a', predictions: 5, lacking: ['there is no profile'],
    columns: [{ column: 'distance', names: ['to 400', 'over 400', 'absent'], psi: 0.5, pValue: 0.0001, referenceShares: [0.5, 0.5, 0], comparedShares: [0.1, 0.9, 0], isDrifted: true }],
  },
};

describe('the report of a model', () => {
  const page = reportHtml(report);

  it('is a page that asks for nothing: no script, no picture, no address', () => {
    expect(page).not.toMatch(/<script|<img|<link|https?:|src=|url\(/u);
    expect(page.startsWith('<!doctype html>')).toBe(true);
    const tags = [...page.matchAll(/<(\/?)(table|tr|td|th|div|details|summary|p|h1|h2|h3|span|b|i|strong|body|html|head|style|title)\b/gu)];
    for (const tag of new Set(tags.map(([, , name]) => name))) expect([tag, tags.filter(([, end, name]) => name === tag && end === '').length]).toEqual([tag, tags.filter(([, end, name]) => name === tag && end === '/').length]);
  });

  it('says what text holds as text', () => {
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page).toContain('a &amp; b');
  });

  it('shows skew, outcomes by role, slice and day, calibration, and drift with its bars', () => {
    for (const text of ['<strong>1 differ</strong>', 'origin.landings@v1.n', 'absent', '4 known, 1 unmatched', 'champion', 'shadow', 'under 400', '2026-06-01', 'Calibration of champion a', 'distance: PSI 0.500', '<strong>drifted</strong>', 'there is no profile', 'width:100.0%']) expect(page).toContain(text);
    expect(page).not.toContain('origin.landings@v1.mean');
  });

  it('is told in lines too, and counted', () => {
    expect(reportText(report).split('\n').filter((line) => !line.startsWith(' '))).toHaveLength(3);
    expect(modelValues(report)).toEqual({ FeatureValuesDiffer: 1, LiveAuc: 0.75, LiveLogLoss: 0.6, LiveCalibrationError: 0.25, ColumnsDrifted: 1 });
  });

  it('says of a log without predictions that there is none, and not that nothing differs', () => {
    const empty = { ...report.consistency, predictions: 0, checked: 0, values: 0, differing: 0, lagging: 0, inputs: [], examples: [] };
    expect(consistencyText(empty)).toMatch(/^late@v1, predictions from .*: none in the log; .*--from and --to/u);
    expect(consistencyText(empty)).not.toMatch(/\n|no difference/u);
  });

  it('lies by model and day, and looks a week back, or as long as a label looks ahead', () => {
    const day = 86_400_000;
    expect(reportKey({ name: 'late', version: 2 }, Date.UTC(2026, 5, 1, 13), 'html')).toBe('monitoring/late/v2/dt=2026-06-01/report.html');
    expect(outcomesBack({ examples: { label: { kind: 'literal', value: true, scalar: 'boolean' } } } as never)).toBe(6 * day);
    expect(outcomesBack({ examples: { label: { kind: 'happens', within: '30d' } } } as never)).toBe(32 * day);
  });
});
