import type { Scalar } from '../definition/node';
import type { Row, Value } from '../expression/evaluate';
import type { EntityDefinition } from '../manifest/manifest';
import { versionedName } from '../manifest/manifest';

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('|', '\\|');

/**
 * The text of an entity's key, `airport|ORD`: the entity's name, then each key field, in the order of the definition.
 * Injective: `|` and `\` inside a value are escaped, so that two keys never give the same text.
 *
 * @returns `undefined` when a part of the key is absent: such a row describes no entity
 */
export const entityKeyText = (entity: Pick<EntityDefinition, 'name' | 'key'>, key: Row): string | undefined => {
  const parts = [entity.name];
  for (const name of Object.keys(entity.key)) {
    const value = key[name];
    if (value === undefined || value === null) return undefined;
    parts.push(escaped(String(value)));
  }
  return parts.join('|');
};

/** Longest key of an item that DynamoDB holds, bytes (its quotas, "Partition key length"). Asked for a longer one it answers for none of those that it was asked for with it. */
const longestKey = 2048;

/** Whether there can be an item of an entity. */
export const isHeldKey = (text: string): boolean => text.length * 3 <= longestKey || Buffer.byteLength(text, 'utf8') <= longestKey;

const readers: Readonly<Record<Scalar, (text: string) => Value>> = {
  string: (text) => text, int: Number, float: Number, timestamp: Number, boolean: (text) => text === 'true',
};

/** The parts that {@link entityKeyText} put together: the entity's name, and the text of each key field. */
export const entityKeyParts = (text: string): readonly string[] => text.split(/(?<=(?:^|[^\\])(?:\\\\)*)\|/u).map((part) => part.replaceAll(/\\([\\|])/gu, '$1'));

/** The key that {@link entityKeyText} encoded; `undefined` when the text is of another entity or shape. */
export const entityKeyOf = (entity: Pick<EntityDefinition, 'name' | 'key'>, text: string): Row | undefined => {
  const parts = entityKeyParts(text);
  const fields = Object.entries(entity.key);
  if (parts[0] !== entity.name || parts.length !== fields.length + 1) return undefined;
  return Object.fromEntries(fields.map(([name, { scalar }], index) => [name, readers[scalar](parts[index + 1] ?? '')]));
};

/** Sort key of a view's state items: view, version and generation, `airport_departures@v1#1`. */
export const stateViewText = (view: { readonly name: string; readonly version: number }, generation: number): string => `${versionedName(view)}#${generation}`;

/** Key of the item that says which generation of a view is served, and which is on its way. */
export const generationKey = (view: { readonly name: string; readonly version: number }): { readonly entity: string; readonly view: string } =>
  ({ entity: `generation|${versionedName(view)}`, view: 'control' });

/** Key of the item that says how far the follower has folded a shard into a generation. */
export const followedKey = (view: { readonly name: string; readonly version: number }, generation: number, shard: string): { readonly entity: string; readonly view: string } =>
  ({ entity: `generation|${versionedName(view)}`, view: `followed#${generation}|${shard}` });

/** Key of the item that says which batches of its dataset a view's items are made from. */
export const materializationKey = (view: { readonly name: string; readonly version: number }): { readonly entity: string; readonly view: string } =>
  ({ entity: `generation|${versionedName(view)}`, view: 'materialized' });
