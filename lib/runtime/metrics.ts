import { readVariables } from './variables';

/** At most one dimension beside the environment: each value of it is a metric that is paid for. What producers send is never one. */
export type MetricDimension = { readonly eventType: string } | { readonly reason: string } | { readonly view: string } | { readonly model: string };

/** Values by the metric's name. What ends in `Lag` is in milliseconds, what begins with `Live` has no unit, everything else is a count. */
export type MetricValues = Readonly<Record<string, number>>;

/** Where every metric of the platform is. */
export const metricNamespace = 'Headrace';

/**
 * Metrics as a line in the embedded metric format, from which CloudWatch makes them without a call.
 * Source: CloudWatch user guide, "Specification: Embedded metric format".
 *
 * @param environment the environment's name, the first dimension of every metric
 * @param at epoch milliseconds
 * @param dimension counted by this beside the environment, and not by the environment alone
 */
export const metricLine = (environment: string, values: MetricValues, at: number, dimension?: MetricDimension): string => JSON.stringify({
  _aws: {
    Timestamp: at,
    CloudWatchMetrics: [{
      Namespace: metricNamespace,
      Dimensions: [['environment', ...Object.keys(dimension ?? {})]],
      Metrics: Object.keys(values).map((name) => ({ Name: name, Unit: name.endsWith('Lag') ? 'Milliseconds' : name.startsWith('Live') ? 'None' : 'Count' })),
    }],
  },
  environment,
  ...dimension,
  ...values,
});

/** Emits metrics of this Lambda's environment; see {@link metricLine}. */
export const emitMetrics = (values: MetricValues, dimension?: MetricDimension): void => {
  const { HEADRACE_ENVIRONMENT } = readVariables('HEADRACE_ENVIRONMENT');
  // Not through console, before whose lines Lambda puts a time and a request: CloudWatch takes only lines that are JSON from the start.
  process.stdout.write(`${metricLine(HEADRACE_ENVIRONMENT, values, Date.now(), dimension)}\n`);
};
