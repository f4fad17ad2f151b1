import type { EpochMillis } from '../event/time';
import { dayText } from '../event/time';
import type { ModelDefinition } from '../manifest/manifest';
import { windowOf } from '../window/hop';
import type { ConsistencyReport } from './consistency';
import { consistencyText } from './consistency';
import type { DriftReport } from './drift';
import { driftText } from './drift';
import type { OutcomeReport } from './outcome-metrics';
import { outcomeText, outcomeValues } from './outcome-metrics';

/** All that is known of a model's predictions in a range of time. */
export interface ModelReport {
  readonly consistency: ConsistencyReport;
  readonly outcomes: OutcomeReport;
  /** Absent when nothing was predicted. */
  readonly drift?: DriftReport;
}

const day = 86_400_000;

/** How long before the range predictions are looked at again: by then most of them have an outcome. Of a label that looks ahead, so long and two days. */
export const outcomesBack = ({ examples: { label } }: Pick<ModelDefinition, 'examples'>): number => (label.kind === 'happens' ? windowOf(label.within).width + 2 * day : 6 * day);

/** Key of a day's report in the features bucket. */
export const reportKey = ({ name, version }: Pick<ModelDefinition, 'name' | 'version'>, from: EpochMillis, form: 'json' | 'html'): string => `monitoring/${name}/v${version}/dt=${dayText(from)}/report.${form}`;

/** The lines that tell a person all of it. */
export const reportText = ({ consistency, outcomes, drift }: ModelReport): string => [consistencyText(consistency), outcomeText(outcomes), ...(drift ? [driftText(drift)] : [])].join('\n');

/** What is counted of a model beside the totals of all. */
export const modelValues = ({ consistency, outcomes, drift }: ModelReport): Readonly<Record<string, number>> => ({
  FeatureValuesDiffer: consistency.differing,
  ...outcomeValues(outcomes),
  ...(drift === undefined ? {} : { ColumnsDrifted: drift.columns.filter(({ isDrifted }) => isDrifted).length }),
});
