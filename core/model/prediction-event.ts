import type { ExpressionNode, FieldNode, FieldNodes } from '../definition/node';
import { nodesIn } from '../expression/walk';
import type { EntityDefinition, KeptContract, ModelDefinition } from '../manifest/manifest';
import { roles } from './roles';

/** What the event type of a model's predictions is made from; the compile has no hash of the model yet. */
export type PredictingModel = Pick<ModelDefinition, 'name' | 'version' | 'owner' | 'predicts' | 'entities' | 'request' | 'inputs'>;
type Entities = Readonly<Record<string, Pick<EntityDefinition, 'key'>>>;

/** Name of the event type of a model's predictions. */
export const predictionEventName = (model: Pick<ModelDefinition, 'name'>): string => `prediction.${model.name}`;

/** Field of a prediction event that holds one key field of the entity in a slot. */
export const keyFieldName = (slot: string, keyField: string): string => `${slot}__${keyField}`;

/** Field of a prediction event that holds the newest event time in the items read for a slot. */
export const newestFieldName = (slot: string): string => `newest_${slot}`;

const field = (scalar: FieldNode['scalar'], flags: { readonly optional?: boolean; readonly personal?: boolean } = {}): FieldNode =>
  ({ scalar, optional: flags.optional ?? false, personal: flags.personal ?? false });

const predictionField = (predicts: ModelDefinition['predicts']): FieldNode =>
  typeof predicts === 'object' ? { ...field('string'), oneOf: predicts.classes } : field('float');

/** Whether an input repeats a request field that is personal: then it is personal in the prediction too. */
export const isPersonalInput = (node: ExpressionNode, request: FieldNodes): boolean => nodesIn(node).some((each) => each.kind === 'request' && (request[each.name]?.personal ?? false));

/** Fields of the log that events of former releases do not have. Their names are such that no input is likely to have them. */
const logFields: FieldNodes = {
  /** How many predictions it stands for. */
  logWeight: field('float', { optional: true }),
  /** Milliseconds from the newest event of each item that was read to the moment, by `slot.view@v1`, as JSON. */
  viewAges: field('string', { optional: true }),
  /** Hash of the definitions by which it was made. */
  manifestHash: field('string', { optional: true }),
  /** What the caller knows the outcome by: the id of the event that will tell it. */
  exampleReference: field('string', { optional: true }),
};

/** The fields that every prediction has, whatever the inputs are. */
const platformFields = (model: PredictingModel, entities: Entities): FieldNodes => {
  const slots = Object.entries(model.entities);
  return {
    predictionId: field('string'),
    modelVersion: field('string'),
    moment: field('timestamp'),
    prediction: predictionField(model.predicts),
    ...Object.fromEntries(slots.flatMap(([slot, name]) =>
      Object.entries(entities[name]?.key ?? {}).map(([key, { scalar, personal }]) => [keyFieldName(slot, key), field(scalar, { personal })]))),
    ...Object.fromEntries(slots.map(([slot]) => [newestFieldName(slot), field('timestamp', { optional: true })])),
    watermarks: field('string', { optional: true }),
    // Since models have roles: events of before have neither.
    modelRole: { ...field('string', { optional: true }), oneOf: roles },
    shadowOf: field('string', { optional: true }),
    // Since the log may be a sample, and is compared with what was read and what became of it.
    ...logFields,
  };
};

/**
 * Fields of a prediction event that hold the model's inputs, in the order of the inputs: the input's own name, or
 * `input__<name>` where a field of the platform has that name already.
 */
export const inputFieldNames = (model: PredictingModel, entities: Entities): readonly string[] => {
  const taken = platformFields(model, entities);
  return model.inputs.map(({ name }) => (name in taken ? `input__${name}` : name));
};

/**
 * The event type of a model's predictions: what was predicted, for whom, from which inputs and which state. The platform
 * puts these events itself, and they pass the same contract, validator and lake as any other.
 *
 * Its version is the model's, so what the platform adds to it is optional, and no deploy asks for another version of a
 * model because of it.
 *
 * @param model the model; each of its slots' entities must be among `entities`
 * @param entities by name
 * @returns the definition without its hash; its version is the model's
 */
export const predictionEventOf = (model: PredictingModel, entities: Entities): Omit<KeptContract, 'hash'> => {
  const names = inputFieldNames(model, entities);
  return {
    kind: 'event',
    name: predictionEventName(model),
    version: model.version,
    ...(model.owner === undefined ? {} : { owner: model.owner }),
    description: `Predictions of the model ${model.name}@v${model.version}, with the inputs that they were made from.`,
    partitionBy: 'predictionId',
    knownAt: 'arrival',
    platform: true,
    fields: {
      ...platformFields(model, entities),
      // An input can be absent in a prediction: absent is never written as zero.
      ...Object.fromEntries(model.inputs.map(({ scalar, expression }, index) =>
        [names[index] ?? '', field(scalar, { optional: true, personal: isPersonalInput(expression, model.request) })])),
    },
  };
};
