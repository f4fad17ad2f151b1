import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import type { ViewPlan } from '../../core/window';
import { metricNamespace } from '../../lib/runtime/metrics';
import type { ViewComparison } from '../../lib/runtime/rebuild/compare';
import { compareView, comparisonMetrics } from '../../lib/runtime/rebuild/compare';
import type { Context } from '../context';
import type { Progress } from './rebuild-place';
import { rebuildPlace, servingGeneration } from './rebuild-place';

/** Raw lags behind the state by the validator's batching window: one look at once, one when that has passed, and one for slow days. */
const defaultWaits = ({ environment }: Context): readonly number[] => [1000 * (environment.validatorBatchingWindowSeconds + 5), 60_000];

/** Counts what was found under the view, as the nightly comparison does; the alarm is over that one's totals. */
const publish = async ({ environment }: Context, comparison: ViewComparison): Promise<void> => {
  const Dimensions = [{ Name: 'environment', Value: environment.name }, { Name: 'view', Value: comparison.view }];
  await new CloudWatchClient({ region: environment.region }).send(new PutMetricDataCommand({
    Namespace: metricNamespace, MetricData: Object.entries(comparisonMetrics([comparison])).map(([MetricName, Value]) => ({ MetricName, Value, Unit: 'Count' as const, Dimensions })),
  }));
};

/** Compares the state of views that is served with what raw gives. */
export const compareViews = async (context: Context, plans: readonly ViewPlan[], onProgress: Progress, waits: readonly number[] = defaultWaits(context), unsettled?: number): Promise<readonly ViewComparison[]> => {
  const found: ViewComparison[] = [];
  for (const [index, plan] of plans.entries()) {
    const place = rebuildPlace(context, (share, step) => { onProgress((index + share) / plans.length, step); });
    const comparison = await compareView(place, plan, await servingGeneration(context, plan.view), { waits, now: Date.now, ...(unsettled === undefined ? {} : { unsettled }) });
    await publish(context, comparison);
    found.push(comparison);
  }
  return found;
};
