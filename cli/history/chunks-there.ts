import { importedRows } from '../../core/lake/object';

/**
 * Which chunks of a file an earlier attempt has written, by the names of the objects below its event type's folder of raw. For a
 * bar alone: names do not say which file they are of, so that another import of the type since then looks the same.
 *
 * @param since epoch milliseconds: when the first attempt began
 */
export const chunksThere = async (objects: AsyncIterable<{ readonly key: string; readonly modified: number }>, since: number, chunkRows: number): Promise<Set<number>> => {
  const chunks = new Set<number>();
  for await (const { key, modified } of objects) {
    const rows = modified < since ? undefined : importedRows(key);
    if (rows !== undefined) chunks.add(Math.floor(rows.first / chunkRows));
  }
  return chunks;
};
