import { hash } from 'node:crypto';
import type { ModelDefinition } from '../../core/manifest/manifest';
import { versionedName } from '../../core/manifest/manifest';
import { metadataFault, metadataKey, modelFileKey } from '../../core/model/artefact';
import type { Result } from '../../core/model/problem';
import { failed } from '../../core/model/problem';
import { parseServingRecord, servingRecordKey } from '../../core/model/roles';
import type { ObjectReader } from '../../lib/runtime/object-reader';

/** A model file, opened: rows of inputs in, a prediction for each row out. */
export interface Session {
  /** @param inputs row after row, `width` numbers each; NaN where an input is absent */
  readonly predict: (inputs: Float32Array, width: number) => Promise<Float32Array>;
}

/** The version that answers now. */
export interface ChampionModel extends Session { readonly modelVersion: string }

export interface ChampionEffects {
  readonly files: ObjectReader;
  /** @throws Refused when the file is not one for the model */
  readonly open: (file: Uint8Array, model: ModelDefinition) => Promise<Session>;
  readonly now: () => number;
  /** Told when a newly promoted version is refused, or the pointer cannot be read, while an earlier version goes on answering. */
  readonly complain: (model: ModelDefinition, error: unknown) => void;
}

export interface ChampionTimes {
  /** The pointer is looked at again, beside the answers, when it was seen longer ago than this. */
  readonly refreshMilliseconds: number;
  /** And before the answer when it was seen longer ago than this: a Lambda that slept must not answer with what was replaced long since. */
  readonly longestUnseenMilliseconds: number;
}

const defaultTimes: ChampionTimes = { refreshMilliseconds: 30_000, longestUnseenMilliseconds: 300_000 };

/** Why a version may not answer: a retry does not mend it, and whoever promotes models is told. */
export class Refused extends Error {}

interface Entry {
  current: ChampionModel | undefined;
  seen: number;
  loading: Promise<void> | undefined;
}

const json = (bytes: Uint8Array, key: string): unknown => {
  try { return JSON.parse(Buffer.from(bytes).toString('utf8')); } catch (error) { throw new Refused(`${key} is no JSON`, { cause: error }); }
};

const loadVersion = async (model: ModelDefinition, modelVersion: string, { files, open }: ChampionEffects): Promise<ChampionModel> => {
  const [keyOfMetadata, keyOfFile] = [metadataKey(model, modelVersion), modelFileKey(model, modelVersion)];
  const [metadataBytes, file] = await Promise.all([files.read(keyOfMetadata), files.read(keyOfFile)]);
  if (!metadataBytes || !file) throw new Refused(`${metadataBytes ? keyOfFile : keyOfMetadata} is not there; promote a version that is: headrace model ls ${model.name}`);
  const metadata = json(metadataBytes, keyOfMetadata);
  const fault = metadataFault(metadata, model, modelVersion);
  if (fault !== undefined) throw new Refused(fault);
  const checksum = hash('sha256', file, 'hex');
  if ((metadata as { readonly checksum: string }).checksum !== checksum)
    throw new Refused(`${keyOfFile} has the checksum ${checksum}, its metadata says ${(metadata as { readonly checksum: string }).checksum}; the file was changed or broken: train another`);
  try {
    const { predict } = await open(file, model);
    return { modelVersion, predict };
  } catch (error) {
    throw new Refused(`${keyOfFile} could not be opened${error instanceof Refused ? `: ${error.message}` : ''}; train and promote another: headrace model train ${model.name}`, { cause: error });
  }
};

/**
 * The promoted version of each model, kept open between requests and replaced when another is promoted. A version is
 * taken only whole: its metadata fits the model's definition and its file has the checksum of the metadata. A promotion
 * that is refused changes nothing for those who ask, as long as the version before is still open.
 */
export const champions = (effects: ChampionEffects, times: ChampionTimes = defaultTimes) => {
  const entries = new Map<string, Entry>();

  const refresh = async (entry: Entry, model: ModelDefinition): Promise<void> => {
    const bytes = await effects.files.read(servingRecordKey(model));
    if (!bytes) throw new Refused(`no version of ${versionedName(model)} was promoted; promote one: headrace model promote ${model.name}`);
    const champion = parseServingRecord(json(bytes, servingRecordKey(model)))?.record;
    if (!champion) throw new Refused(`${servingRecordKey(model)} names no model version; promote one: headrace model promote ${model.name}`);
    if (entry.current?.modelVersion !== champion.modelVersion) entry.current = await loadVersion(model, champion.modelVersion, effects);
    entry.seen = effects.now();
  };

  /** One look at the pointer at a time, however many requests wait for it. */
  const refreshOnce = (entry: Entry, model: ModelDefinition): Promise<void> => {
    entry.loading ??= refresh(entry, model).finally(() => { entry.loading = undefined; });
    return entry.loading;
  };

  return {
    /** The version that answers for a model, or the problem document of a model for which none does. */
    championOf: async (model: ModelDefinition): Promise<Result<ChampionModel>> => {
      const name = versionedName(model);
      const entry = entries.get(name) ?? { current: undefined, seen: Number.NEGATIVE_INFINITY, loading: undefined };
      entries.set(name, entry);
      const age = effects.now() - entry.seen;
      if (entry.current === undefined || age > times.longestUnseenMilliseconds) {
        try { await refreshOnce(entry, model); } catch (error) {
          effects.complain(model, error);
          // While the bucket cannot be read, the version at hand answers, and looks again beside the answers.
          entry.seen = effects.now() - times.refreshMilliseconds;
          if (entry.current === undefined) return failed('model_unavailable', error instanceof Refused
            ? `The model ${name} cannot answer: ${error.message}.` : `The model ${name} could not be loaded; try again in a moment.`);
        }
      } else if (age > times.refreshMilliseconds) {
        // Beside the answer; the next look is one period later even when this one fails.
        entry.seen = effects.now() - times.refreshMilliseconds / 2;
        refreshOnce(entry, model).catch((error: unknown) => { effects.complain(model, error); });
      }
      return entry.current ? { ok: true, value: entry.current } : failed('model_unavailable', `The model ${name} could not be loaded; try again in a moment.`);
    },
  };
};
