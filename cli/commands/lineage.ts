import { S3Client } from '@aws-sdk/client-s3';
import type { Command } from 'commander';
import type { BatchRecord } from '../../core/dataset/batch';
import type { Manifest } from '../../core/manifest/manifest';
import { versionedName } from '../../core/manifest/manifest';
import { s3Objects, type ObjectStore } from '../../lib/runtime/object-store';
import { CommandError } from '../command-error';
import { contextOf, type Context } from '../context';
import { recordsOf } from '../dataset/run-dataset';
import type { EventLineage } from '../lineage/event-lineage';
import { traceEvent } from '../lineage/trace-event';
import { runEventsOf, type RunEvent, type RunPlace } from '../lineage/run-events';
import { watermarkText } from '../lineage/watermark-text';

/** What a batch came from and what it went into, as its runs have told. */
export interface BatchLineage { readonly record: BatchRecord; readonly runs: readonly RunEvent[] }

const curatedOf = ({ environment, names }: Context): ObjectStore => s3Objects(new S3Client({ region: environment.region }), names.bucket('curated'));

/** The lineage of a batch; undefined for an id that is none. */
export const traceBatch = async (context: Context, id: string): Promise<BatchLineage | undefined> => {
  for (const dataset of Object.values(context.manifest.datasets)) {
    if (!id.startsWith(`${dataset.name}-v${dataset.version}-`)) continue;
    const record = await recordsOf(context).get(versionedName(dataset), id);
    if (record === undefined) continue;
    const events = await runEventsOf(curatedOf(context), `dataset.${dataset.name}`, record.arrival);
    return { record, runs: events.filter(({ eventType, run: { facets } }) => eventType !== 'START' && facets['headrace_batch']?.['batch'] === id) };
  }
  return undefined;
};

const placeText = ({ namespace, name, facets }: RunPlace): string => {
  const version = facets['version']?.['datasetVersion'];
  return `${namespace}${namespace.startsWith('arn:') ? ' ' : '/'}${name}${typeof version === 'string' ? `  at ${version}` : ''}`;
};

const batchText = ({ record, runs }: BatchLineage): string => [
  `batch ${record.batch} of ${record.dataset}, ${record.status}, ${record.rows ?? 0} rows, ${record.rejected ?? 0} rejected`,
  ...(runs.length === 0 ? ['no run has told of it yet'] : []),
  ...runs.flatMap((each) => [`run ${each.run.runId}  ${each.eventType}  ${each.eventTime}`, ...each.inputs.map((place) => `  from ${placeText(place)}`), ...each.outputs.map((place) => `  into ${placeText(place)}`)]),
].map((line) => `${line}\n`).join('');

const eventText = ({ views }: Pick<Manifest, 'views'>, { row, madeBy, from, into }: EventLineage): string => [
  `event ${row.id} of ${row.source}, ${row.contract}, known at ${row.knownAt}`,
  `  position ${row.position.replace(/\/0+(?=\d)/u, '/')}${row.batch === null ? '' : `, batch ${row.batch}`}`,
  `  judged by contract ${row.contractHash.slice(0, 12)}, definitions ${row.manifestHash.slice(0, 12)}`,
  ...(madeBy === undefined ? [] : [`  made by the model ${madeBy.model}, file ${madeBy.modelVersion}`, ...Object.entries(madeBy.watermarks).map(([view, watermarks]) => `  ${watermarkText(views, view, watermarks)}`)]),
  ...(from.length === 0 ? ['  no object of raw holds it'] : from.map(({ key, line }) => `  from ${key}, line ${line}`)),
  `  into the table ${into.table}${into.runs.length === 0 ? '' : ` by run ${into.runs.join(', ')}`}`,
  ...(into.views.length === 0 ? [] : [`  into the feature views ${into.views.join(', ')}`]),
  ...(into.models.length === 0 ? [] : [`  into the models ${into.models.join(', ')}`]),
].map((line) => `${line}\n`).join('');

const lineage = async (context: Context, id: string, json: boolean | undefined): Promise<void> => {
  const batch = await traceBatch(context, id);
  const events = batch === undefined ? await traceEvent(context, id) : [];
  if (batch === undefined && events.length === 0) throw new CommandError(`No batch and no event of a curated table has the id '${id}'. What came in the last minutes is in raw alone; what was rejected is in quarantine.`, { next: `npx headrace dataset ls --env ${context.environment.name}`, exitCode: 2 });
  if (json) process.stdout.write(`${JSON.stringify(batch ?? events)}\n`);
  else process.stdout.write(batch === undefined ? events.map((each) => eventText(context.manifest, each)).join('\n') : batchText(batch));
};

export const registerLineage = (program: Command): void => {
  program.command('lineage <id>')
    .description('what a batch, an event or a prediction came from and what it went into')
    .option('--json', 'print as JSON')
    .action(async (id: string, { json }: { json?: boolean }, command: Command) => { await lineage(contextOf(command), id, json); });
};
