import type { Generations, NextGeneration } from '../../core/feature/generation';
import type { ViewPlan } from '../../core/window';
import type { KeptGenerations } from '../../lib/runtime/generation-store';
import { CommandError } from '../command-error';
import type { Context } from '../context';
import { generationStoreOf } from './rebuild-place';

/** A view with what is known of its generations. */
export interface Work { readonly plan: ViewPlan; readonly kept: KeptGenerations; readonly next: NextGeneration | undefined }

const workOf = (plan: ViewPlan, kept: KeptGenerations): Work => ({ plan, kept, next: kept.generations.next });

/** What is known of the generations of views. */
export const readWork = async (context: Context, plans: readonly ViewPlan[]): Promise<readonly Work[]> => {
  const found = new Map<string, KeptGenerations>(await generationStoreOf(context).read(plans.map(({ view }) => view)));
  return plans.map((plan) => workOf(plan, found.get(plan.name) ?? { generations: {}, version: 0 }));
};

/**
 * Writes what is now known of a view's generations.
 *
 * @throws CommandError when somebody else has changed it
 */
export const writeWork = async (context: Context, { plan, kept }: Work, generations: Generations): Promise<Work> => {
  if (!(await generationStoreOf(context).write(plan.view, generations, kept.version))) throw new CommandError(`The generations of ${plan.name} were changed by somebody else; is another rebuild running?`, { next: 'wait for it, then run the same command again' });
  return workOf(plan, { generations, version: kept.version + 1 });
};
