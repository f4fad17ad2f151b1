import type { ModelDefinition } from '../../core/manifest/manifest';
import { versionedName } from '../../core/manifest/manifest';
import type { Result } from '../../core/model/problem';
import { failed } from '../../core/model/problem';
import { hasEndpoint } from '../../core/model/endpoint';
import { servingRecordKey } from '../../core/model/roles';
import type { LoadedVersion, Served, ServedEffects } from '../../lib/runtime/model/model-file';
import { Refused, loadServed } from '../../lib/runtime/model/model-file';
import { readServingRecord } from '../../lib/runtime/model/serving-record';

/** The versions of a model that serve now, each ready to predict. */
export interface ServingVersions {
  readonly champion: LoadedVersion;
  readonly challenger?: { readonly version: LoadedVersion; readonly weight: number };
  readonly shadows: readonly LoadedVersion[];
}

/** Finds the versions that serve a model, or the problem document of a model for which none does. */
export type VersionsOf = (model: ModelDefinition) => Promise<Result<ServingVersions>>;

export interface ServingVersionsEffects extends ServedEffects {
  readonly now: () => number;
  /** Told of each version in a role that is refused or could not be loaded, and when the record cannot be read. */
  readonly complain: (model: ModelDefinition, error: unknown) => void;
}

export interface ServingVersionsTimes {
  /** The record is looked at again, beside the answers, when it was seen longer ago than this. */
  readonly refreshMilliseconds: number;
  /** And before the answer when it was seen longer ago than this: a Lambda that slept must not answer with what was replaced long since. */
  readonly longestUnseenMilliseconds: number;
}

/** Beside the answers so often, and before an answer when ten times were missed. */
export const refreshTimes = (seconds: number): ServingVersionsTimes => ({ refreshMilliseconds: seconds * 1000, longestUnseenMilliseconds: seconds * 10_000 });

interface Entry {
  current: ServingVersions | undefined;
  seen: number;
  loading: Promise<void> | undefined;
}

/** A version that is served otherwise than before is another one to load. */
const keyOf = ({ modelVersion, endpoint }: Served): string => `${modelVersion} ${endpoint ?? ''}`;

const heldBy = (versions: ServingVersions | undefined): ReadonlyMap<string, LoadedVersion> =>
  new Map((versions ? [versions.champion, ...(versions.challenger ? [versions.challenger.version] : []), ...versions.shadows] : []).map((version) => [keyOf(version), version]));

/**
 * The versions that serve each model, kept open between requests and replaced when others are promoted: what is new is
 * loaded beside the answers of what is there, so that a promotion makes no request wait. Each version is taken or refused
 * by itself: a champion that is refused leaves the one before it, a challenger or shadow none, and the champion answers.
 */
export const servingVersions = (effects: ServingVersionsEffects, times: ServingVersionsTimes): { readonly versionsOf: VersionsOf } => {
  const entries = new Map<string, Entry>();

  const refresh = async (entry: Entry, model: ModelDefinition): Promise<void> => {
    const read = await readServingRecord(model, effects.files);
    if (!read) throw new Refused(`no version of ${versionedName(model)} was promoted; promote one: npx headrace model promote ${model.name}`);
    const { record, faults } = read;
    for (const fault of faults) effects.complain(model, new Refused(`${servingRecordKey(model)}: ${fault}; promote it again: npx headrace model show ${model.name}`));

    const held = heldBy(entry.current);
    /** What the record says of a version, as far as this release serves it by that: without an endpoint in its definition, a model is run here. */
    const served = ({ modelVersion, endpoint }: Served): Served => ({ modelVersion, ...(endpoint === undefined || !hasEndpoint(model) ? {} : { endpoint }) });
    const load = async (version: Served): Promise<LoadedVersion> => held.get(keyOf(served(version))) ?? await loadServed(model, served(version), effects);
    /** A version beside the champion: without it the champion answers. */
    const loadBeside = async (version: Served): Promise<LoadedVersion | undefined> => {
      try { return await load(version); } catch (error) {
        effects.complain(model, error);
        return undefined;
      }
    };
    const newChampion = async (): Promise<LoadedVersion> => {
      try { return await load(record); } catch (error) {
        // A process that is new answers with the version that the others kept.
        const [former] = record.before.slice(-1);
        const kept = entry.current?.champion ?? (former === undefined ? undefined : await load({ modelVersion: former }).catch(() => undefined));
        if (!kept) throw error;
        effects.complain(model, error);
        return kept;
      }
    };
    const [champion, challenger] = await Promise.all([newChampion(), record.challenger && loadBeside(record.challenger)]);
    const answering = { champion, ...(record.challenger && challenger ? { challenger: { version: challenger, weight: record.challenger.weight } } : {}) };
    const shadowing = record.shadows.map(served);
    const first: ServingVersions = { ...answering, shadows: shadowing.flatMap((version) => held.get(keyOf(version)) ?? []) };
    entry.current = first;
    entry.seen = effects.now();
    if (first.shadows.length === shadowing.length) return;
    const withShadows = async (): Promise<void> => {
      const shadows = await Promise.all(shadowing.map(loadBeside));
      if (entry.current === first) entry.current = { ...answering, shadows: shadows.filter((shadow) => shadow !== undefined) };
    };
    // Nobody's answer waits for a shadow.
    void withShadows();
  };

  /** One look at the record at a time, however many requests wait for it. */
  const refreshOnce = (entry: Entry, model: ModelDefinition): Promise<void> => {
    entry.loading ??= refresh(entry, model).finally(() => { entry.loading = undefined; });
    return entry.loading;
  };

  return {
    versionsOf: async (model) => {
      const name = versionedName(model);
      const entry = entries.get(name) ?? { current: undefined, seen: Number.NEGATIVE_INFINITY, loading: undefined };
      entries.set(name, entry);
      const age = effects.now() - entry.seen;
      if (entry.current === undefined || age > times.longestUnseenMilliseconds) {
        try { await refreshOnce(entry, model); } catch (error) {
          effects.complain(model, error);
          // While the bucket cannot be read, the versions at hand answer, and look again beside the answers.
          entry.seen = effects.now() - times.refreshMilliseconds;
          if (entry.current === undefined) return failed('model_unavailable', error instanceof Refused
            ? `The model ${name} cannot answer: ${error.message}.` : `The model ${name} could not be loaded; try again in a moment.`);
        }
      } else if (age > times.refreshMilliseconds) {
        // Beside the answer; the next look is half a period later when this one fails.
        entry.seen = effects.now() - times.refreshMilliseconds / 2;
        refreshOnce(entry, model).catch((error: unknown) => { effects.complain(model, error); });
      }
      return entry.current ? { ok: true, value: entry.current } : failed('model_unavailable', `The model ${name} could not be loaded; try again in a moment.`);
    },
  };
};
