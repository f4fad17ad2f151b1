import { versionedName, type DatasetDefinition, type Manifest } from '../manifest/manifest';
import type { BatchRecord } from './batch';
import { momentOfBatch } from './postgres';
import type { Schedule } from './schedule';

/** The datasets that one waits for, each once: those that it says, and those that its expectations refer to; the newest version of each. */
export const dependenciesOf = (dataset: DatasetDefinition, { datasets }: Pick<Manifest, 'datasets'>): readonly DatasetDefinition[] => {
  const names = new Set([...(dataset.after ?? []), ...(dataset.expects ?? []).flatMap((each) => (each.kind === 'references' ? [each.dataset.name] : []))]);
  return [...names].flatMap((name) => Object.values(datasets).filter((each) => each.name === name).sort((left, right) => right.version - left.version).slice(0, 1));
};

/** The moment up to which a batch says what its dataset was. */
const momentOf = (record: BatchRecord): number => momentOfBatch(record) ?? record.arrival;

/**
 * What a dataset still waits for before a batch of a moment may be run, in words; none when it may. A dependency with a
 * schedule must have committed a batch for the last of its moments before that one, any other a batch at all.
 *
 * @param records of each dependency, by its versioned name
 * @param due the last moment of a schedule before the batch's
 */
export const waitsFor = (dependencies: readonly DatasetDefinition[], records: ReadonlyMap<string, readonly BatchRecord[]>, due: (schedule: Schedule) => number | undefined): readonly string[] => dependencies.flatMap((dependency) => {
  const name = versionedName(dependency);
  const committed = (records.get(name) ?? []).filter(({ status }) => status === 'committed');
  const since = dependency.schedule === undefined ? undefined : due(dependency.schedule);
  if (since === undefined) return committed.length > 0 ? [] : [`${name}, of which no batch is committed`];
  return committed.some((record) => momentOf(record) >= since) ? [] : [`${name}, of which no batch since ${new Date(since).toISOString()} is committed`];
});
