import { CfnDatabase, CfnTable } from 'aws-cdk-lib/aws-glue';
import type { Construct } from 'constructs';
import { rejectionCodes } from '../../core/contract/rejection';
import { versionedName, type EventDefinition } from '../../core/manifest/manifest';
import type { Deployment } from './deployment';
import { personalFields, quarantineColumns, rawColumns } from './glue-columns';

/** Days and hours are computed by Athena from this, so that no crawler and no partition is needed. */
const dayAndHour = {
  'projection.enabled': 'true',
  'projection.dt.type': 'date', 'projection.dt.format': 'yyyy-MM-dd', 'projection.dt.range': '1990-01-01,NOW+1DAYS', 'projection.dt.interval': '1', 'projection.dt.interval.unit': 'DAYS',
  'projection.hr.type': 'integer', 'projection.hr.range': '0,23', 'projection.hr.digits': '2',
} as const;

const partitionKeys = [{ name: 'dt', type: 'string', comment: 'UTC day' }, { name: 'hr', type: 'string', comment: 'UTC hour' }];

const jsonLines = {
  inputFormat: 'org.apache.hadoop.mapred.TextInputFormat',
  outputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
  serdeInfo: { serializationLibrary: 'org.openx.data.jsonserde.JsonSerDe', parameters: { 'ignore.malformed.json': 'false' } },
} as const;

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
        'headrace.definition': versionedName(event), 'headrace.hash': event.hash,
        ...(event.owner === undefined ? {} : { 'headrace.owner': event.owner }),
        ...(personal.length === 0 ? {} : { 'headrace.personal': personal.join(',') }),
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
        'projection.reason.type': 'enum', 'projection.reason.values': rejectionCodes.join(','),
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
 * The Glue database with a table over the raw zone of each event type, and one over quarantine.
 *
 * @throws Error when two event types would share a table
 */
export const lakeCatalog = (scope: Construct, deployment: Deployment): void => {
  const { environment, names, manifest } = deployment;
  const database = new CfnDatabase(scope, 'Database', {
    catalogId: environment.account,
    databaseInput: { name: names.database, description: `The lake of Headrace in the environment ${environment.name}`, locationUri: `s3://${names.bucket('curated')}/` },
  });
  const tables = new Map<string, string>();
  for (const event of Object.values(manifest.events)) {
    const name = names.rawTable(event);
    const other = tables.get(name);
    if (other !== undefined) throw new Error(`event types ${other} and ${versionedName(event)} would share the table ${name}; give one of them another name.`);
    tables.set(name, versionedName(event));
    rawTable(scope, deployment, event).addResourceDependency(database);
  }
  quarantineTable(scope, deployment).addResourceDependency(database);
};
