import { versionedName, type Manifest, type ViewDefinition } from '../manifest/manifest';
import type { Environment } from './environment';

const daysOf: Readonly<Record<string, number>> = { m: 1 / 1440, h: 1 / 24, d: 1 };

/** Days of the widest window of a view. */
const widest = ({ features }: ViewDefinition): number => Math.max(0, ...features.map((feature) => {
  if (feature.kind !== 'window') return 0;
  return feature.width === 'lifetime' ? Number.POSITIVE_INFINITY : Number.parseInt(feature.width, 10) * (daysOf[feature.width.slice(-1)] ?? 0);
}));

/**
 * What of the definitions an environment's retention of raw does not reach: features are filled and repaired from raw.
 *
 * @returns what is wrong, in words that name the view; empty when nothing is
 */
export const retentionProblems = ({ retentionDays: { raw }, name }: Pick<Environment, 'retentionDays' | 'name'>, { views }: Pick<Manifest, 'views'>): readonly string[] => (raw === undefined ? [] : Object.values(views).flatMap((view) => {
  const days = widest(view);
  return days < raw ? [] : [`environment '${name}' keeps raw for ${raw} days, and the feature view ${versionedName(view)} has a window of ${days === Number.POSITIVE_INFINITY ? 'a lifetime' : `${days} days`}, which could not be filled from it; keep raw for longer (retentionDays.raw in environments.ts), or choose shorter windows`];
}));
