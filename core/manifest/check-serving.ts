import type { DefinitionProblem } from './check';
import type { Manifest } from './manifest';

/** An HTTP API gives up after 30 seconds, and the model has to run after the state was read. */
const longestBudget = 25_000;

/** What models say of how they are served. */
export const checkServing = ({ models }: Pick<Manifest, 'models'>): readonly DefinitionProblem[] => Object.entries(models).flatMap(([name, { serving }]) => {
  const { missing, budgetMilliseconds, log } = serving ?? {};
  return [
    ...(missing === undefined || ['fail', 'default'].includes(missing) ? [] : [`has serving.missing '${missing}'; it is 'fail' or 'default'`]),
    ...(budgetMilliseconds === undefined || (Number.isInteger(budgetMilliseconds) && budgetMilliseconds >= 1 && budgetMilliseconds <= longestBudget) ? []
      : [`has serving.budgetMilliseconds ${budgetMilliseconds}; it is a whole number of milliseconds from 1 to ${longestBudget}`]),
    ...(log === undefined || (log.share >= 0 && log.share <= 1) ? [] : [`has serving.log.share ${log.share}; it is a number from 0, for none, to 1, for all predictions`]),
  ].map((problem) => ({ definition: `model ${name}`, problem }));
});
