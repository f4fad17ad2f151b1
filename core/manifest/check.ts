import type { AggregateKind, AggregateNode, ExpressionNode, FieldNodes, Scalar, Width } from '../definition/node';
import { columnsRead } from '../expression/columns-read';
import { featuresRead } from '../expression/walk';
import { currentProblems } from './check-current';
import { labelProblems } from './check-label';
import { personalProblems } from './check-personal';
import type { DatasetDefinition, EventDefinition, Manifest, ModelDefinition, SourceReference, ViewDefinition } from './manifest';
import { versionedName } from './manifest';

/** What is wrong with a definition, in words that name it and say the remedy. */
export interface DefinitionProblem { readonly definition: string; readonly problem: string }

type Complain = (problem: string) => void;

const minute = 60_000;
const widthPattern = /^([1-9]\d*)([mhd])$/;
const unit = { m: minute, h: 60 * minute, d: 24 * 60 * minute } as const;

const checkWidth = (feature: string, width: Width, complain: Complain): void => {
  if (width === 'lifetime') return;
  const match = widthPattern.exec(width);
  if (!match) return complain(`feature ${feature} has the width '${width}'; allowed are minutes, hours and days such as '5m', '3h' and '7d', and 'lifetime'`);
  const milliseconds = Number(match[1]) * unit[match[2] as keyof typeof unit];
  const [hop, text] = milliseconds < 12 * unit.h ? [5 * minute, '5 minutes (widths under 12 hours)'] as const
    : milliseconds < 12 * unit.d ? [unit.h, '1 hour (widths from 12 hours)'] as const : [unit.d, '1 day (widths from 12 days)'] as const;
  if (milliseconds % hop !== 0) complain(`feature ${feature} has the width '${width}', which is no multiple of its hop of ${text}: ${milliseconds / minute} minutes leave ${(milliseconds % hop) / minute} over; choose a multiple`);
  if (milliseconds > 90 * unit.d) complain(`feature ${feature} has the width '${width}'; the longest is '90d'`);
};

const checkFields = (fields: FieldNodes, complain: Complain): void => {
  for (const [name, field] of Object.entries(fields)) {
    if (!/^[a-zA-Z][a-zA-Z0-9_]{0,63}$/.test(name)) complain(`field '${name}' must be letters, digits and _, begin with a letter and have at most 64 characters`);
    if (field.pattern !== undefined) try { new RegExp(field.pattern, 'u'); } catch (error) { complain(`field '${name}' has the pattern ${field.pattern}, which is no regular expression: ${String(error)}`); }
    if (field.min !== undefined && field.max !== undefined && field.min > field.max) complain(`field '${name}' has min ${field.min} above max ${field.max}`);
    if (field.oneOf?.length === 0) complain(`field '${name}' allows none of an empty list; name its values or leave oneOf out`);
  }
};

const checkColumns = (node: ExpressionNode, fields: FieldNodes, where: string, complain: Complain): void => {
  for (const name of columnsRead(node)) if (!(name in fields)) complain(`${where} reads the column '${name}'; its source has ${Object.keys(fields).join(', ')}`);
};

const sourceFields = (manifest: Manifest, from: SourceReference): FieldNodes | undefined =>
  (from.kind === 'event' ? manifest.events : manifest.datasets)[versionedName(from)]?.fields;

const missing = (from: SourceReference): string => `is made from the ${from.kind} ${versionedName(from)}, which is not among the definitions: export it from definitions/index.ts`;

const checkEvent = (event: EventDefinition, complain: Complain): void => {
  checkFields(event.fields, complain);
  if (!event.fields[event.partitionBy]) complain(`is partitioned by '${event.partitionBy}'; its fields are ${Object.keys(event.fields).join(', ')}`);
  else if (event.fields[event.partitionBy]?.optional) complain(`is partitioned by '${event.partitionBy}', which is optional; a partition key must be there in each event`);
};

const checkDataset = (dataset: DatasetDefinition, complain: Complain): void => {
  checkFields(dataset.fields, complain);
  for (const key of dataset.key) if (!dataset.fields[key]) complain(`has the key '${key}'; its fields are ${Object.keys(dataset.fields).join(', ')}`);
  checkSource(dataset, complain);
  if (dataset.key.length === 0) complain('has no key; name the fields that tell its rows apart');
  if (typeof dataset.knownAt === 'object' && dataset.fields[dataset.knownAt.column]?.scalar !== 'timestamp') complain(`is known at the column '${dataset.knownAt.column}', which is no timestamp field`);
};

const checkSource = ({ source, fields }: DatasetDefinition, complain: Complain): void => {
  if (!('postgres' in source)) return;
  if (!/^[^.\s]+(?:\.[^.\s]+)?$/u.test(source.postgres)) complain(`comes from the table '${source.postgres}'; it is written schema.table`);
  if (source.database !== undefined && !/^[a-z][a-z0-9-]{0,19}$/u.test(source.database)) complain(`comes from the database '${source.database}'; its name is lower case, digits and hyphens, a letter first, at most 20 characters`);
  const { increment, overlapMinutes } = source;
  if (increment !== undefined && (fields[increment]?.scalar !== 'timestamp' || fields[increment].optional)) complain(`comes as increments by '${increment}', which is no timestamp field that is always there`);
  if (overlapMinutes !== undefined && (increment === undefined || !(overlapMinutes >= 0 && overlapMinutes <= 10_080))) complain(`has overlapMinutes ${overlapMinutes}; allowed are 0 to 10080, with an increment`);
};

