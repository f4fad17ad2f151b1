import type { FieldNode, FieldNodes } from '../../definition/node';
import type { JsonSchema } from '../../contract/json-schema';
import { fieldSchema } from '../../contract/json-schema';
import type { EntityDefinition, ModelDefinition, ViewDefinition } from '../../manifest/manifest';
import { viewsReadBy } from '../inputs';
import { longestReference, mostInstances } from '../request';
import { roles } from '../roles';

/*
 * The API's documents as JSON Schemas (2020-12, as OpenAPI 3.1 has them). Requests are closed, as the API refuses what it does
 * not know; answers are open, as a later release may say more.
 */

const text: JsonSchema = { type: 'string' };
const moment: JsonSchema = { type: 'string', format: 'date-time' };
const orNull = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: 'null' }] });
const arrayOf = (items: JsonSchema): JsonSchema => ({ type: 'array', items });
/** An object all of whose members are there. */
const objectOf = (properties: Readonly<Record<string, JsonSchema>>, optional: Readonly<Record<string, JsonSchema>> = {}): JsonSchema =>
  ({ type: 'object', required: Object.keys(properties), properties: { ...properties, ...optional } });
const closed = (schema: JsonSchema): JsonSchema => ({ ...schema, additionalProperties: false });

const fieldsSchema = (fields: FieldNodes): JsonSchema => closed({
  type: 'object', required: Object.entries(fields).filter(([, { optional }]) => !optional).map(([name]) => name), properties: Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, fieldSchema(field)])),
});

/** A key: an object of its fields or, where there is but one, its value. */
const keySchema = ({ key }: Pick<EntityDefinition, 'key'>): JsonSchema => {
  const [only, ...others] = Object.values(key);
  return only && others.length === 0 ? { anyOf: [fieldsSchema(key), fieldSchema({ ...only, optional: false })] } : fieldsSchema(key);
};

type Entities = Readonly<Record<string, EntityDefinition>>;
const entityOf = (entities: Entities, name: string): Pick<EntityDefinition, 'key'> => entities[name] ?? { key: {} };

const asked = (list: string, items: JsonSchema): JsonSchema => closed(objectOf({ [list]: { ...arrayOf(items), minItems: 1, maxItems: mostInstances } }, {
  at: { ...moment, description: 'An earlier moment; now, if left out.' },
  allowNewerState: { type: 'boolean', description: 'Answer for the first later moment where the state already holds an event at or after `at`.' },
}));

const requestMembers = (model: ModelDefinition, entities: Entities): JsonSchema => {
  const slots = Object.fromEntries(Object.entries(model.entities).map(([slot, name]) => [slot, keySchema(entityOf(entities, name))]));
  const [hasSlots, needsRequest] = [Object.keys(slots).length > 0, Object.values(model.request).some(({ optional }) => !optional)];
  return closed({ type: 'object', required: [...(hasSlots ? ['entities'] : []), ...(needsRequest ? ['request'] : [])], properties: {
    entities: closed(objectOf(slots)), request: fieldsSchema(model.request),
    reference: { type: 'string', minLength: 1, maxLength: longestReference, description: 'Id of the event that will tell the outcome, where it is known: it goes to the log of predictions, and into no prediction.' },
  } });
};

/** What a prediction is asked with. */
export const predictionRequestSchema = (model: ModelDefinition, entities: Entities): JsonSchema => asked('instances', requestMembers(model, entities));

const statusSchema: JsonSchema = objectOf({ status: { type: 'string', enum: ['present', 'missing', 'stale', 'unread'] }, newestEventTime: orNull(moment) });

/** What a prediction is answered with. */
export const predictionAnswerSchema = (model: ModelDefinition): JsonSchema => objectOf({
  model: { const: model.name }, version: { const: model.version },
  modelVersion: { ...text, description: 'The champion; each prediction says which version made it.' },
  predictions: arrayOf(objectOf({
    predictionId: text,
    prediction: { type: 'number', ...(model.predicts === 'probability' ? { minimum: 0, maximum: 1 } : {}) },
    modelVersion: text,
    role: { type: 'string', enum: roles.filter((role) => role !== 'shadow') },
    moment,
    missing: { ...arrayOf({ type: 'string', enum: model.inputs.map(({ name }) => name) }), description: 'Inputs that are absent.' },
    views: objectOf(Object.fromEntries(viewsReadBy(model).map(({ slot, view }) => [`${slot}.${view}`, statusSchema]))),
  })),
});

/** What features are asked with. */
export const featureQuerySchema = (view: ViewDefinition, entities: Entities): JsonSchema => asked('entities', keySchema(entityOf(entities, view.entity)));

const anyNull = (field: FieldNode): JsonSchema => fieldSchema({ ...field, optional: true });

/** What features are answered with. */
export const featureAnswerSchema = (view: ViewDefinition, entities: Entities): JsonSchema => objectOf({
  view: { const: view.name }, version: { const: view.version },
  results: arrayOf(objectOf({
    entity: fieldsSchema(entityOf(entities, view.entity).key), moment, status: { type: 'string', enum: ['present', 'missing', 'stale'] }, newestEventTime: orNull(moment),
    features: objectOf(Object.fromEntries(view.features.map(({ name, scalar }) => [name, anyNull({ scalar, optional: true, personal: false })]))),
  })),
});

const servingMembers = { modelVersion: text, promotedAt: text };
const summaryMembers = {
  model: text, version: { type: 'integer' }, predicts: { anyOf: [{ enum: ['probability', 'number'] }, objectOf({ classes: arrayOf(text) })] },
  champion: orNull(objectOf(servingMembers)), challenger: orNull(objectOf({ ...servingMembers, weight: { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 } })), shadows: arrayOf(objectOf(servingMembers)),
} as const;

export const modelListSchema: JsonSchema = objectOf({ models: arrayOf(objectOf(summaryMembers, { description: text })) });

const versionSchema: JsonSchema = objectOf({ modelVersion: text, role: { type: 'string', enum: roles } },
  { createdAt: text, trainingSetHash: text, checksum: text, metrics: { type: 'object', additionalProperties: { type: 'number' } } });

export const modelDescriptionSchema: JsonSchema = objectOf({
  ...summaryMembers, entities: { type: 'object', additionalProperties: objectOf({ entity: text, key: { type: 'object' } }) }, request: { type: 'object' },
  inputs: arrayOf(objectOf({ name: text, type: text })), versions: arrayOf(versionSchema),
}, { description: text });

/** A problem document (RFC 9457). */
export const problemSchema: JsonSchema = objectOf({ type: text, title: text, status: { type: 'integer' }, detail: text }, { errors: arrayOf(objectOf({ pointer: text, detail: text })) });
