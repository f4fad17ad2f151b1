import type { Scalar } from '../definition/node';
import type { DatasetDefinition, EventDefinition, Manifest } from '../manifest/manifest';
import { compiledExpectations } from './expectation-sql';
import { predictionTables } from './prediction-table';
import { qualityTables } from './quality-tables';
import { curatedTableName, type CuratedColumn, type CuratedTable, type IcebergType } from './table';

const icebergTypes: Readonly<Record<Scalar, IcebergType>> = { string: 'string', int: 'long', float: 'double', boolean: 'boolean', timestamp: 'timestamptz' };

/**
 * Columns that come from the envelope and the lineage. They begin with `_`, which no field does. The identity is
 * (`_source`, `_id`); the day of `_time`, UTC, is the partition.
 */
const eventColumns: readonly CuratedColumn[] = [
  { name: '_id', type: 'string', required: true, comment: 'Identity of the event, with _source', from: 'event.id' },
  { name: '_source', type: 'string', required: true, comment: 'Who sent the event', from: 'event.source' },
  { name: '_time', type: 'timestamptz', required: true, comment: 'When it happened, as the event says', from: 'lineage.event_time' },
  { name: '_effective_time', type: 'timestamptz', required: true, comment: 'When it happened, and no later than it was known', from: 'lineage.effective_time' },
  { name: '_known_at', type: 'timestamptz', required: true, comment: 'Since when the platform could know it', from: 'lineage.known_at' },
  { name: '_arrival', type: 'timestamptz', required: true, comment: 'When the stream took it', from: 'lineage.arrival' },
  { name: '_position', type: 'string', required: true, comment: 'Where its record stood', from: 'lineage.position' },
  { name: '_contract', type: 'string', required: true, comment: 'The contract that it was judged by', from: 'lineage.contract' },
  { name: '_contract_hash', type: 'string', required: true, comment: 'SHA-256 of that contract', from: 'lineage.contract_hash' },
  { name: '_schema_version_id', type: 'string', required: false, comment: 'Version in the schema registry, of an event that came in a frame', from: 'lineage.schema_version_id' },
  { name: '_manifest_hash', type: 'string', required: true, comment: 'SHA-256 of the definitions that were online', from: 'lineage.manifest_hash' },
  { name: '_batch_id', type: 'string', required: false, comment: 'The batch that brought it, of an imported history', from: 'lineage.batch_id' },
];

/** Columns of a dataset's table: its key is among its fields, and rows that were always known have no moment. */
const datasetColumns: readonly CuratedColumn[] = [
  ...eventColumns.filter(({ name }) => ['_arrival', '_position', '_contract', '_contract_hash', '_manifest_hash'].includes(name)),
  { name: '_known_at', type: 'timestamptz', required: false, comment: 'Since when the platform could know it; null: always', from: 'lineage.known_at' },
  { name: '_batch_id', type: 'string', required: true, comment: 'The batch that brought it', from: 'lineage.batch_id' },
];

const personalOf = (versions: readonly (EventDefinition | DatasetDefinition)[]): readonly string[] =>
  [...new Set(versions.flatMap(({ fields }) => Object.entries(fields).flatMap(([name, field]) => (field.personal ? [name] : []))))];

const folderOf = ({ kind, name, version }: EventDefinition | DatasetDefinition): string => `${kind === 'event' ? '' : 'dataset='}${name}/v${version}`;

/** The table of an event type, or of a dataset, of which these are all versions. */
const tableOf = (given: readonly (EventDefinition | DatasetDefinition)[]): readonly CuratedTable[] => {
  const versions = [...given].sort((left, right) => left.version - right.version);
  const newest = versions.at(-1);
  if (newest === undefined) return [];
  const { name, kind } = newest;
  const personal = personalOf(versions);
  const fields = new Map(versions.flatMap((version) => Object.entries(version.fields)).map(([field, { scalar }]) => [field, icebergTypes[scalar]]));
  return [{
    name: curatedTableName(name),
    kind,
    of: name,
    description: newest.description ?? (kind === 'event' ? `Events ${name}, one row for each` : `Dataset ${name}, the rows of its newest batch`),
    ...(newest.owner === undefined ? {} : { owner: newest.owner }),
    personal,
    columns: [
      ...(kind === 'event' ? eventColumns : datasetColumns),
      // A version may come that has no such field: no field is required.
      ...[...fields].map(([field, type]): CuratedColumn => ({ name: field, type, required: false, comment: personal.includes(field) ? 'Personal' : '' })),
    ],
    writers: Object.fromEntries(versions.map((version) => [folderOf(version), Object.keys(version.fields)])),
    ...(newest.kind === 'dataset' && 'postgres' in newest.source && newest.source.increment !== undefined ? { mergedBy: newest.key } : {}),
    ...(kind === 'event' ? {} : { expectations: Object.fromEntries(versions.map((version) => [folderOf(version), version.kind === 'dataset' ? compiledExpectations(version) : []])) }),
  }];
};

/** The Iceberg tables of a manifest: one for each event type and each dataset, and one for the predictions of each model, whatever versions it has. */
export const curatedTables = ({ events, datasets, models, entities }: Pick<Manifest, 'events' | 'datasets' | 'models' | 'entities'>): readonly CuratedTable[] => [
  ...[Object.values(events), Object.values(datasets)].flatMap((definitions) => [...Map.groupBy<string, EventDefinition | DatasetDefinition>(definitions, ({ name }) => name).values()].flatMap(tableOf)),
  ...(Object.keys(datasets).length === 0 ? [] : qualityTables),
  ...predictionTables({ models, entities }),
];
