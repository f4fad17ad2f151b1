import type { ModelDefinition } from '../../core/manifest/manifest';
import { verdictText } from '../../core/model/gate';
import type { TrainingOrder } from '../../core/model/training-request';
import type { PreparedTraining, PromotedByRule, TrainingSetReference, TrainingWorld } from '../../lib/runtime/training/steps';
import { judgeVersion, prepareTraining, promoteByRule, registerVersion } from '../../lib/runtime/training/steps';

export type Step = 'prepare' | 'gate' | 'register' | 'promote';

/** How a step ended: what more there is to know stands in the models bucket. */
export type StepResult = PreparedTraining | PromotedByRule | { readonly outcome: 'passed' | 'refused'; readonly says: readonly string[] } | { readonly outcome: 'done'; readonly modelVersion: string };

/** What a step is about. */
export interface StepWork { readonly step: Step; readonly model: ModelDefinition; readonly order: TrainingOrder; readonly set: TrainingSetReference; readonly modelVersion: string }

/** A state is small: of many refusals these are enough to begin with. */
const mostSaid = 10;

const work: Readonly<Record<Step, (world: TrainingWorld, of: StepWork) => Promise<StepResult>>> = {
  prepare: (world, { model, order, set }) => prepareTraining(world, model, order, set),
  gate: async (world, { model, order, set, modelVersion }) => {
    const { passed, verdicts } = await judgeVersion(world, model, modelVersion, order, set);
    return { outcome: passed ? 'passed' : 'refused', says: verdicts.filter((each) => !each.passed).slice(0, mostSaid).map(verdictText) };
  },
  register: async (world, { model, order, set, modelVersion }) => {
    await registerVersion(world, model, modelVersion, order, set);
    return { outcome: 'done', modelVersion };
  },
  promote: (world, { model, modelVersion }) => promoteByRule(world, model, modelVersion),
};

/** Runs one step of a training. Each is safe to run twice. */
export const runStep = (world: TrainingWorld, of: StepWork): Promise<StepResult> => work[of.step](world, of);
