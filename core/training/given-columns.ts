import type { FieldNode, Scalar } from '../definition/node';
import type { Manifest, ModelDefinition } from '../manifest/manifest';
import { versionedName } from '../manifest/manifest';
import type { GivenColumn } from './given-value';
import { givenValue } from './given-value';
import { identifier } from './sql';

/** A column of a table that somebody gave, as the plan reads it. */
export interface GivenRead {
  readonly column: string;
  /** SQL of its value, null where it is of another type, breaks a limit, or is not there. */
  readonly value: string;
  /** SQL of whether something stands there. */
  readonly present: string;
  readonly optional: boolean;
}

/** Where the table has what a row needs. */
export interface GivenColumns {
  readonly id?: GivenRead;
  readonly moment?: GivenRead;
  readonly known?: GivenRead;
  readonly label?: GivenRead;
  /** By slot and key field. */
  readonly entities: Readonly<Record<string, Readonly<Record<string, GivenRead>>>>;
  readonly request: Readonly<Record<string, GivenRead>>;
}

export type GivenColumnsFound = { readonly ok: true; readonly columns: GivenColumns } | { readonly ok: false; readonly problems: readonly string[] };

/** What a table must or may hold for a model; each under the first of the names that it has. */
export interface GivenNeeds {
  readonly manifest: Pick<Manifest, 'entities'>;
  readonly model: ModelDefinition;
  /** Whether each row has a moment of its own: false where one is given for all. */
  readonly hasMoment: boolean;
  /** Whether a label is read, where there is one. */
  readonly hasLabel: boolean;
}

/** Names under which an entity's key field may stand, the plainest first. */
const givenKeyNames = (slot: string, key: string): readonly string[] => [`${slot}.${key}`, `entity.${slot}.${key}`, `${slot}__${key}`];
/** Names under which a request field may stand: the second for one that is called as a column of the table's own. */
const givenRequestNames = (name: string): readonly string[] => [...(ownColumns.has(name) ? [] : [name]), `request.${name}`];

/** Columns that rows have whatever the model is; training sets call them `example.…`. */
const ownColumns: ReadonlySet<string> = new Set(['id', 'moment', 'known', 'label']);
const ownNames = (name: string): readonly string[] => [name, `example.${name}`];

/** Whether a column holds the moment of each row. */
export const isMomentColumn = (name: string): boolean => ownNames('moment').includes(name);

const fieldOf = (scalar: Scalar): FieldNode => ({ scalar, optional: false, personal: false });

/**
 * Finds the columns of a model's rows in a table.
 *
 * @param table in SQL, as the columns are qualified
 * @returns where they are, or everything that is missing or of a type that cannot be read
 */
export const givenColumns = (given: readonly GivenColumn[], table: string, { manifest, model, hasMoment, hasLabel }: GivenNeeds): GivenColumnsFound => {
  const problems: string[] = [];
  const read = (names: readonly string[], field: FieldNode, isNeeded: boolean, what: string): GivenRead | undefined => {
    const column = names.map((name) => given.find((each) => each.name === name)).find((each) => each !== undefined);
    if (column === undefined) {
      if (isNeeded) problems.push(`${what} is missing: there is no column ${names.slice(0, 2).join(' or ')}`);
      return undefined;
    }
    const at = `${table}.${identifier(column.name)}`;
    const value = givenValue(column, at, field);
    if (!value.ok) problems.push(value.problem);
    return value.ok ? { column: column.name, value: value.sql, present: `${at} IS NOT NULL`, optional: field.optional } : undefined;
  };
  const own = (name: string, scalar: Scalar, isNeeded: boolean): Readonly<Record<string, GivenRead>> => {
    const found = read(ownNames(name), fieldOf(scalar), isNeeded, `the ${name} of each row`);
    return found === undefined ? {} : { [name]: found };
  };
  const several = (fields: Readonly<Record<string, FieldNode>>, namesOf: (name: string) => readonly string[], what: (name: string) => string): Readonly<Record<string, GivenRead>> =>
    Object.fromEntries(Object.entries(fields).flatMap(([name, field]) => {
      const found = read(namesOf(name), field, !field.optional, what(name));
      return found === undefined ? [] : [[name, found]];
    }));
  const entities = Object.fromEntries(Object.entries(model.entities).map(([slot, name]) => {
    const entity = manifest.entities[name];
    if (entity === undefined) throw new Error(`${versionedName(model)} reads ${name}, which is not in the manifest; run npx headrace compile.`);
    return [slot, several(entity.key, (key) => givenKeyNames(slot, key), (key) => `the key ${key} of the ${name} in the slot ${slot}`)];
  }));
  const columns: GivenColumns = {
    ...own('id', 'string', false), ...own('moment', 'timestamp', hasMoment), ...(hasLabel ? { ...own('label', model.examples.label.scalar, false), ...own('known', 'timestamp', false) } : {}),
    entities, request: several(model.request, givenRequestNames, (name) => `the request field ${name}`),
  };
  if (!hasMoment && columns.moment !== undefined) problems.push(`one moment was given for all rows, and the column ${columns.moment.column} gives each its own; leave one of them out`);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, columns };
};
