import { defaultGateRules } from '../model/gate';
import { retrainingProblems } from '../model/retraining-schedule';
import type { DefinitionProblem } from './check';
import type { Manifest, ModelDefinition } from './manifest';

const numeric: ReadonlySet<string> = new Set(['int', 'float', 'timestamp']);
const mostCuts = 20;

const sliceProblems = ({ inputs }: ModelDefinition, slice: string, { input, at }: { readonly input: string; readonly at: readonly number[] }): readonly string[] => {
  const found = inputs.find(({ name }) => name === input);
  return [
    ...(/^[a-z][a-z0-9_]{0,63}$/u.test(slice) ? [] : [`has the slice '${slice}'; a name is lower-case letters, digits and _, beginning with a letter`]),
    ...(found === undefined ? [`cuts the slice ${slice} by the input '${input}'; its inputs are ${inputs.map(({ name }) => name).join(', ')}`] : numeric.has(found.scalar) ? [] : [`cuts the slice ${slice} by the input ${input}, which is ${found.scalar}; a slice is cut by numbers`]),
    ...(at.length >= 1 && at.length <= mostCuts && at.every((bound, index) => Number.isFinite(bound) && bound > (at[index - 1] ?? -Infinity)) ? [] : [`cuts the slice ${slice} at ${at.join(', ') || 'nothing'}; it is cut at 1 to ${mostCuts} numbers, each larger than the one before`]),
  ];
};

const trainingProblems = (model: ModelDefinition): readonly string[] => {
  const { training, evaluation } = model;
  const [promotion, engine]: readonly unknown[] = [training?.promotion, training?.engine];
  return [
    ...(training?.trainer === undefined || training.trainer.contentHash !== '' ? [] : [`is trained by '${training.trainer.file}', which is no file of the project; name one below its directory, such as 'trainers/${model.name}.py'`]),
    ...(promotion === undefined || promotion === 'by hand' || promotion === 'when the gate passes' ? [] : [`has training.promotion ${JSON.stringify(promotion)}; it is 'by hand' or 'when the gate passes'`]),
    ...(engine === undefined || engine === 'duckdb' || engine === 'spark' ? [] : [`has training.engine ${JSON.stringify(engine)}; it is 'duckdb' or 'spark'`]),
    ...(training?.retrain === undefined ? [] : retrainingProblems(training.retrain)),
    ...Object.entries(evaluation?.slices ?? {}).flatMap(([slice, cut]) => sliceProblems(model, slice, cut)),
    ...Object.entries(evaluation?.gate ?? {}).flatMap(([rule, value]) => (!(rule in defaultGateRules) ? [`has the rule evaluation.gate.${rule}; the rules are ${Object.keys(defaultGateRules).join(', ')}`]
      : typeof value === 'number' && value >= 0 && (rule.startsWith('minimum') ? Number.isInteger(value) : value <= 1) ? [] : [`has evaluation.gate.${rule} ${String(value)}; it is ${rule.startsWith('minimum') ? 'a whole number of rows' : 'between 0 and 1'}`])),
  ];
};

/** What models say of how they are trained and judged. */
export const checkTraining = ({ models }: Pick<Manifest, 'models'>): readonly DefinitionProblem[] =>
  Object.entries(models).flatMap(([name, model]) => trainingProblems(model).map((problem) => ({ definition: `model ${name}`, problem })));
