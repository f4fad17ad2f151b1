import { isoText } from '../../core/event/time';
import type { Value } from '../../core/expression/evaluate';
import { longestWait } from '../../core/manifest/check-serving';
import type { EntityDefinition, ModelDefinition } from '../../core/manifest/manifest';
import { versionedName } from '../../core/manifest/manifest';
import type { AssembleInputs, ViewRead } from '../../core/model/inputs';
import { inputsOf, missingInputs, viewsReadBy, writeInputs } from '../../core/model/inputs';
import { momentOf } from '../../core/model/moment';
import type { PredictionMade } from '../../core/model/prediction-record';
import type { Problem, Result } from '../../core/model/problem';
import { failed, isProblem, problemOf } from '../../core/model/problem';
import type { PredictionInstance } from '../../core/model/request';
import { readPredictionRequest } from '../../core/model/request';
import type { Role } from '../../core/model/roles';
import { placeOf } from '../../core/model/split';
import type { ViewStatus } from '../../core/model/view-status';
import { statusAt, unreadStatus } from '../../core/model/view-status';
import type { ViewPlan, ViewState } from '../../core/window';
import { featuresAt } from '../../core/window';
import { Unavailable } from '../../lib/runtime/model/model-file';
import type { ComplainOfVersion, Predicted } from './run-versions';
import { predictRows, shadowRows } from './run-versions';
import type { ServingVersions, VersionsOf } from './serving-versions';
import type { ReadStates } from './state-reader';
import { within } from './within';

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
  /** The version that made it, and what that version does. */
  readonly modelVersion: string;
  readonly role: Role;
  readonly moment: string;
  /** Inputs that are absent. */
  readonly missing: readonly string[];
  /** By `slot.view`. */
  readonly views: Readonly<Record<string, ViewStatus>>;
}

/** `modelVersion` is the champion's; each prediction says who made it. */
export interface PredictionAnswer { readonly model: string; readonly version: number; readonly modelVersion: string; readonly predictions: readonly Prediction[] }

export interface PredictionEffects {
  readonly readStates: ReadStates;
  readonly versionsOf: VersionsOf;
  readonly newId: () => string;
  /** Told of a version that could not predict, while the answer goes on without it. */
  readonly complainOfVersion: (model: ModelDefinition, ...fault: Parameters<ComplainOfVersion>) => void;
}

/** Longest that the record of an answer waits for a shadow. */
const shadowLimitMilliseconds = 250;

/** An answer, what is to be put on the record, and what the shadows make of the same: nobody waits for them to answer. */
export interface Answered {
  readonly answer: PredictionAnswer;
  readonly made: readonly PredictionMade[];
  readonly shadowed: () => Promise<readonly PredictionMade[]>;
}

/** What one instance was worked out to, before the model ran. */
interface Assembled {
  readonly instance: PredictionInstance;
  readonly moment: number;
  readonly values: readonly Value[];
  /** `undefined` as a whole when they were not read in time. */
  readonly states: States | undefined;
}

/** What was read of each view, in the order of the reads; `undefined` for a view that has none. */
type States = readonly (ViewState | undefined)[];

const assembleInstance = ({ reads, assemble }: PreparedModel, instance: PredictionInstance, states: States | undefined, moment: number): Assembled => {
  // What was not read is unknown, other than what nobody has seen: that has counts of 0.
  const features = new Map(states === undefined ? [] : reads.map(({ slot, view, version, plan }, index) => [`${slot}.${view}@v${version}`, featuresAt(plan, states[index], moment)]));
  const values = assemble({
    request: instance.request,
    feature: ({ slot, view, version, feature }) => features.get(`${slot}.${view}@v${version}`)?.[feature] ?? null,
  });
  return { instance, moment, values, states };
};

/** `{"origin.airport_departures@v1":{"stream/shard":"sequence.subSequence"}}`: which records the state had seen. */
const watermarksText = (reads: PreparedModel['reads'], states: States | undefined): string | undefined => states && JSON.stringify(Object.fromEntries(reads.map(({ slot, view, version }, index) =>
  [`${slot}.${view}@v${version}`, Object.fromEntries((states[index]?.watermarks ?? []).map(({ source, shard, sequence, subSequence }) => [`${source}/${shard}`, `${sequence}.${subSequence}`]))])));

const newestBySlot = (reads: PreparedModel['reads'], states: States | undefined): Readonly<Record<string, number>> => {
  const newest: Record<string, number> = {};
  for (const [index, { slot }] of reads.entries()) {
    const state = states?.[index];
    if (state && state.newest > (newest[slot] ?? 0)) newest[slot] = state.newest;
  }
  return newest;
};

/** How old what was read was at the moment, view by view: what nothing was read of has no age. */
const agesOf = (reads: PreparedModel['reads'], states: States | undefined, moment: number): Readonly<Record<string, number>> => Object.fromEntries(reads.flatMap(({ slot, view, version }, index) => {
  const state = states?.[index];
  return state ? [[`${slot}.${view}@v${version}`, moment - state.newest]] : [];
}));

/**
 * States, as long as the model waits for them. Where it goes on without what is missing, states that could not be read in
 * its time are missing; a view that was never filled is a fault of whoever deploys, and is told.
 */
