import { isIncremental } from '../dataset/current-row';
import { versionedName, type Manifest, type ViewDefinition } from '../manifest/manifest';
import type { Environment } from './environment';

const daysOf: Readonly<Record<string, number>> = { m: 1 / 1440, h: 1 / 24, d: 1 };

/** Days of the widest window of a view. */
const widest = ({ features }: ViewDefinition): number => Math.max(0, ...features.map((feature) => {
  if (feature.kind !== 'window') return 0;
  return feature.width === 'lifetime' ? Number.POSITIVE_INFINITY : Number.parseInt(feature.width, 10) * (daysOf[feature.width.slice(-1)] ?? 0);
}));

/** Why a view cannot be filled from what raw keeps for some days; undefined when it can. */
const beyond = (view: ViewDefinition, datasets: Manifest['datasets'], raw: number): string | undefined => {
  const dataset = view.from.kind === 'dataset' ? datasets[versionedName(view.from)] : undefined;
  if (dataset && isIncremental(dataset)) return `is made from all increments of ${versionedName(dataset)}, the first among them, and could not be filled without those; keep raw for ever (leave retentionDays.raw out of environments.ts), or take the dataset whole`;
  const days = widest(view);
  return days < raw ? undefined : `has a window of ${days === Number.POSITIVE_INFINITY ? 'a lifetime' : `${days} days`}, which could not be filled from it; keep raw for longer (retentionDays.raw in environments.ts), or choose shorter windows`;
};

/**
 * What of the definitions an environment's retention of raw does not reach: features are filled and repaired from raw.
 *
 * @returns what is wrong, in words that name the view; empty when nothing is
 */
export const retentionProblems = ({ retentionDays: { raw }, name }: Pick<Environment, 'retentionDays' | 'name'>, { views, datasets }: Pick<Manifest, 'views' | 'datasets'>): readonly string[] => (raw === undefined ? [] : Object.values(views).flatMap((view) => {
  const problem = beyond(view, datasets, raw);
  return problem === undefined ? [] : [`environment '${name}' keeps raw for ${raw} days, and the feature view ${versionedName(view)} ${problem}`];
}));
