import type { EpochMillis } from '../../event/time';
import { floorHop } from '../hop';
import type { ViewPlan } from '../plan';

/** When every hop of a view that is open at a moment has passed. */
export const openUntil = ({ tiers }: Pick<ViewPlan, 'tiers'>, at: EpochMillis): EpochMillis => Math.max(...tiers.map(({ hop }) => floorHop(at, hop) + hop));
