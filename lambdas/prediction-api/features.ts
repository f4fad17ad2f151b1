import { isoText } from '../../core/event/time';
import type { Value } from '../../core/expression/evaluate';
import type { EntityDefinition } from '../../core/manifest/manifest';
import { momentOf } from '../../core/model/moment';
import type { Result } from '../../core/model/problem';
import { readFeatureQuery } from '../../core/model/request';
import type { ViewStatus } from '../../core/model/view-status';
import { statusAt } from '../../core/model/view-status';
import { wireValues } from '../../core/model/wire-value';
import type { ViewPlan } from '../../core/window';
import { featuresAt } from '../../core/window';
import type { ReadStates } from './state-reader';

/** Features of one entity at a moment. */
interface FeatureResult extends ViewStatus {
  readonly entity: Readonly<Record<string, Value>>;
  readonly moment: string;
  readonly features: Readonly<Record<string, Value>>;
}

export interface FeatureAnswer { readonly view: string; readonly version: number; readonly results: readonly FeatureResult[] }

/**
 * Answers a feature query: reads the items of its entities, and works out their windows.
 *
 * @param body the request's body, parsed
 * @param now epoch milliseconds
 */
export const answerFeatures = async (body: unknown, plan: ViewPlan, entity: EntityDefinition, now: number, readStates: ReadStates): Promise<Result<FeatureAnswer>> => {
  const query = readFeatureQuery(body, entity, now);
  if (!query.ok) return query;
  const { entities } = query.value;
  const states = await readStates(entities.map((key) => ({ plan, key })));
  if (!states.ok) return states;
  const types = Object.fromEntries(plan.view.features.map((feature) => [feature.name, feature]));
  const results: FeatureResult[] = [];
  for (const [index, key] of entities.entries()) {
    const state = states.value[index];
    const moment = momentOf(query.value, now, state ? [state.newest] : [], `entities/${index}`);
    if (!moment.ok) return moment;
    results.push({
      entity: wireValues(entity.key, key), moment: isoText(moment.value), ...statusAt(plan, state, moment.value),
      features: wireValues(types, featuresAt(plan, state, moment.value)),
    });
  }
  return { ok: true, value: { view: plan.view.name, version: plan.view.version, results } };
};
