import type { EpochMillis } from '../event/time';
import type { EventDefinition } from '../manifest/manifest';
import { versionedName } from '../manifest/manifest';
import type { Activations } from './contracts';

/**
 * The share of the activation margin for which a consumer trusts what it has read; the rest is for clocks that differ.
 *
 * Whatever is published after a consumer has read becomes active a whole margin later. So what it read at a moment holds for
 * every record that arrived before that moment plus the margin, and needs to be read again only for later ones.
 */
const trustedShare = 0.8;

/** Arrivals before this are judged rightly by activations that were read at `readAt`. */
export const trustedUntil = (readAt: EpochMillis, marginMilliseconds: number): EpochMillis => readAt + marginMilliseconds * trustedShare;

/** What is published of one event type: since when each version is active, by its number. */
export type TypeActivations = Readonly<Record<string, EpochMillis>>;

/**
 * Reads published activations.
 *
 * @param published by event type, the JSON text of {@link TypeActivations}
 */
export const activationsOf = (published: Iterable<readonly [type: string, text: string]>): Activations => {
  const activations = new Map<string, EpochMillis>();
  for (const [type, text] of published) {
    const versions = JSON.parse(text) as TypeActivations;
    for (const [version, from] of Object.entries(versions)) activations.set(`${type}@v${version}`, from);
  }
  return activations;
};

/** What the last step of a deploy publishes, by event type, and which types are to be forgotten. */
export interface Publication { readonly put: ReadonlyMap<string, TypeActivations>; readonly remove: readonly string[] }

/** Contracts that are active and that a deploy no longer has: events that were written by them could be read by nobody. */
export const withdrawn = (published: Activations, events: readonly EventDefinition[]): readonly string[] => {
  const names = new Set<string>(events.map(versionedName));
  return [...published.keys()].filter((name) => !names.has(name));
};

/**
 * Decides what a deploy publishes when both consumers have its contracts. In an environment without contracts all are
 * active at once, as nothing was judged yet; else new ones become active a margin later, when every consumer has read of them.
 *
 * @param ephemeral such an environment forgets contracts that are no longer defined
 */
export const publication = (published: Activations, events: readonly EventDefinition[], settings: { readonly now: EpochMillis; readonly marginMilliseconds: number; readonly ephemeral: boolean }): Publication => {
  const from = published.size === 0 ? 0 : settings.now + settings.marginMilliseconds;
  const kept = settings.ephemeral ? [] : withdrawn(published, events);
  const names = [...events.filter(({ platform }) => platform !== true).map(versionedName), ...kept];
  const wanted = new Map<string, Record<string, EpochMillis>>();
  for (const name of names) {
    const at = name.lastIndexOf('@v');
    const versions = wanted.get(name.slice(0, at)) ?? {};
    versions[name.slice(at + 2)] = published.get(name) ?? from;
    wanted.set(name.slice(0, at), versions);
  }
  const types = new Set([...published.keys()].map((name) => name.slice(0, name.lastIndexOf('@v'))));
  return { put: wanted, remove: [...types].filter((type) => !wanted.has(type)) };
};