/** What aggregates take: any scalar, where nothing is said. */
const taken: Readonly<Partial<Record<AggregateKind, readonly Scalar[]>>> = {
  ...Object.fromEntries((['sum', 'mean', 'variance', 'standardDeviation', 'quantile'] as const).map((kind) => [kind, ['int', 'float']])),
  min: ['int', 'float', 'timestamp'], max: ['int', 'float', 'timestamp'], share: ['boolean'], distinct: ['string', 'int', 'boolean', 'timestamp'],
};

const checkAggregate = (feature: string, { kind, of, where }: AggregateNode, complain: Complain): void => {
  const allowed = taken[kind];
  if (kind !== 'count' && of === undefined) complain(`has the feature ${feature}, a ${kind} of nothing: it names no column`);
  if (allowed && of && !allowed.includes(of.scalar)) complain(`has the feature ${feature}, a ${kind} of a ${of.scalar}; it takes ${allowed.join(', ')}`);
  if (where && where.scalar !== 'boolean') complain(`has the feature ${feature}, of which \`where\` is a ${where.scalar}; it takes boolean`);
};

const checkView = (view: ViewDefinition, manifest: Manifest, complain: Complain): void => {
  const fields = sourceFields(manifest, view.from);
  if (!fields) return complain(missing(view.from));
  const entity = manifest.entities[view.entity];
  if (!entity) return complain(`describes the entity ${view.entity}, which is not among the definitions: export it from definitions/index.ts`);
  for (const key of Object.keys(entity.key)) if (!view.by[key]) complain(`does not say by which column the entity's key '${key}' is found`);
  if (view.features.length === 0) complain('has no features');
  for (const problem of personalProblems(view, entity, fields)) complain(problem);
  const names = view.features.map(({ name }) => name);
  for (const name of new Set(names.filter((each, index) => names.indexOf(each) !== index))) complain(`has the feature ${name} twice; give one another name`);
  for (const node of Object.values(view.by)) checkColumns(node, fields, 'by', complain);
  for (const problem of currentProblems(view, entity, manifest)) complain(problem);
  for (const feature of view.features) {
    if (feature.kind === 'window') {
      checkWidth(feature.name, feature.width, complain);
      checkAggregate(feature.name, feature.aggregate, complain);
    }
    for (const node of feature.kind === 'current' ? [feature.of] : [feature.aggregate.of, feature.aggregate.where]) if (node) checkColumns(node, fields, `feature ${feature.name}`, complain);
  }
};

const checkModel = (model: ModelDefinition, manifest: Manifest, complain: Complain): void => {
  checkFields(model.request, complain);
  const names = model.inputs.map(({ name }) => name);
  if (names.length === 0) complain('has no inputs');
  for (const name of new Set(names.filter((each, index) => names.indexOf(each) !== index))) complain(`has the input ${name} twice; give one another name`);
  for (const [slot, entity] of Object.entries(model.entities)) if (!manifest.entities[entity]) complain(`has the slot ${slot} for the entity ${entity}, which is not among the definitions: export it from definitions/index.ts`);
  for (const read of model.inputs.flatMap(({ expression }) => featuresRead(expression))) {
    const view = manifest.views[versionedName({ name: read.view, version: read.version })];
    if (!view) complain(`reads the feature view ${read.view}@v${read.version}, which is not among the definitions: export it from definitions/index.ts`);
    else if (view.entity !== model.entities[read.slot]) complain(`reads ${read.view} for the slot ${read.slot}, which is for the entity ${model.entities[read.slot]}; the view describes ${view.entity}`);
  }
  const fields = sourceFields(manifest, model.examples.from);
  if (!fields) return complain(missing(model.examples.from));
  const { label } = model.examples;
  if (label.kind === 'happens') for (const problem of labelProblems(label, fields, manifest)) complain(problem);
  for (const node of [model.examples.at, ...(label.kind === 'happens' ? [] : [label]), ...Object.values(model.examples.request), ...Object.values(model.examples.entities).flatMap((key) => Object.values(key))])
    if (node) checkColumns(node, fields, 'examples', complain);
};

/** Everything that is wrong with the definitions and that the type checker cannot see; empty when nothing is. */
export const checkManifest = (manifest: Manifest): readonly DefinitionProblem[] => {
  const problems: DefinitionProblem[] = [];
  const about = (kind: string, name: string): Complain => (problem) => { problems.push({ definition: `${kind} ${name}`, problem }); };
  for (const [name, each] of Object.entries(manifest.events)) checkEvent(each, about('event', name));
  for (const [name, each] of Object.entries(manifest.datasets)) checkDataset(each, about('dataset', name));
  for (const [name, each] of Object.entries(manifest.entities)) checkFields(each.key, about('entity', name));
  for (const [name, each] of Object.entries(manifest.views)) checkView(each, manifest, about('feature view', name));
  for (const [name, each] of Object.entries(manifest.models)) checkModel(each, manifest, about('model', name));
  return problems;
};
