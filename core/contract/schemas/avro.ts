import type { FieldNode, Scalar } from '../../definition/node';
import type { EventDefinition } from '../../manifest/manifest';

type AvroType = string | { readonly type: 'long'; readonly logicalType: 'timestamp-millis' } | AvroRecord | readonly AvroType[];
interface AvroField { readonly name: string; readonly type: AvroType; readonly default?: null }

/** An Avro record schema, as data. */
export interface AvroRecord { readonly type: 'record'; readonly name: string; readonly namespace?: string; readonly fields: readonly AvroField[] }

const moment = { type: 'long', logicalType: 'timestamp-millis' } as const;

const scalarTypes: Readonly<Record<Scalar, AvroType>> = { string: 'string', int: 'long', float: 'double', boolean: 'boolean', timestamp: moment };

/** A field that may be absent is null by default: that is what lets a version without it be read. */
const absentable = (name: string, type: AvroType): AvroField => ({ name, type: ['null', type], default: null });

const fieldOf = ([name, { scalar, optional }]: readonly [string, FieldNode]): AvroField => (optional ? absentable(name, scalarTypes[scalar]) : { name, type: scalarTypes[scalar] });

/**
 * The contract of an event type as an Avro schema (specification 1.12): a record with the CloudEvent's attributes, and its
 * data as a record within. The last part of the type names the record, the rest is its namespace. Moments are `long`s of
 * the logical type `timestamp-millis`. What Avro cannot say (ranges, patterns, lists of values) is judged after decoding.
 */
export const contractAvroSchema = ({ name, fields }: Pick<EventDefinition, 'name' | 'fields'>): AvroRecord => {
  const parts = name.split('.');
  const last = parts.pop() ?? name;
  return {
    type: 'record',
    name: last,
    namespace: parts.length > 0 ? parts.join('.') : 'headrace',
    fields: [
      { name: 'specversion', type: 'string' },
      { name: 'id', type: 'string' },
      { name: 'source', type: 'string' },
      { name: 'type', type: 'string' },
      { name: 'time', type: moment },
      absentable('dataschema', 'string'),
      absentable('recordedtime', moment),
      { name: 'data', type: { type: 'record', name: `${last}_data`, fields: Object.entries(fields).map(fieldOf) } },
    ],
  };
};
