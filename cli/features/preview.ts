import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { ValidatorModule } from '../../core/contract/contracts';
import { contractsOf } from '../../core/contract/contracts';
import { judge } from '../../core/contract/judge';
import { rowOf } from '../../core/expression/row';
import type { Manifest } from '../../core/manifest/manifest';
import { versionedName } from '../../core/manifest/manifest';
import type { FeatureValues, PreparedRecord } from '../../core/window';
import { featuresAt, foldHistory, planView, prepareRecord } from '../../core/window';
import { CommandError } from '../command-error';
import { countRows, historyRows } from '../history/rows';
import type { Project } from '../project';
import { keyFrom, viewNamed } from './named';

/** What a view makes of a file of events. */
export interface Preview {
  readonly view: string;
  readonly moment: string;
  readonly accepted: number;
  /** Events that broke their contract, by code and path. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Events that are of another type, or describe no entity of the view. */
  readonly other: number;
  /** Those with most events first. */
  readonly entities: readonly { readonly entity: string; readonly events: number; readonly features: FeatureValues }[];
}

/** A file may be long: the command shows those with most events. */
const shown = 20;

interface Known { readonly prepared: PreparedRecord; readonly knownAt: number }

/**
 * Runs a view over a file of events, with the contracts, the fold and the windows that a deployed one has, and nothing of AWS.
 *
 * An event is taken to be known when it happened, unless it says `recordedtime` and its type trusts that: a file does not say when a stream
 * would have taken it.
 *
 * @param keyText only this entity; all of them when it is left out
 * @param at the moment, epoch milliseconds; just after the last event became known when it is left out
 */
export const previewView = async (project: Project, manifest: Manifest, viewName: string, file: string, keyText: string | undefined, at: number | undefined): Promise<Preview> => {
  const view = viewNamed(manifest, viewName);
  const plan = planView(manifest, view);
  const source = manifest.events[versionedName(view.from)];
  if (!source) throw new CommandError(`The view ${plan.name} is made from ${versionedName(view.from)}, which is no event type; only windows over events can be previewed.`, { exitCode: 2 });
  if (!existsSync(file)) throw new CommandError(`There is no file ${file}.`, { exitCode: 2 });
  const wanted = keyText === undefined ? undefined : plan.entityKey(keyFrom(keyText, view, manifest));
  const contracts = contractsOf(manifest, createRequire(project.validators)(project.validators) as ValidatorModule);
  const byEntity = new Map<string, Known[]>();
  const rejected: Record<string, number> = {};
  const arrival = Date.now();
  let [accepted, other, newest] = [0, 0, 0];
  const seen = new Set<string>();
  const keep = (prepared: PreparedRecord, knownAt: number): void => {
    const group = byEntity.get(prepared.entity);
    if (group) group.push({ prepared, knownAt });
    else byEntity.set(prepared.entity, [{ prepared, knownAt }]);
  };
  for await (const { row, data } of historyRows(file, source, { start: 0, end: await countRows(file) })) {
    const position = { source: file, shard: 'file', sequence: String(row), subSequence: 0 };
    const judgement = judge({ position, partitionKey: 'preview', arrival, batchId: null, data }, contracts);
    if (!judgement.accepted) {
      const reason = `${judgement.rejection.code} ${judgement.rejection.path}`;
      rejected[reason] = (rejected[reason] ?? 0) + 1;
      continue;
    }
    const { contract: { definition }, event, times } = judgement;
    const identity = `${event.source}\0${event.id}`;
    const isOwn = definition.name === source.name && source.reads.includes(definition.version) && !seen.has(identity);
    seen.add(identity);
    const knownAt = definition.knownAt === 'recordedtime' && typeof event.recordedtime === 'string' ? times.knownAt : times.eventTime;
    const prepared = isOwn ? prepareRecord(plan, { position, source: event.source, id: event.id, effectiveTime: times.effectiveTime, arrival: knownAt, row: rowOf(plan.sourceFields, event.data, definition.fields) }) : undefined;
    accepted += 1;
    if (!prepared) { other += 1; continue; }
    newest = Math.max(newest, knownAt);
    if (wanted === undefined || wanted === prepared.entity) keep(prepared, knownAt);
  }
  const moment = at ?? newest + 1;
  const entities = [...byEntity].map(([entity, all]) => {
    const known = all.filter(({ knownAt, prepared }) => knownAt < moment && prepared.effectiveTime < moment).map(({ prepared }) => prepared);
    return { entity, events: known.length, features: featuresAt(plan, foldHistory(plan, undefined, known, { streamRetention: 0 }).state, moment) };
  }).sort((left, right) => right.events - left.events || (left.entity < right.entity ? -1 : 1)).slice(0, shown);
  return { view: plan.name, moment: new Date(moment).toISOString(), accepted, rejected, other, entities };
};
