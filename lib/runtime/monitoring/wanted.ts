import type { EpochMillis } from '../../../core/event/time';
import type { Row } from '../../../core/expression/evaluate';
import type { FieldNode } from '../../../core/definition/node';
import type { EntityDefinition, ViewDefinition } from '../../../core/manifest/manifest';
import { versionedName } from '../../../core/manifest/manifest';
import { isPseudonymous, padsOf, pseudonymSql } from '../../../core/model/pseudonym';
import { columnTypes, entityKeySql, expressionSql, rowScope } from '../../../core/training/expression-sql';
import { identifier } from '../../../core/training/sql';
import type { Marks } from '../../../core/monitoring/watermark-chains';
import type { Database } from '../duckdb';

/** Features of one view that a prediction was made from: which entity's, at which moment, of a state that had folded how far. */
export interface WantedFeatures { readonly key: Row; readonly moment: EpochMillis; readonly marks: Marks }

/** What is wanted of one entity. */
export interface WantedEntity { readonly key: Row; readonly wants: readonly { readonly index: number; readonly want: WantedFeatures }[] }

/** The entities that are wanted, each once; its number is its place. */
export const wantedEntities = (wants: readonly WantedFeatures[], { key }: Pick<EntityDefinition, 'key'>): readonly WantedEntity[] => {
  const names = Object.keys(key);
  const found = new Map<string, WantedEntity & { readonly wants: WantedEntity['wants'][number][] }>();
  for (const [index, want] of wants.entries()) {
    const text = JSON.stringify(names.map((name) => want.key[name] ?? null));
    const entity = found.get(text) ?? { key: want.key, wants: [] };
    found.set(text, entity);
    entity.wants.push({ index, want });
  }
  return [...found.values()];
};

const table = 'wanted_entities';

/** The key of pseudonyms as a query finds it: no text of a query holds it. */
const pads = { inner: '(SELECT inner_pad FROM pseudonym_pads)', outer: '(SELECT outer_pad FROM pseudonym_pads)' };

/** Puts the key of pseudonyms where queries find it. */
export const putPseudonymKey = async (database: Database, key: Uint8Array): Promise<void> => {
  await database.run({ step: 'making the table of the key', sql: 'CREATE OR REPLACE TABLE pseudonym_pads (inner_pad BLOB, outer_pad BLOB)' });
  const [appender, { inner, outer }] = [await database.connection.createAppender('pseudonym_pads'), padsOf(key)];
  appender.appendBlob(inner);
  appender.appendBlob(outer);
  appender.endRow();
  appender.closeSync();
};

/** SQL of a key field as the log has it. */
export const loggedKeySql = (sql: string, field: Pick<FieldNode, 'scalar' | 'personal'>): string => (isPseudonymous(field) ? pseudonymSql(sql, field.scalar, pads) : sql);

/** SQL of the key of a view's entity for a row of its source, as the log has it. */
export const loggedEntitySql = (view: ViewDefinition, { key }: EntityDefinition): string => entityKeySql(Object.entries(key).map(([name, field]) => {
  const node = view.by[name];
  if (!node) throw new Error(`The feature view ${versionedName(view)} does not say by which column the key '${name}' of ${view.entity} is found.`);
  return { scalar: field.scalar, sql: loggedKeySql(expressionSql(node, rowScope(versionedName(view))), field) };
}));

/**
 * Makes the table `wanted_entities`: the number of each entity, and its key as {@link loggedEntitySql} has it for a row of the source.
 */
export const putWantedEntities = async (database: Database, entities: readonly WantedEntity[], { entity: name }: ViewDefinition, definition: EntityDefinition): Promise<void> => {
  const fields = Object.entries(definition.key);
  const columns = fields.map((_field, index) => identifier(`key${index}`));
  await database.run({ step: `entities of ${name}`, sql: `CREATE OR REPLACE TABLE wanted_keys (number INTEGER, ${columns.map((column) => `${column} VARCHAR`).join(', ')})` });
  const appender = await database.connection.createAppender('wanted_keys');
  for (const [number, { key }] of entities.entries()) {
    appender.appendInteger(number);
    for (const [field] of fields) {
      const value = key[field] ?? null;
      if (value === null) appender.appendNull();
      else appender.appendVarchar(String(value));
    }
    appender.endRow();
  }
  appender.closeSync();
  const sql = entityKeySql(fields.map(([, { scalar }], index) => ({ scalar, sql: `CAST(${columns[index] ?? ''} AS ${columnTypes[scalar]})` })));
  await database.run({ step: `entities of ${name}`, sql: `CREATE OR REPLACE TABLE ${table} AS SELECT number, ${sql} AS entity FROM wanted_keys` });
};
