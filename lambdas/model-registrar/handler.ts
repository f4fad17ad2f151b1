import manifest from '@generated/manifest';
import type { TrainingOrder } from '../../core/model/training-request';
import { retrainingOrder } from '../../core/model/retraining';
import { trainingExecutionName } from '../../core/model/training-request';
import type { TrainingSetReference, TrainingWorld } from '../../lib/runtime/training/steps';
import { readVariables } from '../../lib/runtime/variables';
import type { Step, StepResult } from './steps';
import { runStep } from './steps';

const { AWS_REGION, MODELS_BUCKET, TRAINER_HASH } = readVariables('AWS_REGION', 'MODELS_BUCKET', 'TRAINER_HASH');

/** What the state machine gives a step: the order, and what the steps before have found. */
interface StepInput extends TrainingOrder {
  readonly step: Step;
  /** ARN of the execution. */
  readonly by: string;
  readonly set: TrainingSetReference;
  readonly modelVersion?: string;
}

/** What a schedule has the state machine begin with. */
interface DueInput extends Pick<TrainingOrder, 'model'> { readonly step: 'order'; readonly by: string; readonly moment: string }

/** A task of the state machine `train-model`: what a schedule orders, prepare, gate, register or promote. */
export const handler = async (input: StepInput | DueInput): Promise<StepResult | TrainingOrder> => {
  const model = manifest.models[input.model];
  if (model === undefined) throw new Error(`model ${input.model} is not one of ${Object.keys(manifest.models).join(', ')} that this release was deployed with; deploy again.`);
  if (input.step === 'order') return retrainingOrder(model, input.moment, manifest.hash, input.by);
  const { step, by, set, modelVersion, ...order } = input;
  const world: TrainingWorld = { manifest, zone: { region: AWS_REGION, bucket: MODELS_BUCKET }, platformTrainer: TRAINER_HASH, execution: trainingExecutionName(order), by };
  return runStep(world, { step, model, order, set, modelVersion: modelVersion ?? '' });
};