const statesInTime = async ({ serving }: ModelDefinition, reading: ReturnType<ReadStates>): Promise<Result<States | undefined>> => {
  const { budgetMilliseconds, missing } = serving ?? {};
  if (budgetMilliseconds === undefined) return await reading;
  const states = await within(reading, budgetMilliseconds);
  const isUnread = states === 'late' || (!states.ok && isProblem(states.problem, 'state_unavailable'));
  if (isUnread && missing !== 'fail') return { ok: true, value: undefined };
  return states === 'late' ? failed('state_unavailable', `The feature state was not read within the ${budgetMilliseconds} ms that the model waits for it; try again in a moment.`) : states;
};

/** The problem of a request some of whose instances lack inputs, for a model that predicts nothing without them. */
const missingProblem = (model: ModelDefinition, assembled: readonly Assembled[]): Problem | undefined => {
  const lacking = assembled.flatMap(({ values }, index) => {
    const missing = missingInputs(model, values);
    return missing.length === 0 ? [] : [{ pointer: `/instances/${index}`, detail: `lacks ${missing.join(', ')}` }];
  });
  const [first] = lacking;
  return first && problemOf('inputs_missing', `${first.pointer} ${first.detail}${lacking.length > 1 ? ` (and ${lacking.length - 1} more, see errors)` : ''}. The model ${versionedName(model)} predicts nothing without them; leave such instances out.`, lacking);
};

/** What was predicted; or, where an endpoint cannot answer for a while, the problem that says so. */
const predictOrSay = async (model: ModelDefinition, { champion }: ServingVersions, predict: () => Promise<readonly Predicted[]>, complain: ComplainOfVersion): Promise<Result<readonly Predicted[]>> => {
  try {
    return { ok: true, value: await predict() };
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (!(cause instanceof Unavailable)) throw error;
    complain('champion', champion.modelVersion, cause);
    return failed('model_unavailable', `Version ${champion.modelVersion} of the model ${versionedName(model)} does not answer now; try again in a moment.`);
  }
};

const statusIn = (states: States | undefined, read: number, plan: ViewPlan, moment: number): ViewStatus => (states === undefined ? unreadStatus : statusAt(plan, states[read], moment));

/**
 * Answers a prediction request: state of all instances in one read, windows and inputs for each, then the model once for
 * all of them.
 *
 * @param body the request's body, parsed
 * @param now epoch milliseconds
 * @returns the answer, and what is to be put on the record
 */
export const answerPredictions = async (body: unknown, prepared: PreparedModel, entities: Readonly<Record<string, EntityDefinition>>, now: number, effects: PredictionEffects): Promise<Result<Answered>> => {
  const { model, reads } = prepared;
  const request = readPredictionRequest(body, model, entities, now);
  if (!request.ok) return request;
  const { instances } = request.value;
  const [states, versions] = await Promise.all([
    statesInTime(model, effects.readStates(instances.flatMap((instance) => reads.map(({ plan, slot }) => ({ plan, key: instance.entities[slot] ?? {} }))))),
    effects.versionsOf(model),
  ]);
  if (!versions.ok) return versions;
  if (!states.ok) return states;

  const width = model.inputs.length;
  const tensor = new Float32Array(instances.length * width);
  const assembled: Assembled[] = [];
  for (const [index, instance] of instances.entries()) {
    const own = states.value?.slice(index * reads.length, (index + 1) * reads.length);
    const moment = momentOf(request.value, now, (own ?? []).flatMap((state) => (state ? [state.newest] : [])), `instances/${index}`);
    if (!moment.ok) return moment;
    const each = assembleInstance(prepared, instance, own, moment.value);
    writeInputs(model, each.values, tensor, index * width);
    assembled.push(each);
  }
  const refused = model.serving?.missing === 'fail' ? missingProblem(model, assembled) : undefined;
  if (refused) return { ok: false, problem: refused };
  const rows = { inputs: tensor, width };
  const complain: ComplainOfVersion = (...fault) => { effects.complainOfVersion(model, ...fault); };
  const ran = await predictOrSay(model, versions.value, () => predictRows(versions.value, rows, (row) => placeOf(model, instances[row] ?? { entities: {}, request: {} }), complain, longestWait(model)), complain);
  if (!ran.ok) return ran;
  const predicted = ran.value;
  const recordOf = ({ instance, moment, values, states: read }: Assembled, own: Predicted): PredictionMade => ({
    ...own, predictionId: effects.newId(), moment, entities: instance.entities, inputs: values, newest: newestBySlot(reads, read), watermarks: watermarksText(reads, read), ages: agesOf(reads, read, moment),
    ...(instance.reference === undefined ? {} : { reference: instance.reference }),
  });
  const made = assembled.flatMap((each, index) => (predicted[index] ? [recordOf(each, predicted[index])] : []));
  const predictions = made.map(({ predictionId, prediction, modelVersion, role, moment, inputs }, index): Prediction => ({
    predictionId, prediction, modelVersion, role, moment: isoText(moment), missing: missingInputs(model, inputs),
    views: Object.fromEntries(reads.map(({ slot, view, plan }, read) => [`${slot}.${view}`, statusIn(assembled[index]?.states, read, plan, moment)])),
  }));
  const shadowed = async (): Promise<readonly PredictionMade[]> => (await shadowRows(versions.value, rows, shadowLimitMilliseconds, complain)).flatMap(({ modelVersion, predictions: beside }) =>
    made.map((each, index): PredictionMade => ({ ...each, predictionId: effects.newId(), modelVersion, role: 'shadow', shadowOf: each.predictionId, prediction: beside[index] ?? Number.NaN })));
  return { ok: true, value: { answer: { model: model.name, version: model.version, modelVersion: versions.value.champion.modelVersion, predictions }, made, shadowed } };
};
