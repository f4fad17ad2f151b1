import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import type { BatchRecord, CsvDataset } from '../../core/dataset/batch';
import { isRow, rowKey } from '../../core/dataset/row';

const lineFault = (dataset: CsvDataset, batch: string, line: string): string | undefined => {
  const value: unknown = JSON.parse(line);
  if (typeof value !== 'object' || value === null || !('row' in value) || !('lineage' in value)) return 'it holds no row';
  const { row, lineage } = value;
  if (!isRow(dataset.fields, row)) return 'its row breaks the contract';
  if (typeof lineage !== 'object' || lineage === null || !('contract_hash' in lineage) || !('batch_id' in lineage)) return 'it has no lineage';
  if (lineage.contract_hash !== dataset.hash) return 'it was judged by another contract';
  return lineage.batch_id === batch ? undefined : 'it belongs to another batch';
};

/**
 * Reads a landed batch back and compares it with its record and its contract: checksum, count, every row, one row a key.
 *
 * @param part the object as it is stored, compressed
 * @returns what is wrong, or undefined
 */
export const verifyPart = (dataset: CsvDataset, record: BatchRecord, part: Buffer): string | undefined => {
  let content: Buffer;
  try {
    content = gunzipSync(part);
  } catch (error) {
    return `the part of batch ${record.batch} cannot be inflated: ${error instanceof Error ? error.message : String(error)}`;
  }
  const hash = createHash('sha256').update(content).digest('hex');
  if (hash !== record.contentHash) return `the part of batch ${record.batch} has the content hash ${hash}, its record ${record.contentHash ?? 'none'}`;
  const lines = content.toString('utf8').split('\n').slice(0, -1);
  if (lines.length !== record.rows) return `the part of batch ${record.batch} has ${lines.length} rows, its record ${record.rows ?? 'none'}`;
  const keys = new Set<string>();
  for (const [index, line] of lines.entries()) {
    const fault = lineFault(dataset, record.batch, line);
    if (fault !== undefined) return `line ${index} of batch ${record.batch} is not right: ${fault}`;
    keys.add(rowKey(dataset.key, (JSON.parse(line) as { row: Record<string, string> }).row));
  }
  return keys.size === lines.length ? undefined : `batch ${record.batch} has ${lines.length} rows with ${keys.size} keys`;
};
