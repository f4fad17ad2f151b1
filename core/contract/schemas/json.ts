import type { EventDefinition } from '../../manifest/manifest';
import type { JsonSchema } from '../json-schema';
import { dataSchema } from '../json-schema';

const text: JsonSchema = { type: 'string' };
const name: JsonSchema = { type: 'string', minLength: 1 };
const moment: JsonSchema = { type: 'string', format: 'date-time' };

/**
 * The contract of an event type as it stands in the schema registry: the CloudEvent with its data, JSON Schema draft-07.
 *
 * Its data is closed, other than what the validator judges by: a producer that writes by the schema writes what is declared,
 * and so a later version may declare more without meeting a value that was written before it was.
 * Source of the envelope: CloudEvents 1.0.2, "JSON Event Format".
 */
export const contractJsonSchema = (event: Pick<EventDefinition, 'name' | 'version' | 'fields'>): JsonSchema => {
  const { $schema, title: _title, ...data } = dataSchema(event);
  return {
    $schema,
    title: event.name,
    type: 'object',
    required: ['specversion', 'id', 'source', 'type', 'time', 'data'],
    properties: {
      specversion: { type: 'string', enum: ['1.0'] },
      id: name,
      source: name,
      type: { type: 'string', enum: [event.name] },
      time: moment,
      dataschema: text,
      recordedtime: moment,
      data: { ...data, additionalProperties: false },
    },
  };
};
