import { isDeepStrictEqual } from 'node:util';
import type { Dataset, Entity, Event } from '../definition/source';
import type { FeatureView } from '../definition/feature-view';
import type { Model } from '../definition/model';
import { canRead } from '../contract/reading';
import { columnsRead } from '../expression/columns-read';
import { featuresRead } from '../expression/walk';
import type { ColumnNode, ExpressionNode } from '../definition/node';
import { outcomePrefix } from '../definition/node';
import { predictionEventOf } from '../model/prediction-event';
import type { DefinitionProblem } from './check';
import { checkManifest } from './check';
import { checkItems } from './check-items';
import { checkCompatible, checkKept, checkReaders } from './check-contracts';
import { checkExpectations } from './check-expectations';
import { checkFlink } from './check-flink';
import { checkServing } from './check-serving';
import { checkTables } from './check-tables';
import { checkTraining } from './check-training';
import { canonicalJson, contentHash, sha256 } from './hash';
import type { DatasetDefinition, EntityDefinition, EventDefinition, KeptContract, Manifest, ModelDefinition, SourceReference, TrainingPolicy, ViewDefinition } from './manifest';
import { versionedName } from './manifest';

type Definition = Event | Dataset | Entity | FeatureView | Model;
type Kind = Definition['kind'];

const kinds: Readonly<Record<Kind, true>> = { event: true, dataset: true, entity: true, featureView: true, model: true };

const isDefinition = (value: unknown): value is Definition =>
  typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string' && value.kind in kinds && 'name' in value;

/** What a compile gives: a manifest, or everything that is wrong. */
export type Compilation = { readonly ok: true; readonly manifest: Manifest } | { readonly ok: false; readonly problems: readonly DefinitionProblem[] };

type Hashed<D> = D & { readonly hash: string };
const hashed = <D extends object>(definition: D): Hashed<D> => ({ ...definition, hash: contentHash(definition) });

/** What is expected of a batch, when it is run and what runs it says nothing of what its rows mean. */
const datasetDefinition = ({ expects, schedule, after, engine, ...definition }: Dataset): DatasetDefinition =>
  ({ ...hashed(definition), ...(expects === undefined ? {} : { expects }), ...(schedule === undefined ? {} : { schedule }), ...(after === undefined ? {} : { after }), ...(engine === undefined ? {} : { engine }) });

type Events = Readonly<Record<string, KeptContract>>;

/**
 * What a source means to who reads it: not its version, as events of all versions are read alike, but the columns that are
 * read and whether they can be absent. A new version of a contract leaves the meaning of views as it is, unless it touches these.
 */
const sourceMeaning = (from: SourceReference, read: readonly ExpressionNode[], events: Events): unknown => {
  const event = from.kind === 'event' ? events[versionedName(from)] : undefined;
  if (event === undefined || event.compatibility === 'NONE') return from;
  return { kind: from.kind, name: from.name, columns: Object.fromEntries([...new Set(read.flatMap(columnsRead))].sort().map((name) => [name, [event.fields[name]?.scalar ?? null, event.fields[name]?.optional ?? null]])) };
};

/** A view as data: without what only the type checker and models use. */
const viewDefinition = ({ nodes, kind, name, version, owner, description, entity, from, by, writeUnits, engine }: FeatureView, events: Events): ViewDefinition => {
  const definition = { kind, name, version, ...(owner === undefined ? {} : { owner }), ...(description === undefined ? {} : { description }), entity, from, by, features: nodes,
    // To be folded by the Lambda is what views were before there was a choice.
    ...(engine === undefined || engine === 'lambda' ? {} : { engine }) };
  const allowed = writeUnits === undefined ? {} : { writeUnits };
  const read = [...Object.values(by), ...nodes.flatMap((node) => (node.kind === 'current' ? [node.of] : [node.aggregate.of, node.aggregate.where].filter((each) => each !== undefined)))];
  // What a fold may cost is not what a view means: its items stay readable.
  return { ...definition, ...allowed, hash: contentHash(Object.assign({}, definition, { from: sourceMeaning(from, read, events) })) };
};

/** SHA-256 (hex) of a file of the project; undefined when there is none. */
export type FileHash = (file: string) => string | undefined;

