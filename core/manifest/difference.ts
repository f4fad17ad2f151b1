import type { Manifest } from './manifest';

/** What is online in an environment: versioned name (with its kind) to content hash. */
export type OnlineHashes = Readonly<Record<string, string>>;

export interface ManifestDifference {
  /** Not online yet. */
  readonly added: readonly string[];
  /** Online, and no longer defined. */
  readonly removed: readonly string[];
  /** Online under the same version with another content. */
  readonly changed: readonly string[];
}

/**
 * The hash of each definition by `<kind>/<name>[@vN]`, as a deploy records it. The platform's own event types are none: they
 * follow their models, and a release of the platform may add to them.
 */
export const hashesOf = (manifest: Manifest): OnlineHashes => Object.fromEntries(
  ([['event', Object.fromEntries(Object.entries(manifest.events).filter(([, { platform }]) => platform !== true))], ['dataset', manifest.datasets], ['entity', manifest.entities], ['view', manifest.views], ['model', manifest.models]] as const)
    .flatMap(([kind, group]) => Object.entries(group).map(([name, { hash }]) => [`${kind}/${name}`, hash])));

/** What a deploy would change. A `changed` entry is refused unless the environment is ephemeral. */
export const differenceOf = (online: OnlineHashes, next: OnlineHashes): ManifestDifference => ({
  added: Object.keys(next).filter((name) => !(name in online)).sort(),
  removed: Object.keys(online).filter((name) => !(name in next)).sort(),
  changed: Object.keys(next).filter((name) => name in online && online[name] !== next[name]).sort(),
});
