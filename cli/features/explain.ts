import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { dayText, isoText } from '../../core/event/time';
import type { Value } from '../../core/expression/evaluate';
import { stateViewText } from '../../core/feature/entity-key';
import { versionedName } from '../../core/manifest/manifest';
import { fieldColumn } from '../../core/training/expression-sql';
import { readRecords } from '../../core/training/raw-records';
import { textLiteral } from '../../core/training/sql';
import { viewEntitySql } from '../../core/training/view-plan';
import { decodeState, isAnswerable, momentOf, planView } from '../../core/window';
import type { Explained } from '../../core/window/explain';
import { explain } from '../../core/window/explain';
import type { OracleEvent } from '../../core/window/oracle';
import { awsService } from '../../lib/runtime/aws-request';
import { dynamoStateStore } from '../../lib/runtime/state-store';
import { CommandError } from '../command-error';
import type { Context } from '../context';
import { withDatabase } from '../../lib/runtime/duckdb';
import { bringRaw, listRaw } from '../../lib/runtime/raw-files';
import { rawPlace } from '../raw-place';
import { keyFrom, viewNamed } from './named';
import { servingGeneration } from './rebuild-place';

export interface ExplainedView extends Explained {
  readonly view: string;
  readonly entity: string;
  readonly moment: string;
  /** Events of the entity in the lake that were known before the moment, as far back as the view reaches. */
  readonly events: number;
}

/**
 * Explains an entity's features: its item's tiles, the events of the lake behind each, and what each window comes to, from
 * the item and from the events. They differ where the lake and the state are not equally far: the validator writes a batch
 * when it is full or a minute old, the aggregator at once.
 *
 * @param at epoch milliseconds; just after everything that the item holds when it is left out
 */
export const explainView = async (context: Context, viewName: string, keyText: string, at: number | undefined): Promise<ExplainedView> => {
  const { manifest, names, project } = context;
  const view = viewNamed(manifest, viewName);
  const plan = planView(manifest, view);
  const source = manifest.events[versionedName(view.from)];
  const definition = manifest.entities[view.entity];
  const keyRow = keyFrom(keyText, view, manifest);
  const entity = plan.entityKey(keyRow);
  if (entity === undefined || !source || !definition) throw new CommandError(`'${keyText}' is no key of ${view.entity}.`, { exitCode: 2 });
  const [item] = await dynamoStateStore({ table: names.stateTable, service: awsService('dynamodb') }).read([{ entity, view: stateViewText(view, await servingGeneration(context, view)) }], { consistent: true });
  const state = item && decodeState(plan, item.state);
  const moment = at ?? (state ? state.newest + 1 : momentOf(Date.now(), []));
  if (!isAnswerable(state, moment)) throw new CommandError(`The state of ${keyText} holds events up to ${isoText(state?.newest ?? 0)}: what it was at ${isoText(moment)} can no longer be told from it.`, { next: 'leave --at out' });

  const earliest = Math.max(0, moment - plan.reach);
  const [from, to] = [dayText(earliest), dayText(moment - 1)];
  const raw = await bringRaw(rawPlace(context), await listRaw(rawPlace(context), source), (day) => day >= from && day <= to, () => undefined);
  const directory = join(project.home, 'cache');
  mkdirSync(directory, { recursive: true });
  const columns = Object.keys(source.fields);
  const events = raw.every(({ files }) => files.length === 0) ? [] : await withDatabase(directory, async (database) => {
    for (const statement of readRecords(source, { raw, knownFrom: earliest, knownTo: moment }, 'records')) await database.run(statement);
    // In SQL a key is without the entity's name, and one of a single part as it is.
    const [only, ...further] = Object.values(keyRow);
    const key = further.length === 0 ? String(only) : entity.slice(definition.name.length + 1);
    const rows = await database.rows(`SELECT source, id, known, effective, ${columns.map(fieldColumn).join(', ')} FROM records WHERE ${viewEntitySql(view, definition)} = ${textLiteral(key)} ORDER BY effective, source, id`);
    return rows.map((row): OracleEvent => ({ source: String(row['source']), id: String(row['id']), knownAt: Number(row['known']), effectiveTime: Number(row['effective']),
      row: Object.fromEntries(columns.map((name): [string, Value] => [name, row[`field:${name}`] ?? null])) }));
  });
  return { view: plan.name, entity, moment: isoText(moment), events: events.length, ...explain(plan, state, events, moment) };
};

const eventsShown = 5;

/** The explanation as a person reads it. */
export const explanationText = ({ view, entity, moment, events, tiles, features }: ExplainedView): string => [
  `${view} of ${entity} at ${moment}: ${tiles.length} tiles in its item, ${events} events in the lake`,
  ...tiles.flatMap(({ hop, start, parts, events: behind }) => [
    `  ${isoText(start)} for ${hop / 60_000} minutes: ${behind.length} events`,
    ...parts.map((part) => `    ${part}`),
    ...behind.slice(-eventsShown).map(({ source, id, effectiveTime }) => `    ${isoText(effectiveTime)} ${source} ${id}`),
    ...(behind.length > eventsShown ? [`    and ${behind.length - eventsShown} before these`] : []),
  ]),
  ...features.map(({ name, from, state, events: counted, isEqual }) => `  ${name.padEnd(24)} from ${isoText(from)}: ${state ?? 'absent'}${isEqual ? '' : `, but ${counted ?? 'absent'} by the events in the lake`}`),
].join('\n');