/** How a model is trained, with the trainer's content: the empty hash is one of no file. */
const trainingPolicy = ({ trainer, ...policy }: NonNullable<Model['training']>, fileHash: FileHash): TrainingPolicy =>
  ({ ...policy, ...(trainer === undefined ? {} : { trainer: { file: trainer, contentHash: fileHash(trainer) ?? '' } }) });

/** How a model is served, trained and judged says nothing of what it means: it needs no other version for that. */
const modelDefinition = ({ inputNodes, entities, serving, training, evaluation, ...rest }: Model, views: Readonly<Record<string, ViewDefinition>>, events: Events, fileHash: FileHash): ModelDefinition => {
  const slots = Object.fromEntries(Object.entries(entities).map(([slot, { name }]) => [slot, name]));
  const definition = { ...rest, entities: slots, inputs: inputNodes };
  const { examples } = definition;
  const { label } = examples;
  const ownColumns = label.kind === 'happens' ? columnNodes(label.where).filter(({ name }) => !name.startsWith(outcomePrefix)) : [label];
  const outcomeColumns = label.kind === 'happens' ? columnNodes(label.where).flatMap((node) => (node.name.startsWith(outcomePrefix) ? [{ ...node, name: node.name.slice(outcomePrefix.length) }] : [])) : [];
  const exampleNodes = [examples.at, ...ownColumns, ...Object.values(examples.request), ...Object.values(examples.entities).flatMap((key) => Object.values(key))].filter((each) => each !== undefined);
  const hash = contentHash(Object.assign({}, definition, { examples: { ...examples, from: sourceMeaning(examples.from, exampleNodes, events), ...(label.kind === 'happens' ? { label: { ...label, outcome: sourceMeaning(label.outcome, outcomeColumns, events) } } : {}) } }));
  const read = [...new Set(inputNodes.flatMap((input) => viewsRead(input.expression)))].sort();
  const policies = { ...(serving === undefined ? {} : { serving }), ...(training === undefined ? {} : { training: trainingPolicy(training, fileHash) }), ...(evaluation === undefined ? {} : { evaluation }) };
  return { ...definition, ...policies, hash, inputsHash: sha256(canonicalJson({ inputs: inputNodes, views: read.map((name) => [name, views[name]?.hash ?? null]) })) };
};

/** The columns that an expression reads, as nodes. */
const columnNodes = (node: ExpressionNode): readonly ColumnNode[] => columnsRead(node).map((name): ColumnNode => ({ kind: 'column', name, scalar: 'string' }));

const viewsRead = (node: ExpressionNode): readonly string[] => featuresRead(node).map(({ view, version }) => versionedName({ name: view, version }));

const namePatterns: Readonly<Record<Kind, RegExp>> = {
  event: /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$/, dataset: /^[a-z][a-z0-9_]*$/, entity: /^[a-z][a-z0-9_]*$/, featureView: /^[a-z][a-z0-9_]*$/, model: /^[a-z][a-z0-9_]*$/,
};

const checkNames = (definitions: readonly Definition[]): readonly DefinitionProblem[] => {
  const seen = new Set<string>();
  return definitions.flatMap((definition): DefinitionProblem[] => {
    const versioned = definition.kind === 'entity' ? definition.name : versionedName(definition);
    const subject = `${definition.kind === 'featureView' ? 'feature view' : definition.kind} ${versioned}`;
    const problems: string[] = [];
    if (!namePatterns[definition.kind].test(definition.name) || definition.name.length > 64)
      problems.push(`has the name '${definition.name}'; allowed are lower-case letters, digits and _, beginning with a letter${definition.kind === 'event' ? ', in parts joined by dots' : ''}, at most 64 characters`);
    if (definition.kind === 'event' && definition.name.startsWith('prediction.')) problems.push('has a name that begins with `prediction.`, which the platform keeps for what models predict');
    if (definition.kind !== 'entity' && !(Number.isInteger(definition.version) && definition.version >= 1)) problems.push(`has the version ${definition.version}; a version is a whole number from 1`);
    if (seen.has(`${definition.kind} ${versioned}`)) problems.push('is defined twice; give one another name or version');
    seen.add(`${definition.kind} ${versioned}`);
    return problems.map((problem) => ({ definition: subject, problem }));
  });
};

const byName = <D extends { readonly name: string }>(definitions: readonly D[], key: (definition: D) => string): Readonly<Record<string, D>> =>
  Object.fromEntries(definitions.map((each): [string, D] => [key(each), each]).sort(([left], [right]) => (left < right ? -1 : 1)));

