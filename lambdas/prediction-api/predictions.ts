import { isoText } from '../../core/event/time';
import type { Value } from '../../core/expression/evaluate';
import type { EntityDefinition, ModelDefinition } from '../../core/manifest/manifest';
import { versionedName } from '../../core/manifest/manifest';
import type { AssembleInputs, ViewRead } from '../../core/model/inputs';
import { inputsOf, missingInputs, viewsReadBy, writeInputs } from '../../core/model/inputs';
import { momentOf } from '../../core/model/moment';
import type { PredictionMade } from '../../core/model/prediction-record';
import type { Result } from '../../core/model/problem';
import type { PredictionInstance } from '../../core/model/request';
import { readPredictionRequest } from '../../core/model/request';
import type { ViewStatus } from '../../core/model/view-status';
import { statusAt } from '../../core/model/view-status';
import type { ViewPlan, ViewState } from '../../core/window';
import { featuresAt } from '../../core/window';
import type { ChampionModel } from './champion';
import type { ReadStates } from './state-reader';

/** A model, ready to answer: its expressions compiled, and the plans of the views that it reads. */
export interface PreparedModel {
  readonly model: ModelDefinition;
  readonly reads: readonly (ViewRead & { readonly plan: ViewPlan })[];
  readonly assemble: AssembleInputs;
}

/** @param plans by `name@vN` */
export const prepareModel = (model: ModelDefinition, plans: ReadonlyMap<string, ViewPlan>): PreparedModel => ({
  model,
  reads: viewsReadBy(model).map((read) => {
    const plan = plans.get(versionedName({ name: read.view, version: read.version }));
    if (!plan) throw new Error(`The model ${versionedName(model)} reads the feature view ${read.view}@v${read.version}, which has no state; compile the definitions again.`);
    return { ...read, plan };
  }),
  assemble: inputsOf(model),
});

interface Prediction {
  readonly predictionId: string;
  readonly prediction: number;
  readonly moment: string;
  /** Inputs that are absent. */
  readonly missing: readonly string[];
  /** By `slot.view`. */
  readonly views: Readonly<Record<string, ViewStatus>>;
}

export interface PredictionAnswer { readonly model: string; readonly version: number; readonly modelVersion: string; readonly predictions: readonly Prediction[] }

export interface PredictionEffects {
  readonly readStates: ReadStates;
  readonly championOf: (model: ModelDefinition) => Promise<Result<ChampionModel>>;
  readonly newId: () => string;
}

/** What one instance was worked out to, before the model ran. */
interface Assembled {
  readonly instance: PredictionInstance;
  readonly moment: number;
  readonly values: readonly Value[];
  readonly states: readonly (ViewState | undefined)[];
}

const assembleInstance = ({ reads, assemble }: PreparedModel, instance: PredictionInstance, states: readonly (ViewState | undefined)[], moment: number): Assembled => {
  const features = new Map(reads.map(({ slot, view, version, plan }, index) => [`${slot}.${view}@v${version}`, featuresAt(plan, states[index], moment)]));
  const values = assemble({
    request: instance.request,
    feature: ({ slot, view, version, feature }) => features.get(`${slot}.${view}@v${version}`)?.[feature] ?? null,
  });
  return { instance, moment, values, states };
};

/** `{"origin.airport_departures@v1":{"stream/shard":"sequence.subSequence"}}`: which records the state had seen. */
const watermarksText = (reads: PreparedModel['reads'], states: readonly (ViewState | undefined)[]): string => JSON.stringify(Object.fromEntries(reads.map(({ slot, view, version }, index) =>
  [`${slot}.${view}@v${version}`, Object.fromEntries((states[index]?.watermarks ?? []).map(({ source, shard, sequence, subSequence }) => [`${source}/${shard}`, `${sequence}.${subSequence}`]))])));

const newestBySlot = (reads: PreparedModel['reads'], states: readonly (ViewState | undefined)[]): Readonly<Record<string, number>> => {
  const newest: Record<string, number> = {};
  for (const [index, { slot }] of reads.entries()) {
    const state = states[index];
    if (state && state.newest > (newest[slot] ?? 0)) newest[slot] = state.newest;
  }
  return newest;
};

/**
 * Answers a prediction request: state of all instances in one read, windows and inputs for each, then the model once for
 * all of them.
 *
 * @param body the request's body, parsed
 * @param now epoch milliseconds
 * @returns the answer, and what is to be put on the record
 */
export const answerPredictions = async (body: unknown, prepared: PreparedModel, entities: Readonly<Record<string, EntityDefinition>>, now: number, effects: PredictionEffects): Promise<Result<{ readonly answer: PredictionAnswer; readonly made: readonly PredictionMade[] }>> => {
  const { model, reads } = prepared;
  const request = readPredictionRequest(body, model, entities, now);
  if (!request.ok) return request;
  const { instances } = request.value;
  const [states, champion] = await Promise.all([
    effects.readStates(instances.flatMap((instance) => reads.map(({ plan, slot }) => ({ plan, key: instance.entities[slot] ?? {} })))),
    effects.championOf(model),
  ]);
  if (!champion.ok) return champion;
  if (!states.ok) return states;

  const width = model.inputs.length;
  const tensor = new Float32Array(instances.length * width);
  const assembled: Assembled[] = [];
  for (const [index, instance] of instances.entries()) {
    const own = states.value.slice(index * reads.length, (index + 1) * reads.length);
    const moment = momentOf(request.value, now, own.flatMap((state) => (state ? [state.newest] : [])), `instances/${index}`);
    if (!moment.ok) return moment;
    const each = assembleInstance(prepared, instance, own, moment.value);
    writeInputs(model, each.values, tensor, index * width);
    assembled.push(each);
  }
  const { modelVersion, predict } = champion.value;
  const outputs = await predict(tensor, width);
  if (outputs.some((output) => !Number.isFinite(output))) throw new Error(`version ${modelVersion} of ${versionedName(model)} gave a prediction that is no number; promote another version`);
  const made = assembled.map((each, index): PredictionMade => ({
    predictionId: effects.newId(), modelVersion, moment: each.moment, prediction: outputs[index] ?? Number.NaN, entities: each.instance.entities, inputs: each.values,
    newest: newestBySlot(reads, each.states), watermarks: watermarksText(reads, each.states),
  }));
  const predictions = made.map(({ predictionId, prediction, moment, inputs }, index): Prediction => ({
    predictionId, prediction, moment: isoText(moment), missing: missingInputs(model, inputs),
    views: Object.fromEntries(reads.map(({ slot, view, plan }, read) => [`${slot}.${view}`, statusAt(plan, assembled[index]?.states[read], moment)])),
  }));
  return { ok: true, value: { answer: { model: model.name, version: model.version, modelVersion, predictions }, made } };
};
