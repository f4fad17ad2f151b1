import { predictionTableProblems, predictionTables } from '../lake/prediction-table';
import { qualityTables } from '../lake/quality-tables';
import { curatedTableName } from '../lake/table';
import type { DefinitionProblem } from './check';
import type { DatasetDefinition, EventDefinition, Manifest } from './manifest';
import { versionedName } from './manifest';

type Tabled = EventDefinition | DatasetDefinition;

/** A table has one type for a column, whatever version a row was written by: Iceberg makes neither a double of a long nor text of a number. */
const changedTypes = (event: Tabled, former: readonly Tabled[]): readonly string[] =>
  Object.entries(event.fields).flatMap(([name, { scalar }]) => {
    const other = former.find(({ fields }) => fields[name] !== undefined && fields[name].scalar !== scalar);
    return other === undefined ? [] : [`has the field '${name}' as ${scalar}, and version ${other.version} has it as ${other.fields[name]?.scalar}: rows of both stand in one column of the curated table ${curatedTableName(event.name)}, whose type Iceberg cannot change so; give the field another name, or the ${event.kind === 'event' ? 'event type' : 'dataset'}`];
  });

/** The catalog's names are in lower case: what differs only by that is one name. */
const alike = (event: Tabled, versions: readonly Tabled[]): readonly string[] => {
  const others = new Set(versions.flatMap(({ fields }) => Object.keys(fields)));
  return Object.keys(event.fields).flatMap((name) => {
    const other = [...others].find((each) => each !== name && each.toLowerCase() === name.toLowerCase());
    return other === undefined ? [] : [`has the field '${name}', and there is '${other}': a catalog takes no notice of capitals; give one of them another name`];
  });
};

/** What the curated tables cannot hold: fields that change their type, and names that a catalog cannot tell apart. */
export const checkTables = ({ events, datasets, models, entities }: Pick<Manifest, 'events' | 'datasets' | 'models' | 'entities'>): readonly DefinitionProblem[] => {
  const all: readonly Tabled[] = [...Object.values(events), ...Object.values(datasets)];
  const said = ({ kind, name }: Tabled): string => `the ${kind === 'event' ? 'event type' : 'dataset'} ${name}`;
  // Names that tables over other zones have.
  const tables = new Map([['quarantine', 'what was rejected'], ...predictionTables({ models, entities }).map(({ name, of }): [string, string] => [name, `the predictions of the model ${of}`]), ...qualityTables.map(({ name, description }): [string, string] => [name, description.toLowerCase()]), ...Object.values(events).map((event): [string, string] => [`raw_${curatedTableName(event.name)}_v${event.version}`, `the raw events ${versionedName(event)}`])]);
  return [...predictionTableProblems({ models, entities }).map(({ model, problem }) => ({ definition: `model ${versionedName(model)}`, problem })), ...all.flatMap((each) => {
    const versions = all.filter(({ kind, name }) => kind === each.kind && name === each.name);
    const problems = [...changedTypes(each, versions.filter(({ version }) => version < each.version)), ...alike(each, versions)];
    const table = curatedTableName(each.name);
    const other = tables.get(table) ?? said(each);
    if (other !== said(each)) problems.push(`would share the table ${table} with ${other}; give one of them another name`);
    tables.set(table, other);
    return problems.map((problem) => ({ definition: `${each.kind} ${versionedName(each)}`, problem }));
  })];
};
