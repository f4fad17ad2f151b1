import type { FieldNodes } from '../definition/node';
import type { Manifest } from '../manifest/manifest';
import { findingFields } from './subject';

/** Names of the fields in which subjects are looked for, of all definitions. */
export interface PersonalFields {
  readonly names: ReadonlySet<string>;
  /** Those that hold whole numbers somewhere. */
  readonly numbered: readonly string[];
}

/** The personal fields of events, datasets and keys of entities that say who somebody is. */
export const personalFieldsOf = ({ events, datasets, entities }: Pick<Manifest, 'events' | 'datasets' | 'entities'>): PersonalFields => {
  const all: readonly FieldNodes[] = [...Object.values(events).map(({ fields }) => fields), ...Object.values(datasets).map(({ fields }) => fields), ...Object.values(entities).map(({ key }) => key)];
  return {
    names: new Set(all.flatMap(findingFields)),
    numbered: [...new Set(all.flatMap((fields) => findingFields(fields).filter((name) => fields[name]?.scalar === 'int')))].toSorted(),
  };
};

/**
 * The personal fields that a subject is looked for in, of those that are named: a prediction holds the key field `id` of its
 * slot `user` as `user__id`, which nobody thinks of.
 */
export const fieldsOf = ({ names }: PersonalFields, fields: readonly string[]): readonly string[] =>
  [...new Set([...fields, ...[...names].filter((name) => fields.some((field) => name.endsWith(`__${field}`)))])].toSorted();
