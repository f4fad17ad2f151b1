import type { Materialization } from '../../core/dataset/materialization';
import { materializationKey } from '../../core/feature/entity-key';
import type { ViewDefinition } from '../../core/manifest/manifest';
import type { ControlItemsOptions } from './control-items';
import { dynamoControlItems } from './control-items';

type View = Pick<ViewDefinition, 'name' | 'version'>;

/** What is known of a view's items, with the version of the item that says so: 0 when there is none. */
export interface KeptMaterialization { readonly known: Materialization | undefined; readonly version: number }

/** The items of the state table that say which batches of its dataset a view's items are made from. */
export interface MaterializationStore {
  readonly read: (view: View) => Promise<KeptMaterialization>;
  /** Writes on condition that the item is as it was read; false when it is not. */
  readonly write: (view: View, known: Materialization, expected: number) => Promise<boolean>;
}

/** Materializations in the state table of DynamoDB. */
export const dynamoMaterializationStore = (options: ControlItemsOptions): MaterializationStore => {
  const items = dynamoControlItems(options);
  return {
    read: async (view) => {
      const [item] = await items.read([materializationKey(view)]);
      const content = item?.['materialization']?.S;
      return { version: Number(item?.['version']?.N ?? 0), known: content === undefined ? undefined : JSON.parse(content) as Materialization };
    },
    write: (view, known, expected) => items.putVersion(materializationKey(view), 'materialization', JSON.stringify(known), expected),
  };
};
