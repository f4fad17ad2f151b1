import type { Statement } from '../sql';

/** Defines a view over a query: Spark works it out where it is read. */
export const createView = (step: string, view: string, query: string): Statement => ({ step, sql: `CREATE OR REPLACE TEMP VIEW ${view} AS ${query}` });

/** Defines a view whose rows are kept once they were worked out: for what several others read. */
export const keepView = (step: string, view: string, query: string): readonly Statement[] => [
  createView(step, view, query),
  { step, sql: `CACHE LAZY TABLE ${view} OPTIONS ('storageLevel' 'MEMORY_AND_DISK')` },
];

/** A row's value with the row's order among others of its entity, (effective time, source, id); null where it has no value. */
export const orderedValue = (value: string): string => `CASE WHEN (${value}) IS NOT NULL THEN named_struct('effective', effective, 'source', source, 'id', id, 'value', ${value}) END`;
