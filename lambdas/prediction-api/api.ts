import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Authorization } from '../../core/environment/api';
import type { Manifest, ModelDefinition } from '../../core/manifest/manifest';
import { versionedName } from '../../core/manifest/manifest';
import { predictionEventText } from '../../core/model/prediction-record';
import type { PredictionMade } from '../../core/model/prediction-record';
import type { Result } from '../../core/model/problem';
import { isProblem, problemOf } from '../../core/model/problem';
import type { Pseudonymise } from '../../core/model/pseudonym';
import { pseudonymousKeys, pseudonymsUnder } from '../../core/model/pseudonym';
import { isLogged } from '../../core/model/sample';
import { openApiOf } from '../../core/model/openapi/document';
import { findModel, findViews, readJson } from '../../core/model/request';
import type { ViewPlan } from '../../core/window';
import { planView } from '../../core/window';
import type { TokenContext } from './authorization';
import { predictionRefusal } from './authorization';
import { answerFeatures } from './features';
import type { Route } from './http';
import { bodyOf, jsonAnswer, jsonTextAnswer, problemAnswer, routeOf } from './http';
import type { ModelsEffects } from './models';
import { describeModel, listModels } from './models';
import type { PredictionLog } from './prediction-log';
import type { Answered, PredictionEffects, PreparedModel } from './predictions';
import { answerPredictions, prepareModel } from './predictions';
import { within } from './within';

/** An answer waits so long for the key of pseudonyms, once a process: it is asked for when the process begins. */
const longestKeyMilliseconds = 300;

/** What the API did, for metrics. */
export interface ApiCounts {
  readonly model: string;
  readonly predictions: number;
  /** Prediction events that are not known to be on the stream. */
  readonly lost: number;
  /** Predictions that were made without the feature state, which was not read in time. */
  readonly unread: number;
}

export interface ApiEffects extends PredictionEffects, ModelsEffects {
  readonly log: PredictionLog;
  /** The key under which the log hashes who somebody is; asked for by models of persons alone. */
  readonly pseudonymKey: () => Promise<Uint8Array>;
  readonly now: () => number;
  readonly count: (counts: ApiCounts) => void;
}

export type ApiRequest = Pick<APIGatewayProxyEventV2, 'rawPath' | 'body' | 'isBase64Encoded'> & { readonly requestContext: APIGatewayProxyEventV2['requestContext'] & TokenContext };

const answerOf = (result: Result<unknown>): APIGatewayProxyStructuredResultV2 => (result.ok ? jsonAnswer(result.value) : problemAnswer(result.problem));

/** Where the API stands, and who may ask it. */
export interface ApiPlace {
  /** CloudEvents source of the prediction events that it puts. */
  readonly source: string;
  readonly authorization: Authorization;
}

