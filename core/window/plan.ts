import type { CurrentFeatureNode, ExpressionNode, FieldNodes, Width, WindowFeatureNode } from '../definition/node';
import type { Row, Value } from '../expression/evaluate';
import { canBeNull as expressionCanBeNull, compileExpression } from '../expression/evaluate';
import { entityKeyText } from '../feature/entity-key';
import { canonicalJson, sha256 } from '../manifest/hash';
import type { Manifest, ViewDefinition } from '../manifest/manifest';
import { versionedName } from '../manifest/manifest';
import { tiledAggregate } from './aggregates';
import { countPart, partKey, valueOf } from './aggregates/aggregate';
import type { Window } from './hop';
import { isLifetime, windowOf } from './hop';
import type { Part, PartValue } from './part';
import type { RegisterPlan } from './register';

/** Tiles of one hop: what each keeps, and how far back the widest window over them reaches. */
export interface TierPlan {
  readonly hop: number;
  readonly width: number;
  readonly parts: readonly Part[];
  /** Where each of its parts stands among the view's. */
  readonly shared: readonly number[];
  /** Of a view that Flink works out: where among its parts the one stands that counts all rows of a hop. */
  readonly rows?: number;
}

/** How one feature is read from an item. */
export type FeatureReader =
  | { readonly kind: 'tiled'; readonly name: string; readonly window: Window; readonly tier: number; readonly parts: readonly number[]; readonly finalize: (values: readonly PartValue[]) => Value }
  | { readonly kind: 'register'; readonly name: string; readonly window: Window; readonly register: number };

/** A feature view, ready to fold and to read. */
export interface ViewPlan {
  /** `airport_departures@v1`. */
  readonly name: string;
  readonly view: ViewDefinition;
  /** Fields of its source, as which rows are read. */
  readonly sourceFields: FieldNodes;
  readonly tiers: readonly TierPlan[];
  /** The parts of all tiers, each once: what a row brings to one is worked out once. */
  readonly parts: readonly Part[];
  readonly registers: readonly RegisterPlan[];
  readonly features: readonly FeatureReader[];
  /** 32 bits of a hash over the view and what its items keep: bytes packed under another one mean something else. */
  readonly fingerprint: number;
  /** Longest window with its hop, in milliseconds: how long an item matters after its last record. */
  readonly reach: number;
  /** Whether a window of it is a lifetime: its items never expire. */
  readonly isForever: boolean;
  /** Encoded key of the entity that a row describes; `undefined` when a part of it is absent. */
  readonly entityOf: (row: Row) => string | undefined;
  readonly entityKey: (key: Row) => string | undefined;
}

interface Draft { readonly hop: number; width: number; readonly parts: Part[]; readonly shared: number[]; rows?: number }

// Parts depend on the source's fields too (a column that cannot be null needs no count of its own), not on the view alone.
const fingerprintOf = (view: ViewDefinition, tiers: readonly Draft[], registers: readonly RegisterPlan[]): number =>
  Number.parseInt(sha256(canonicalJson([view.hash, tiers.map(({ hop, parts }) => [hop, parts.map(({ key, whole }) => [key, whole])]), registers.map(({ key }) => key)])).slice(0, 8), 16);

const partIndex = (parts: Part[], part: Part): number => {
  const index = parts.findIndex(({ key }) => key === part.key);
  return index >= 0 ? index : parts.push(part) - 1;
};

const registerIndex = (registers: RegisterPlan[], feature: WindowFeatureNode, window: Window): number => {
  const key = partKey('last', feature.aggregate);
  const index = registers.findIndex((each) => each.key === key);
  const known = registers[index];
  if (!known) return registers.push({ key, prepare: valueOf(feature.aggregate), node: feature.aggregate, ...window }) - 1;
  if (window.width > known.width) registers[index] = { ...known, ...window };
  return index;
};

/** A column of a dataset's newest row, as it is: a register that the row writes, whatever stood there. */
const currentReader = (registers: RegisterPlan[], { name, of }: CurrentFeatureNode): FeatureReader => {
  const key = `current ${canonicalJson(of)}`;
  const window = windowOf('lifetime');
  const found = registers.findIndex((each) => each.key === key);
  return { kind: 'register', name, window, register: found >= 0 ? found : registers.push({ key, prepare: compileExpression(of), ...window }) - 1 };
};

/**
 * Has each tier count the rows of its hops: of two partial aggregates of one hop, that over more rows is the later one. As
 * a part like others, the count of rows costs nothing where a feature counts them too, and needs no place of its own in items.
 */
const countRows = (drafts: Draft[], registers: readonly RegisterPlan[]): void => {
  const [register] = registers;
  // Newest values alone have no tiles; their hops are counted all the same.
  if (drafts.length === 0 && register) drafts.push({ hop: register.hop, width: register.width, parts: [], shared: [] });
  for (const draft of drafts) draft.rows = partIndex(draft.parts, countPart({ kind: 'count', scalar: 'int' }, { canBeNull: () => false }));
};

/**
 * Plans a view: which tiers of tiles its items have, what each tile keeps, and how each feature is read. The columns of a
 * dataset's row are registers.
 *
 * @throws Error naming the view when the manifest lacks its entity or source
 */
export const planView = (manifest: Manifest, view: ViewDefinition): ViewPlan => {
  const name = versionedName(view);
  const entity = manifest.entities[view.entity];
  const source = (view.from.kind === 'event' ? manifest.events : manifest.datasets)[versionedName(view.from)];
  if (!entity || !source) throw new Error(`The feature view ${name} refers to ${entity ? versionedName(view.from) : view.entity}, which the manifest does not have; compile the definitions again.`);
  const context = { canBeNull: (node: ExpressionNode) => expressionCanBeNull(node, (column) => source.fields[column]?.optional ?? true) };
  const drafts: Draft[] = [];
  const registers: RegisterPlan[] = [];
  const windows = new Map<Width, Window>();

  const features = view.features.map((feature): FeatureReader => {
    if (feature.kind === 'current') return currentReader(registers, feature);
    const window = windowOf(feature.width);
    windows.set(feature.width, window);
    const aggregate = tiledAggregate(feature.aggregate, context);
    if (!aggregate) return { kind: 'register', name: feature.name, window, register: registerIndex(registers, feature, window) };
    const found = drafts.findIndex(({ hop }) => hop === window.hop);
    const tier = found >= 0 ? found : drafts.push({ hop: window.hop, width: 0, parts: [], shared: [] }) - 1;
    const draft = drafts[tier] as Draft;
    draft.width = Math.max(draft.width, window.width);
    return { kind: 'tiled', name: feature.name, window, tier, parts: aggregate.parts.map((part) => partIndex(draft.parts, part)), finalize: aggregate.finalize };
  });

  if (view.engine === 'flink') countRows(drafts, registers);
  const parts: Part[] = [];
  for (const draft of drafts) draft.shared.push(...draft.parts.map((part) => partIndex(parts, part)));
  const by = Object.entries(view.by).map(([key, node]) => [key, compileExpression(node)] as const);
  return {
    name, view, sourceFields: source.fields, tiers: drafts, parts, registers, features, fingerprint: fingerprintOf(view, drafts, registers),
    reach: Math.max(0, ...[...windows.values()].map(({ width, hop }) => width + hop)),
    isForever: view.from.kind === 'dataset' || [...windows.values()].some(isLifetime),
    entityOf: (row) => entityKeyText(entity, Object.fromEntries(by.map(([key, value]) => [key, value({ columns: row })]))),
    entityKey: (key) => entityKeyText(entity, key),
  };
};
