import type { EpochMillis } from '../event/time';
import type { ModelDefinition } from '../manifest/manifest';
import { sha256 } from '../manifest/hash';
import { windowOf } from '../window/hop';
import type { Retraining } from './retraining-schedule';
import { trainingOrder, type TrainingOrder, type TrainingRanges } from './training-request';

const day = 86_400_000;

/**
 * The ranges of a retraining: they end with the last midnight of UTC before it is due. A label that looks ahead is known only
 * when its while is over, so that each range is longer by that: it holds as many days of rows.
 *
 * @param moment when it is due
 */
export const retrainingRanges = ({ examples: { label } }: Pick<ModelDefinition, 'examples'>, { learnDays, judgeDays }: Retraining, moment: EpochMillis): TrainingRanges => {
  const ahead = label.kind === 'happens' ? windowOf(label.within).width : 0;
  const end = Math.floor(moment / day) * day;
  const from = end - judgeDays * day - ahead;
  return { from: from - learnDays * day - ahead, to: from, evaluateFrom: from, evaluateTo: end };
};

/**
 * What a schedule orders.
 *
 * @param execution name of the execution that it has started: a schedule may start two, and each works in a place of its own
 * @throws Error for a model that is not retrained by itself, or no moment
 */
export const retrainingOrder = (model: ModelDefinition, moment: string, manifestHash: string, execution: string): TrainingOrder => {
  const [retraining, due] = [model.training?.retrain, Date.parse(moment)];
  if (retraining === undefined || !Number.isFinite(due)) throw new Error(`The model ${model.name}@v${model.version} is ${retraining === undefined ? 'not retrained by itself' : `not due at ${JSON.stringify(moment)}, which is no moment`}; deploy again, so that its schedule is that of its definition.`);
  return trainingOrder(model, retrainingRanges(model, retraining, due), sha256(`${manifestHash} ${execution}`));
};
