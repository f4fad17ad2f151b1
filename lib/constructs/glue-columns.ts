import type { FieldNode, FieldNodes, Scalar } from '../../core/definition/node';

/**
 * Glue types of the raw zone, which holds events as they were sent: a timestamp is RFC 3339 text there, and only the
 * curated zone makes a point in time of it.
 */
const glueTypes: Readonly<Record<Scalar, string>> = { string: 'string', int: 'bigint', float: 'double', boolean: 'boolean', timestamp: 'string' };

const glueType = (field: FieldNode): string => glueTypes[field.scalar];

const struct = (fields: Readonly<Record<string, string>>): string => `struct<${Object.entries(fields).map(([name, type]) => `${name}:${type}`).join(',')}>`;

const dataStruct = (fields: FieldNodes): string => struct(Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, glueType(field)])));

/** A CloudEvents 1.0 event with the data of its type, and where it was replayed from. */
const eventStruct = (fields: FieldNodes): string =>
  struct({ specversion: 'string', id: 'string', source: 'string', type: 'string', time: 'string', dataschema: 'string', recordedtime: 'string', replayof: 'string', replays: 'bigint', data: dataStruct(fields) });

const positionFields = { position: 'string', source: 'string', shard: 'string', sequence: 'string', sub_sequence: 'bigint', partition_key: 'string', arrival: 'string' } as const;

/** Where an event of the raw zone came from, and what it was judged by. */
const lineageStruct = struct({ ...positionFields, event_time: 'string', effective_time: 'string', known_at: 'string', contract: 'string', contract_hash: 'string', schema_version_id: 'string', manifest_hash: 'string', batch_id: 'string' });

/** A column of a table over a zone. */
export interface GlueColumn { readonly name: string; readonly type: string; readonly comment: string }

/** Names of personal fields, in the order of their declaration. */
export const personalFields = (fields: FieldNodes): readonly string[] => Object.entries(fields).filter(([, field]) => field.personal).map(([name]) => name);

/** The columns of a line of raw that holds an event. */
export const rawColumns = (fields: FieldNodes): readonly GlueColumn[] => {
  const personal = personalFields(fields).map((name) => `event.data.${name}`);
  return [
    { name: 'event', type: eventStruct(fields), comment: personal.length === 0 ? 'The event as it was sent' : `The event as it was sent; personal: ${personal.join(', ')}` },
    { name: 'lineage', type: lineageStruct, comment: 'Where it came from, and what it was judged by' },
  ];
};

/** The columns of a line of raw that holds a row of a dataset. */
export const rawRowColumns = (fields: FieldNodes): readonly GlueColumn[] => {
  const personal = personalFields(fields).map((name) => `row.${name}`);
  return [
    { name: 'row', type: dataStruct(fields), comment: personal.length === 0 ? 'The row, typed by its contract' : `The row, typed by its contract; personal: ${personal.join(', ')}` },
    { name: 'lineage', type: struct({ position: 'string', source: 'string', shard: 'string', sequence: 'string', sub_sequence: 'bigint', arrival: 'string', known_at: 'string', contract: 'string', contract_hash: 'string', manifest_hash: 'string', batch_id: 'string' }), comment: 'The batch that brought it, and what it was judged by' },
  ];
};

const place = (facets: string): string => `array<${struct({ namespace: 'string', name: 'string', facets: 'string', [facets]: 'string' })}>`;

/** The columns of an event of OpenLineage; facets are JSON. */
export const lineageColumns: readonly GlueColumn[] = [
  { name: 'eventType', type: 'string', comment: 'START, COMPLETE or FAIL' },
  { name: 'eventTime', type: 'string', comment: 'When' },
  { name: 'run', type: struct({ runId: 'string', facets: 'string' }), comment: 'The run, with the batch or the objects that it was about' },
  { name: 'job', type: struct({ namespace: 'string', name: 'string', facets: 'string' }), comment: 'What ran' },
  { name: 'inputs', type: place('inputFacets'), comment: 'What it read' },
  { name: 'outputs', type: place('outputFacets'), comment: 'What it wrote' },
];

/** The columns of a line in quarantine; the original is whatever was sent, in base64. */
export const quarantineColumns: readonly GlueColumn[] = [
  { name: 'path', type: 'string', comment: 'Where in the event the fault is' },
  { name: 'found', type: 'string', comment: 'What was found there' },
  { name: 'allowed', type: 'string', comment: 'What would have been allowed' },
  { name: 'remedy', type: 'string', comment: 'What the producer should change' },
  { name: 'event_type', type: 'string', comment: 'Type of the event, where it could be read' },
  { name: 'original', type: 'string', comment: 'The bytes as they were received, in base64' },
  { name: 'lineage', type: struct({ ...positionFields, manifest_hash: 'string', batch_id: 'string' }), comment: 'Where the record stood' },
  { name: 'key', type: 'string', comment: 'The key in base64, where lineage.partition_key does not say its bytes' },
  { name: 'headers', type: `array<${struct({ name: 'string', value: 'string' })}>`, comment: 'Headers of a record of Kafka, their values in base64' },
];
