import type { EpochMillis } from '../event/time';
import { isoText } from '../event/time';
import type { Value } from '../expression/evaluate';
import type { EntityDefinition, ModelDefinition } from '../manifest/manifest';
import { inputFieldNames, isPersonalInput, keyFieldName, newestFieldName, predictionEventName } from './prediction-event';
import type { Pseudonymise } from './pseudonym';
import { isPseudonymous } from './pseudonym';
import type { FieldValues } from './request';
import type { Role } from './roles';
import { loggedShare } from './sample';
import { wireValue } from './wire-value';

/** A prediction that was answered, or that a shadow made beside it, with all that it was made from. */
export interface PredictionMade {
  readonly predictionId: string;
  readonly modelVersion: string;
  readonly role: Role;
  /** Id of the prediction that was answered, where a shadow made this one. */
  readonly shadowOf?: string;
  readonly moment: EpochMillis;
  readonly prediction: number;
  /** Keys of the entities, by slot. */
  readonly entities: Readonly<Record<string, FieldValues>>;
  /** In the order of the model's inputs. */
  readonly inputs: readonly Value[];
  /** Newest event time in the items read for a slot, by slot; absent where there was none. */
  readonly newest: Readonly<Record<string, EpochMillis>>;
  /** Up to which records the state read had been folded. */
  readonly watermarks: string | undefined;
  /** Milliseconds from the newest event of each item that was read to the moment, by `slot.view@v1`; absent where there was none. */
  readonly ages: Readonly<Record<string, number>>;
  /** Id of the event that will tell the outcome, where the caller knows it. */
  readonly reference?: string;
}

/** Who says so, when, and by which definitions. */
export interface EventOrigin { readonly source: string; readonly time: EpochMillis; readonly manifestHash: string; /** What stands for who somebody is; asked for nothing else. */ readonly pseudonymise: Pseudonymise }

/** The CloudEvents JSON of a prediction, as the stream takes it: what is absent is left out. */
export const predictionEventText = (made: PredictionMade, model: ModelDefinition, entities: Readonly<Record<string, EntityDefinition>>, { source, time, manifestHash, pseudonymise }: EventOrigin): string => {
  const data: Record<string, Value> = { predictionId: made.predictionId, modelVersion: made.modelVersion, moment: isoText(made.moment), prediction: made.prediction };
  for (const [slot, name] of Object.entries(model.entities)) {
    for (const [key, field] of Object.entries(entities[name]?.key ?? {})) {
      const value = made.entities[slot]?.[key] ?? null;
      data[keyFieldName(slot, key)] = wireValue(field.scalar, isPseudonymous(field) ? pseudonymise(field.scalar, value) : value);
    }
    const newest = made.newest[slot];
    if (newest !== undefined) data[newestFieldName(slot)] = isoText(newest);
  }
  if (made.watermarks !== undefined) data['watermarks'] = made.watermarks;
  data['modelRole'] = made.role;
  if (made.shadowOf !== undefined) data['shadowOf'] = made.shadowOf;
  data['logWeight'] = 1 / loggedShare(model);
  if (Object.keys(made.ages).length > 0) data['viewAges'] = JSON.stringify(made.ages);
  data['manifestHash'] = manifestHash;
  if (made.reference !== undefined) data['exampleReference'] = made.reference;
  const names = inputFieldNames(model, entities);
  for (const [index, { scalar, expression }] of model.inputs.entries()) {
    const [name, value] = [names[index], made.inputs[index] ?? null];
    // What the request said of a person is not kept.
    if (name !== undefined && value !== null && !isPersonalInput(expression, model.request)) data[name] = wireValue(scalar, value);
  }
  return JSON.stringify({ specversion: '1.0', id: made.predictionId, source, type: predictionEventName(model), time: isoText(time), datacontenttype: 'application/json',
    dataschema: `urn:headrace:contract:${predictionEventName(model)}/v${model.version}`, data });
};
