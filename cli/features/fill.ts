import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { parseTimestamp } from '../../core/event/time';
import type { Row } from '../../core/expression/evaluate';
import { rowOf } from '../../core/expression/row';
import { generationKey, stateViewText } from '../../core/feature/entity-key';
import { rawFoldersReadBy } from '../../core/lake/folder';
import type { EventDefinition } from '../../core/manifest/manifest';
import { versionedName } from '../../core/manifest/manifest';
import type { FoldOptions, PreparedRecord, ViewPlan } from '../../core/window';
import { encodeState, foldHistory, planView, prepareRecord } from '../../core/window';
import { awsService } from '../../lib/runtime/aws-request';
import type { StateStore } from '../../lib/runtime/state-store';
import { dynamoStateStore } from '../../lib/runtime/state-store';
import { CommandError } from '../command-error';
import type { Context } from '../context';
import { aggregatorMapping, enableAggregator, isEnabled } from './mapping';
import type { RawLine } from './raw-history';
import { readImportedHistory } from './raw-history';

/** What a warm start did for a view. */
export interface FilledView { readonly view: string; readonly records: number; readonly items: number; readonly alreadyReady: boolean }

const generation = 1;
const writesInFlight = 16;

/** Whether a view's generation is ready. */
const isReady = async (context: Context, plan: ViewPlan): Promise<boolean> => {
  const { entity, view } = generationKey(plan.view);
  const { Item } = await new DynamoDBClient({ region: context.environment.region }).send(new GetItemCommand({ TableName: context.names.stateTable, Key: { entity: { S: entity }, view: { S: view } }, ConsistentRead: true }));
  return Item?.['status']?.S === 'ready';
};

const markReady = async (context: Context, plan: ViewPlan, records: number): Promise<void> => {
  const { entity, view } = generationKey(plan.view);
  await new DynamoDBClient({ region: context.environment.region }).send(new PutItemCommand({ TableName: context.names.stateTable, Item: {
    entity: { S: entity }, view: { S: view }, generation: { N: String(generation) }, status: { S: 'ready' }, filled_at: { S: new Date().toISOString() }, filled_records: { N: String(records) } } }));
};

/** What a line brings to a view's items; a line that cannot be folded stops the fill, since a gap would stay unseen. */
const preparedLine = (plan: ViewPlan, { event, lineage }: RawLine, row: Row): PreparedRecord | undefined => prepareRecord(plan, {
  position: { source: lineage.source, shard: lineage.shard, sequence: lineage.sequence, subSequence: lineage.sub_sequence },
  source: event.source, id: event.id, effectiveTime: parseTimestamp(lineage.effective_time) ?? Number.NaN, arrival: parseTimestamp(lineage.arrival) ?? Number.NaN, row,
});

/** Writes an item whatever an earlier, broken-off fill left there: nothing else writes while the mapping is off. */
const install = async (store: StateStore, key: Parameters<StateStore['write']>[0], content: Parameters<StateStore['write']>[1]): Promise<void> => {
  let expected: number | undefined;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const outcome = await store.write(key, content, expected);
    if (outcome.kind === 'written') return;
    expected = outcome.current?.version;
  }
  throw new Error(`The state item ${key.entity} of ${key.view} changes while it is filled; is another fill running?`);
};

const fillView = async (store: StateStore, plan: ViewPlan, definition: EventDefinition, writtenBy: (line: RawLine) => EventDefinition, history: readonly RawLine[], options: FoldOptions): Promise<{ readonly records: number; readonly items: number }> => {
  const byEntity = new Map<string, PreparedRecord[]>();
  let records = 0;
  for (const line of history) {
    const prepared = preparedLine(plan, line, rowOf(definition.fields, line.event.data, writtenBy(line).fields));
    if (!prepared) continue;
    records += 1;
    const group = byEntity.get(prepared.entity);
    if (group) group.push(prepared);
    else byEntity.set(prepared.entity, [prepared]);
  }
  const left = [...byEntity];
  await Promise.all(Array.from({ length: writesInFlight }, async () => {
    for (let next = left.pop(); next; next = left.pop()) {
      const [entity, group] = next;
      const { state } = foldHistory(plan, undefined, group, options);
      await install(store, { entity, view: stateViewText(plan.view, generation) }, { state: encodeState(plan, state), expiresAt: state.expiresAt, arrival: state.arrival });
    }
  }));
  return { records, items: byEntity.size };
};

/**
 * The warm start of an environment: fills every view over events from the imported history in raw, marks it ready, and
 * switches on the mapping of the aggregator, which then reads the stream from its oldest record. Safe to run twice, and to
 * run again after it was broken off.
 *
 * @param onProgress takes the share that is done, 0 to 1
 */
export const fillFeatures = async (context: Context, onProgress: (share: number) => void = () => undefined): Promise<readonly FilledView[]> => {
  const plans = Object.values(context.manifest.views).filter(({ from }) => from.kind === 'event').map((view) => planView(context.manifest, view));
  const ready = new Map<string, boolean>();
  for (const plan of plans) ready.set(plan.name, await isReady(context, plan));
  const waiting = plans.filter(({ name }) => ready.get(name) !== true);
  if (waiting.length > 0 && isEnabled(await aggregatorMapping(context)))
    throw new CommandError(`The views ${waiting.map(({ name }) => name).join(', ')} are not filled, and their records are being folded already: filling them now could count some twice. Their windows fill by themselves as events come.`,
      { next: 'wait for the longest window to pass' });

  const store = dynamoStateStore({ table: context.names.stateTable, service: awsService('dynamodb'), policy: { attempts: 20 } });
  const options: FoldOptions = { streamRetention: context.environment.streamRetentionHours * 3_600_000 };
  const filled: FilledView[] = plans.filter(({ name }) => ready.get(name)).map(({ name }) => ({ view: name, records: 0, items: 0, alreadyReady: true }));
  const writtenBy = ({ lineage: { contract } }: RawLine): EventDefinition => {
    const written = context.manifest.events[contract];
    if (!written) throw new CommandError(`The raw zone of ${context.environment.name} holds events of ${contract}, which the manifest does not have.`, { next: `put generated/contracts/${contract}.json back, then npx headrace compile` });
    return written;
  };
  const sources = [...Map.groupBy(waiting, ({ view }) => versionedName(view.from))];
  for (const [index, [source, sourcePlans]] of sources.entries()) {
    const definition = context.manifest.events[source];
    if (!definition) throw new Error(`The manifest has no event ${source}.`);
    const history = await readImportedHistory(context, rawFoldersReadBy(definition), Math.max(...sourcePlans.map(({ reach }) => reach)), (share) => { onProgress((index + share * 0.7) / sources.length); });
    for (const [done, plan] of sourcePlans.entries()) {
      const { records, items } = await fillView(store, plan, definition, writtenBy, history, options);
      await markReady(context, plan, records);
      filled.push({ view: plan.name, records, items, alreadyReady: false });
      onProgress((index + 0.7 + (0.3 * (done + 1)) / sourcePlans.length) / sources.length);
    }
  }
  await enableAggregator(context);
  return filled;
};
