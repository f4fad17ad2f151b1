import type { CompiledExpectation } from './expectation-sql';

/**
 * Types of curated columns, by their names in Iceberg (specification, "Primitive Types"). Whole numbers are `long` and
 * never `int`: so no version of a contract has to widen a column.
 */
export type IcebergType = 'string' | 'long' | 'double' | 'boolean' | 'timestamptz';

/** A column of a curated table. */
export interface CuratedColumn {
  readonly name: string;
  readonly type: IcebergType;
  /** Holds a value in each row. */
  readonly required: boolean;
  readonly comment: string;
  /** Where a raw line holds it: `event.id`; absent for fields, which {@link CuratedTable.writers} find. */
  readonly from?: string;
}

/** What of a curated table is worked out from the definitions: the writers of the lake read it, whatever engine they are. */
export interface CuratedTable {
  /** Its name in the catalog. */
  readonly name: string;
  readonly kind: 'event' | 'dataset' | 'platform' | 'predictions';
  /** The event type, the dataset or the model; of a table of the platform's own its name. */
  readonly of: string;
  readonly description: string;
  readonly owner?: string;
  /** Fields that hold personal data. */
  readonly personal: readonly string[];
  /** In the order in which they were ever added: a new field comes last. */
  readonly columns: readonly CuratedColumn[];
  /** The fields that each version's raw lines hold, by the version's folder: `<type>/v<n>`, `dataset=<name>/v<n>`. */
  readonly writers: Readonly<Record<string, readonly string[]>>;
  /** Of a dataset that comes as increments, its key: a batch takes the place of the rows with the same keys, and not of all rows. */
  readonly mergedBy?: readonly string[];
  /** What a batch must keep, by the folder of its version. */
  readonly expectations?: Readonly<Record<string, readonly CompiledExpectation[]>>;
}

/** `<type>/v<n>` with dots and all: names of the catalog are lower case, digits and underscores. */
export const curatedTableName = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/gu, '_');
