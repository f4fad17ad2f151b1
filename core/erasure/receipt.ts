import type { EpochMillis } from '../event/time';
import { columnsRead } from '../expression/columns-read';
import { curatedTableName } from '../lake/table';
import { versionedName, type Manifest, type VersionedName, type SourceReference, type ViewDefinition } from '../manifest/manifest';
import type { Finding } from './finding';
import { nothingFound, together } from './finding';
import { tableStore } from './stores';
import { findingFields } from './subject';

/**
 * How an erasure ended. `erased`: a search found nothing any more; `held`: nothing but what may not be deleted yet;
 * `incomplete`: something is left that somebody has to decide on, or that came back each time; `found`: it only searched.
 */
export type ErasureOutcome = 'erased' | 'held' | 'incomplete' | 'found';

/** What one store told. */
export interface StoreFinding { readonly store: string; readonly found: Finding }

/** An erasure and the search after it. */
export interface ErasureRound { readonly startedAt: string; readonly erased: readonly StoreFinding[]; readonly searched: readonly StoreFinding[] }

/** Something that goes by itself. */
export interface GoesLater { readonly what: string; /** ISO 8601. */ readonly at: string }

/** What is kept of an erasure: whose data it was cannot be read from it. */
export interface ErasureReceipt {
  readonly erasure: string;
  readonly outcome: ErasureOutcome | 'running';
  /** ISO 8601: what arrived up to then is erased. */
  readonly erasedAt: string;
  readonly endedAt?: string;
  readonly rounds: readonly ErasureRound[];
  readonly goesLater: readonly GoesLater[];
  /** Feature views that counted what was erased for entities of others: rebuilt, they agree with raw again. */
  readonly rebuild: readonly VersionedName[];
}

/** After so many rounds somebody must look. */
const mostRounds = 5;

const totalOf = (findings: readonly StoreFinding[]): Finding => findings.map(({ found }) => found).reduce(together, nothingFound);

/** What is to be done after a search; `again` is another round. */
export const outcomeOf = (rounds: readonly ErasureRound[], erases: boolean): ErasureOutcome | 'again' => {
  if (!erases) return 'found';
  const { outstanding, held, blocked } = totalOf(rounds.at(-1)?.searched ?? []);
  if (outstanding > 0) return rounds.length < mostRounds ? 'again' : 'incomplete';
  if (blocked.length > 0) return 'incomplete';
  return held.length > 0 ? 'held' : 'erased';
};

/** Everything that the rounds of an erasure found, by store; of one that only searched, what is there. */
export const foundInAll = (rounds: readonly ErasureRound[]): readonly StoreFinding[] => {
  const stores = new Map<string, Finding>();
  const last = rounds.at(-1);
  for (const { erased, searched } of rounds) for (const { store, found } of erased.length > 0 ? erased : searched) stores.set(store, together(stores.get(store) ?? nothingFound, found));
  return [...stores].map(([store, found]) => {
    // What is held or blocked is so until the end.
    const { held, blocked, outstanding } = last?.searched.find((each) => each.store === store)?.found ?? found;
    return { store, found: { ...found, held, blocked, outstanding } };
  });
};

/** Whether a view holds events or rows of a subject for the subject alone: then its item goes, and nothing of them is elsewhere. */
const isOfSubject = ({ views, events, datasets }: Pick<Manifest, 'views' | 'events' | 'datasets'>, name: VersionedName): boolean => {
  const view = views[name];
  const fields = view === undefined ? undefined : (view.from.kind === 'event' ? events : datasets)[versionedName(view.from)]?.fields;
  if (view === undefined || fields === undefined) return false;
  const keys = Object.values(view.by).flatMap(columnsRead);
  const finding = findingFields(fields);
  return finding.length > 0 && finding.every((field) => keys.includes(field));
};

/**
 * The views that hold something of erased events or rows for somebody else: a count, or the row of an order. An eraser that
 * was killed has not told what it took out of raw: what was taken out of the table of a type says the same.
 */
export const viewsToRebuild = (manifest: Pick<Manifest, 'views' | 'events' | 'datasets'>, rounds: readonly ErasureRound[]): readonly VersionedName[] => {
  const erased = rounds.flatMap((round) => round.erased);
  const types = new Set(erased.flatMap(({ found }) => Object.keys(found.types).filter((type) => (found.types[type] ?? 0) > 0)));
  const tables = new Set(erased.flatMap(({ store, found }) => (found.records > 0 ? [store] : [])));
  // A view takes the events of every version that its own can read.
  const sources = ({ kind, name, version }: SourceReference): readonly string[] => (kind === 'dataset' ? [`dataset=${versionedName({ name, version })}`]
    : (manifest.events[versionedName({ name, version })]?.reads ?? []).map((read) => versionedName({ name, version: read })));
  const holds = ({ from }: ViewDefinition): boolean => tables.has(tableStore(curatedTableName(from.name))) || sources(from).some((source) => types.has(source));
  return Object.values(manifest.views).filter(holds).map(versionedName).filter((name) => !isOfSubject(manifest, name)).toSorted();
};

const [hour, day] = [3_600_000, 86_400_000];
const dynamoRecoveryDays = 35;

/**
 * What holds the subject for a while that nobody can take it out of, and when it goes.
 *
 * @param searchedAt when a search was over: until then an item may have stood that the state table can be restored with
 */
export const goesLater = ({ erasedAt, searchedAt, streamRetentionHours, isRecoverable }: { readonly erasedAt: EpochMillis; readonly searchedAt: EpochMillis; readonly streamRetentionHours: number; readonly isRecoverable: boolean }): readonly GoesLater[] => [
  { what: 'records of the stream; whoever reads them passes them over', at: new Date(erasedAt + streamRetentionHours * hour).toISOString() },
  ...(isRecoverable ? [{ what: 'the days to which the state table could be restored', at: new Date(searchedAt + dynamoRecoveryDays * day).toISOString() }] : []),
];

/** Until when a tombstone stands: a day longer than the stream keeps what it is about. */
export const tombstoneUntil = (erasedAt: EpochMillis, streamRetentionHours: number): EpochMillis => erasedAt + streamRetentionHours * hour + day;
