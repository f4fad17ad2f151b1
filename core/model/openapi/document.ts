import type { Authorization } from '../../environment/api';
import type { JsonSchema } from '../../contract/json-schema';
import type { Manifest, ModelDefinition, ViewDefinition } from '../../manifest/manifest';
import { versionedName } from '../../manifest/manifest';
import type { ProblemCode } from '../problem';
import { statusOf } from '../problem';
import type { Access } from './access';
import { accessOf } from './access';
import { featureAnswerSchema, featureQuerySchema, modelDescriptionSchema, modelListSchema, predictionAnswerSchema, predictionRequestSchema, problemSchema } from './schemas';

/** An OpenAPI 3.1 document, as data. */
export type OpenApi = Readonly<Record<string, unknown>>;

const schemaRef = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });
const json = (schema: JsonSchema): JsonSchema => ({ 'application/json': { schema } });

/** Responses by status: the answer, the problems of the route, and what the gateway itself says. */
const responses = ({ refusals }: Access, answer: string, schema: string, codes: readonly ProblemCode[]): Readonly<Record<string, unknown>> => {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of [...codes, 'internal' as const]) byStatus.set(statusOf(code), [...(byStatus.get(statusOf(code)) ?? []), code]);
  return {
    200: { description: answer, content: json(schemaRef(schema)) },
    ...refusals,
    429: { description: 'Too many requests: the gateway\'s own answer.' },
    ...Object.fromEntries([...byStatus].map(([status, own]) => [status, { description: own.join(', '), content: { 'application/problem+json': { schema: schemaRef('Problem') } } }])),
  };
};

const bodyProblems = ['bad_json', 'body_too_large', 'invalid_request'] as const;

/** A component's name takes letters, digits, `.`, `-` and `_`. */
const componentName = (kind: string, { name, version }: { readonly name: string; readonly version: number }): string => `${kind}.${name}.v${version}`;

/** The versions of each name under it and, for who takes the newest, the name alone. */
const paths = <Definition extends { readonly name: string; readonly version: number }>(definitions: Readonly<Record<string, Definition>>): readonly (readonly [string, Definition])[] => {
  const all = Object.values(definitions).sort((left, right) => left.version - right.version);
  const newest = new Map(all.map((each) => [each.name, each]));
  return [...newest, ...all.map((each): [string, Definition] => [versionedName(each), each])];
};

const operationId = (verb: string, name: string): string => `${verb}_${name.replace('@', '_')}`;

const predictionPath = (access: Access, name: string, model: ModelDefinition): readonly [string, unknown] => [`/v1/models/${name}/predictions`, { post: {
  operationId: operationId('predict', name), tags: [model.name], summary: `Predictions of ${versionedName(model)}`, ...(model.description === undefined ? {} : { description: model.description }),
  requestBody: { required: true, content: json(schemaRef(componentName('PredictionRequest', model))) },
  ...access.operation('predict', model.name),
  responses: responses(access, 'A prediction for each instance, in their order.', componentName('PredictionAnswer', model), [...bodyProblems, ...(access.hasModelScopes ? ['insufficient_scope' as const] : []), 'not_answerable', 'inputs_missing', 'model_unavailable', 'view_not_filled', 'state_unavailable']),
} }];

const describePath = (access: Access, name: string, model: ModelDefinition): readonly [string, unknown] => [`/v1/models/${name}`, { get: {
  operationId: operationId('describe', name), tags: [model.name], summary: `What ${versionedName(model)} is asked with, and which versions serve it`,
  ...access.operation('models'),
  responses: responses(access, 'The model.', 'Model', ['models_unavailable']),
} }];

const queryPath = (access: Access, name: string, view: ViewDefinition): readonly [string, unknown] => [`/v1/features/${name}/query`, { post: {
  operationId: operationId('query', name), tags: [view.name], summary: `Features of ${versionedName(view)}`, ...(view.description === undefined ? {} : { description: view.description }),
  requestBody: { required: true, content: json(schemaRef(componentName('FeatureQuery', view))) },
  ...access.operation('features'),
  responses: responses(access, 'The features of each entity, in their order.', componentName('FeatureAnswer', view), [...bodyProblems, 'not_answerable', 'view_not_filled', 'state_unavailable']),
} }];

/**
 * The API of a manifest as an OpenAPI 3.1 document: each model and feature view has paths of its own, with the schemas of
 * what it is asked with and answers.
 *
 * @param authorization of the environment in which it answers
 */
export const openApiOf = (manifest: Manifest, authorization: Authorization): OpenApi => {
  const access = accessOf(authorization);
  const models = paths(manifest.models);
  const views = paths(manifest.views);
  const schemas = Object.fromEntries([
    ...Object.values(manifest.models).flatMap((model) => [
      [componentName('PredictionRequest', model), predictionRequestSchema(model, manifest.entities)],
      [componentName('PredictionAnswer', model), predictionAnswerSchema(model)],
    ]),
    ...views.filter(([name, view]) => name === versionedName(view)).flatMap(([, view]) => [
      [componentName('FeatureQuery', view), featureQuerySchema(view, manifest.entities)],
      [componentName('FeatureAnswer', view), featureAnswerSchema(view, manifest.entities)],
    ]),
    ['ModelList', modelListSchema], ['Model', modelDescriptionSchema], ['Problem', problemSchema],
  ]) as Readonly<Record<string, JsonSchema>>;
  return {
    openapi: '3.1.1',
    info: { title: 'Headrace', description: 'Predictions and features.', version: manifest.hash.slice(0, 12) },
    servers: [{ url: '/' }],
    paths: Object.fromEntries([
      ['/v1/models', { get: { operationId: 'models', summary: 'Every model, and the versions that serve it', ...access.operation('models'), responses: responses(access, 'The models.', 'ModelList', ['models_unavailable']) } }],
      ['/v1/openapi.json', { get: { operationId: 'openapi', summary: 'This document', ...access.operation('models'), responses: { ...access.refusals, 200: { description: 'An OpenAPI 3.1 document.', content: json({ type: 'object' }) } } } }],
      ...models.map(([name, model]) => describePath(access, name, model)),
      ...models.map(([name, model]) => predictionPath(access, name, model)),
      ...views.map(([name, view]) => queryPath(access, name, view)),
    ]),
    components: {
      schemas,
      securitySchemes: access.securitySchemes,
    },
  };
};
