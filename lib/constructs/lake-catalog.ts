import { CfnDatabase, CfnTable } from 'aws-cdk-lib/aws-glue';
import type { Construct } from 'constructs';
import { rejectionCodesOf } from '../../core/contract/rejection';
import { waysIn } from '../../core/environment/environment';
import { versionedName, type DatasetDefinition, type EventDefinition } from '../../core/manifest/manifest';
import type { Deployment } from './deployment';
import { lineageColumns, personalFields, quarantineColumns, rawColumns, rawRowColumns } from './glue-columns';

/** Days and hours are computed by Athena from this, so that no crawler and no partition is needed. */
const days = {
  'projection.enabled': 'true',
  'projection.dt.type': 'date', 'projection.dt.format': 'yyyy-MM-dd', 'projection.dt.range': '1990-01-01,NOW+1DAYS', 'projection.dt.interval': '1', 'projection.dt.interval.unit': 'DAYS',
} as const;
const dayAndHour = {
  ...days,
  'projection.hr.type': 'integer', 'projection.hr.range': '0,23', 'projection.hr.digits': '2',
} as const;

const partitionKeys = [{ name: 'dt', type: 'string', comment: 'UTC day' }, { name: 'hr', type: 'string', comment: 'UTC hour' }];

const jsonLines = {
  inputFormat: 'org.apache.hadoop.mapred.TextInputFormat',
  outputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
  serdeInfo: { serializationLibrary: 'org.openx.data.jsonserde.JsonSerDe', parameters: { 'ignore.malformed.json': 'false' } },
} as const;

/** What a definition says of its table. */
const definedBy = (definition: EventDefinition | DatasetDefinition, personal: readonly string[]): Readonly<Record<string, string>> => ({
  'headrace.definition': versionedName(definition), 'headrace.hash': definition.hash,
  ...(definition.owner === undefined ? {} : { 'headrace.owner': definition.owner }),
  ...(personal.length === 0 ? {} : { 'headrace.personal': personal.join(',') }),
});

const rawTable = (scope: Construct, { names, environment }: Deployment, event: EventDefinition): CfnTable => {
  const location = `s3://${names.bucket('raw')}/raw/${event.name}/v${event.version}`;
  const personal = personalFields(event.fields).map((field) => `event.data.${field}`);
  return new CfnTable(scope, `Raw-${versionedName(event)}`, {
    catalogId: environment.account,
    databaseName: names.database,
    tableInput: {
      name: names.rawTable(event),
      description: event.description ?? `Events ${versionedName(event)} as they arrived`,
      tableType: 'EXTERNAL_TABLE',
      partitionKeys,
      parameters: {
        ...dayAndHour,
        EXTERNAL: 'TRUE', classification: 'json', compressionType: 'gzip',
        'storage.location.template': `${location}/dt=\${dt}/hr=\${hr}`,
        ...definedBy(event, personal),
      },
      storageDescriptor: {
        ...jsonLines,
        location: `${location}/`,
        compressed: true,
        columns: [...rawColumns(event.fields)],
      },
    },
  });
};

/** Rows of a dataset, of all its batches: which of them count, the batch table says; those that count are in the dataset's own table. */
const rawRowsTable = (scope: Construct, { names, environment }: Deployment, dataset: DatasetDefinition): CfnTable => new CfnTable(scope, `RawRows-${versionedName(dataset)}`, {
  catalogId: environment.account,
  databaseName: names.database,
  tableInput: {
    name: names.rawTable(dataset),
    description: `${dataset.description ?? `Rows of ${versionedName(dataset)}`} (every batch as it was landed, committed or not)`,
    tableType: 'EXTERNAL_TABLE',
    parameters: { EXTERNAL: 'TRUE', classification: 'json', compressionType: 'gzip', ...definedBy(dataset, personalFields(dataset.fields).map((field) => `row.${field}`)) },
    storageDescriptor: { ...jsonLines, location: `s3://${names.bucket('raw')}/raw/dataset=${dataset.name}/v${dataset.version}/`, compressed: true, columns: [...rawRowColumns(dataset.fields)] },
  },
});

const lineageTable = (scope: Construct, { names, environment }: Deployment): CfnTable => new CfnTable(scope, 'Lineage', {
  catalogId: environment.account,
  databaseName: names.database,
  tableInput: {
    name: names.lineageTable,
    description: 'What each run read and wrote, in events of OpenLineage',
    tableType: 'EXTERNAL_TABLE',
    partitionKeys: [{ name: 'dt', type: 'string', comment: 'UTC day on which the run began' }],
    parameters: { ...days, EXTERNAL: 'TRUE', classification: 'json', 'storage.location.template': `s3://${names.bucket('curated')}/lineage/dt=\${dt}` },
    storageDescriptor: { ...jsonLines, location: `s3://${names.bucket('curated')}/lineage/`, columns: [...lineageColumns] },
  },
});

const quarantineTable = (scope: Construct, { names, environment }: Deployment): CfnTable => {
  const location = `s3://${names.bucket('quarantine')}/quarantine`;
  return new CfnTable(scope, 'Quarantine', {
    catalogId: environment.account,
    databaseName: names.database,
    tableInput: {
      name: names.quarantineTable,
      description: 'Rejected events, whole, with the reason why',
      tableType: 'EXTERNAL_TABLE',
      partitionKeys: [{ name: 'reason', type: 'string', comment: 'Why it was rejected' }, ...partitionKeys],
      parameters: {
        ...dayAndHour,
        'projection.reason.type': 'enum', 'projection.reason.values': rejectionCodesOf(waysIn(environment)).join(','),
        EXTERNAL: 'TRUE', classification: 'json', compressionType: 'gzip',
        'storage.location.template': `${location}/\${reason}/dt=\${dt}/hr=\${hr}`,
        // What was rejected was not read: it may hold anything.
        'headrace.personal': 'original,found',
      },
      storageDescriptor: { ...jsonLines, location: `${location}/`, compressed: true, columns: [...quarantineColumns] },
    },
  });
};

/**
 * The Glue database with a table over the raw zone of each event type and dataset, one over quarantine, and one over lineage.
 * Curated tables make their own entries.
 *
 * @throws Error when two definitions would share a table
 */
export const lakeCatalog = (scope: Construct, deployment: Deployment): void => {
  const { environment, names, manifest } = deployment;
  const database = new CfnDatabase(scope, 'Database', {
    catalogId: environment.account,
    databaseInput: { name: names.database, description: `The lake of Headrace in the environment ${environment.name}`, locationUri: `s3://${names.bucket('curated')}/` },
  });
  const tables = new Map<string, string>();
  for (const definition of [...Object.values(manifest.events), ...Object.values(manifest.datasets)]) {
    const name = names.rawTable(definition);
    const other = tables.get(name);
    if (other !== undefined) throw new Error(`${other} and ${versionedName(definition)} would share the table ${name}; give one of them another name.`);
    tables.set(name, versionedName(definition));
    (definition.kind === 'event' ? rawTable(scope, deployment, definition) : rawRowsTable(scope, deployment, definition)).addResourceDependency(database);
  }
  for (const table of [quarantineTable(scope, deployment), lineageTable(scope, deployment)]) table.addResourceDependency(database);
};