/** The API: one function from a request to an answer. */
export const predictionApi = (manifest: Manifest, { source, authorization }: ApiPlace, effects: ApiEffects) => {
  const plans = new Map<string, ViewPlan>(Object.values(manifest.views).map((view) => [versionedName(view), planView(manifest, view)]));
  const models = new Map<string, PreparedModel>();
  const prepared = (model: ModelDefinition): PreparedModel => {
    const name = versionedName(model);
    const known = models.get(name) ?? prepareModel(model, plans);
    models.set(name, known);
    return known;
  };

  /** Without the key of pseudonyms nothing is logged of a person, and what is not logged counts as lost. */
  const pseudonyms = async (model: ModelDefinition): Promise<Pseudonymise | undefined> => {
    if (pseudonymousKeys(model, manifest.entities).length === 0) return (_scalar, value) => value;
    try {
      const key = await within(effects.pseudonymKey(), longestKeyMilliseconds);
      if (key === 'late') throw new Error(`it did not come within ${longestKeyMilliseconds} ms`);
      return pseudonymsUnder(key);
    } catch (error) {
      effects.complain('the key of pseudonyms could not be read, and nothing was logged', error);
      return undefined;
    }
  };

  const put = async (made: readonly PredictionMade[], model: ModelDefinition): Promise<number> => {
    const logged = made.filter((each) => isLogged(model, each));
    const pseudonymise = logged.length > 0 ? await pseudonyms(model) : undefined;
    if (!pseudonymise) return logged.length;
    return await effects.log.put(logged.map((each) => ({ predictionId: each.predictionId, text: predictionEventText(each, model, manifest.entities, { source, time: effects.now(), manifestHash: manifest.hash, pseudonymise }) })));
  };

  /**
   * Puts what was predicted on the stream; the answer waits for it, but not for long, and never depends on it. Shadows run
   * while that is on its way.
   */
  const record = async ({ made, shadowed }: Answered, model: ModelDefinition): Promise<void> => {
    const [lost, lostBeside] = await Promise.all([put(made, model), shadowed().then((beside) => (beside.length === 0 ? 0 : put(beside, model)))]);
    effects.count({ model: model.name, predictions: made.length, lost: lost + lostBeside, unread: made.filter(({ watermarks }) => watermarks === undefined).length });
  };

  const predict = async (name: string, request: ApiRequest): Promise<APIGatewayProxyStructuredResultV2> => {
    const refusal = predictionRefusal(authorization, request.requestContext, name);
    if (refusal) return problemAnswer(refusal);
    const model = findModel(manifest.models, name);
    if (!model.ok) return problemAnswer(model.problem);
    const json = readJson(bodyOf(request));
    if (!json.ok) return problemAnswer(json.problem);
    const result = await answerPredictions(json.value, prepared(model.value), manifest.entities, effects.now(), effects);
    if (!result.ok) return problemAnswer(result.problem);
    await record(result.value, model.value);
    return jsonAnswer(result.value.answer);
  };

  const features = async (name: string, body: Uint8Array): Promise<APIGatewayProxyStructuredResultV2> => {
    const views = findViews(manifest.views, name);
    if (!views.ok) return problemAnswer(views.problem);
    const json = readJson(body);
    if (!json.ok) return problemAnswer(json.problem);
    let problem = problemOf('unknown_view', `The feature view ${name} describes an entity that this release does not have; deploy again.`);
    // Without a version the newest one that is filled answers: a new version does not interrupt who reads the view.
    for (const view of views.value) {
      const [plan, entity] = [plans.get(versionedName(view)), manifest.entities[view.entity]];
      if (!plan || !entity) continue;
      const result = await answerFeatures(json.value, plan, entity, effects.now(), effects.readStates);
      if (result.ok) return jsonAnswer(result.value);
      problem = result.problem;
      if (!isProblem(problem, 'view_not_filled')) break;
    }
    return problemAnswer(problem);
  };

  const describe = async (name: string): Promise<APIGatewayProxyStructuredResultV2> => {
    const model = findModel(manifest.models, name);
    if (!model.ok) return problemAnswer(model.problem);
    return answerOf(await describeModel(model.value, manifest.entities, effects));
  };

  // Worked out when it is first asked for, and the same as long as the process lives.
  let openApi: string | undefined;

  const answer = async (route: Route, request: ApiRequest): Promise<APIGatewayProxyStructuredResultV2> => {
    switch (route.kind) {
      case 'predict': return await predict(route.name, request);
      case 'features': return await features(route.name, bodyOf(request));
      case 'model': return await describe(route.name);
      case 'models': return answerOf(await listModels(manifest.models, effects));
      case 'openapi': return jsonTextAnswer(openApi ??= JSON.stringify(openApiOf(manifest, authorization)));
    }
  };

  return async (request: ApiRequest): Promise<APIGatewayProxyStructuredResultV2> => {
    const route = routeOf(request);
    if (!route) return problemAnswer(problemOf('not_found', 'The paths are POST /v1/models/{model}/predictions, POST /v1/features/{view}/query, GET /v1/models, GET /v1/models/{model} and GET /v1/openapi.json.'));
    try {
      return await answer(route, request);
    } catch (error) {
      effects.complain('a request could not be answered', error);
      return problemAnswer(problemOf('internal', 'The request could not be answered for a reason on our side; try again, and tell who runs this API when it stays so.'));
    }
  };
};
