import { holdsRow, rankOf } from '../../core/dataset/current-row';
import { isoText } from '../../core/event/time';
import { stateViewText } from '../../core/feature/entity-key';
import { versionedName } from '../../core/manifest/manifest';
import { decodeState, featuresAt, planView, type FeatureValues } from '../../core/window';
import { awsService } from '../../lib/runtime/aws-request';
import { dynamoStateStore } from '../../lib/runtime/state-store';
import { CommandError } from '../command-error';
import type { Context } from '../context';
import { keyFrom, viewNamed } from './named';
import { servingGeneration } from './rebuild-place';

/** Which row of which batch an entity's features are. */
export interface ExplainedRow {
  readonly view: string;
  readonly entity: string;
  readonly dataset: string;
  /** Null where the dataset has no row of the entity, or has none any more. */
  readonly row: { readonly batch: string; readonly number: number; readonly arrival: string; /** Null for what was always known. */ readonly knownAt: string | null } | null;
  /** The batch that does not have the row any more, where there was one. */
  readonly goneBy: string | null;
  readonly features: FeatureValues;
}

/** Explains an entity's features of a view over a dataset. */
export const explainRow = async (context: Context, viewName: string, keyText: string): Promise<ExplainedRow> => {
  const { manifest, names } = context;
  const view = viewNamed(manifest, viewName);
  const plan = planView(manifest, view);
  const entity = plan.entityKey(keyFrom(keyText, view, manifest));
  if (entity === undefined) throw new CommandError(`'${keyText}' is no key of ${view.entity}.`, { exitCode: 2 });
  const [item] = await dynamoStateStore({ table: names.stateTable, service: awsService('dynamodb') }).read([{ entity, view: stateViewText(view, await servingGeneration(context, view)) }], { consistent: true });
  const state = item && decodeState(plan, item.state);
  const { batch, arrival } = state ? rankOf(state) : { batch: '', arrival: 0 };
  const row = state && holdsRow(state) ? { batch, number: Number(state.watermarks[0]?.sequence), arrival: isoText(arrival), knownAt: state.newest === 0 ? null : isoText(state.newest) } : null;
  return { view: plan.name, entity, dataset: versionedName(view.from), row, goneBy: state && !row ? batch : null, features: featuresAt(plan, state, Math.max(Date.now(), (state?.newest ?? 0) + 1)) };
};

/** The explanation as a person reads it. */
export const rowText = ({ view, entity, dataset, row, goneBy, features }: ExplainedRow): string => [
  row ? `${view} of ${entity}: row ${row.number} of ${row.batch}, which arrived ${row.arrival}; ${row.knownAt === null ? 'always known' : `known since ${row.knownAt}`}`
    : goneBy === null ? `${view} of ${entity}: ${dataset} has no row of it` : `${view} of ${entity}: ${dataset} has no row of it any more since ${goneBy}`,
  ...Object.entries(features).map(([name, value]) => `  ${name.padEnd(24)} ${value ?? 'absent'}`),
].join('\n');