/** Adds the versions that each event can be read from. */
const withReads = (events: Events): Readonly<Record<string, EventDefinition>> => Object.fromEntries(Object.entries(events).map(([name, event]) => [name, {
  ...event, reads: Object.values(events).filter((writer) => writer.name === event.name && (writer.version === event.version || canRead(event, writer))).map(({ version }) => version).sort((left, right) => left - right),
}]));

/** Adds the contracts that were kept and the event types that the platform puts itself, and works out the hash of the whole. */
const assemble = (definitions: readonly Definition[], kept: readonly KeptContract[], fileHash: FileHash): Manifest => {
  const of = <K extends Kind>(kind: K) => definitions.filter((each): each is Extract<Definition, { kind: K }> => each.kind === kind);
  const entities = byName<EntityDefinition>(of('entity').map(hashed), ({ name }) => name);
  const datasets = byName<DatasetDefinition>(of('dataset').map(datasetDefinition), versionedName);
  const ownEvents: Events = byName<KeptContract>([...kept, ...of('event').map(hashed)], versionedName);
  const views = byName<ViewDefinition>(of('featureView').map((each) => viewDefinition(each, ownEvents)), versionedName);
  const models = byName<ModelDefinition>(of('model').map((each) => modelDefinition(each, views, ownEvents, fileHash)), versionedName);
  const predictions = Object.values(models).filter((each) => Object.values(each.entities).every((name) => entities[name])).map((each) => hashed(predictionEventOf(each, entities)));
  const events = withReads(byName<KeptContract>([...Object.values(ownEvents), ...predictions], versionedName));
  const groups: readonly Readonly<Record<string, { readonly hash: string }>>[] = [events, datasets, entities, views, models];
  const expected = Object.values(datasets).flatMap(({ expects, schedule, after, engine, ...each }) =>
    (expects ?? schedule ?? after ?? engine) === undefined ? [] : [[versionedName(each), expects ?? null, schedule ?? null, after ?? null, ...(engine === undefined ? [] : [engine])]]);
  const hashes = groups.map((group) => Object.entries(group).map(([name, each]) => [name, each.hash]));
  const served = Object.entries(models).flatMap(([name, { serving }]) => (serving === undefined ? [] : [[name, serving]]));
  const trained = Object.entries(models).flatMap(([name, { training, evaluation }]) => (training === undefined && evaluation === undefined ? [] : [[name, 'trained', training ?? null, evaluation ?? null]]));
  const hash = sha256(canonicalJson([...hashes, ...[expected, served, trained].filter((each) => each.length > 0)]));
  return { format: 1, hash, events, datasets, entities, views, models };
};

/**
 * Compiles definitions to a manifest.
 *
 * @param exported the exports of `definitions/index.ts`; what is no definition (a helper, say) is passed over
 * @param kept contracts of former versions, which are events of the manifest as long as there are readers; one that is defined too must be the same
 * @param fileHash of the files that definitions name, such as trainers
 * @returns the manifest, or every problem with the name of its definition
 */
export const compile = (exported: Readonly<Record<string, unknown>>, kept: readonly KeptContract[] = [], fileHash: FileHash = () => undefined): Compilation => {
  const definitions = [...new Set(Object.values(exported).filter(isDefinition))];
  const names = checkNames(definitions);
  if (names.length > 0) return { ok: false, problems: names };
  const manifest = assemble(definitions, kept, fileHash);
  const problems = [...checkKept(manifest, kept), ...checkManifest(manifest), ...checkCompatible(manifest), ...checkReaders(manifest), ...checkTables(manifest), ...checkExpectations(manifest), ...checkServing(manifest), ...checkFlink(manifest), ...checkTraining(manifest)];
  if (problems.length === 0) problems.push(...checkItems(manifest));
  if (problems.length > 0) return { ok: false, problems };
  if (!isDeepStrictEqual(JSON.parse(JSON.stringify(manifest)), manifest))
    return { ok: false, problems: [{ definition: 'manifest', problem: 'holds a value that JSON cannot keep (NaN, Infinity, undefined or a date); use numbers, text and booleans' }] };
  return { ok: true, manifest };
};

/** The manifest's text as it is committed: stable, so that a change shows as a difference of lines. */
export const manifestText = (manifest: Manifest): string => `${JSON.stringify(manifest, null, 1)}\n`;
