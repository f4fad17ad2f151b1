import { curatedTableName } from '../lake/curated-table';
import type { DefinitionProblem } from './check';
import type { EventDefinition, Manifest } from './manifest';
import { versionedName } from './manifest';

/** A table has one type for a column, whatever version a row was written by: Iceberg makes neither a double of a long nor text of a number. */
const changedTypes = (event: EventDefinition, former: readonly EventDefinition[]): readonly string[] =>
  Object.entries(event.fields).flatMap(([name, { scalar }]) => {
    const other = former.find(({ fields }) => fields[name] !== undefined && fields[name].scalar !== scalar);
    return other === undefined ? [] : [`has the field '${name}' as ${scalar}, and version ${other.version} has it as ${other.fields[name]?.scalar}: rows of both stand in one column of the curated table ${curatedTableName(event.name)}, whose type Iceberg cannot change so; give the field another name, or the event type`];
  });

/** The catalog's names are in lower case: what differs only by that is one name. */
const alike = (event: EventDefinition, versions: readonly EventDefinition[]): readonly string[] => {
  const others = new Set(versions.flatMap(({ fields }) => Object.keys(fields)));
  return Object.keys(event.fields).flatMap((name) => {
    const other = [...others].find((each) => each !== name && each.toLowerCase() === name.toLowerCase());
    return other === undefined ? [] : [`has the field '${name}', and there is '${other}': a catalog takes no notice of capitals; give one of them another name`];
  });
};

/** What the curated tables cannot hold: fields that change their type, and names that a catalog cannot tell apart. */
export const checkTables = ({ events }: Pick<Manifest, 'events'>): readonly DefinitionProblem[] => {
  const all = Object.values(events);
  // Names that tables over other zones have.
  const tables = new Map([['quarantine', 'what was rejected'], ...all.map((event): [string, string] => [`raw_${curatedTableName(event.name)}_v${event.version}`, `the raw events ${versionedName(event)}`])]);
  return all.flatMap((event) => {
    const versions = all.filter(({ name }) => name === event.name);
    const problems = [...changedTypes(event, versions.filter(({ version }) => version < event.version)), ...alike(event, versions)];
    const table = curatedTableName(event.name);
    const other = tables.get(table) ?? event.name;
    if (other !== event.name) problems.push(`would share the table ${table} with ${other}; give one of them another name`);
    tables.set(table, other);
    return problems.map((problem) => ({ definition: `event ${versionedName(event)}`, problem }));
  });
};
