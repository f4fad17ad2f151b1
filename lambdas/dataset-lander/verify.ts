import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import type { BatchManifest, BatchPart, BatchRecord } from '../../core/dataset/batch';
import { isRow, rowKey } from '../../core/dataset/row';
import type { DatasetDefinition } from '../../core/manifest/manifest';
import { contentHashOf } from './land';

const lineFault = (dataset: DatasetDefinition, batch: string, line: string, keys: Set<string>): string | undefined => {
  const value: unknown = JSON.parse(line);
  if (typeof value !== 'object' || value === null || !('row' in value) || !('lineage' in value)) return 'it holds no row';
  const { row, lineage } = value;
  if (!isRow(dataset.fields, row)) return 'its row breaks the contract';
  if (typeof lineage !== 'object' || lineage === null || !('contract_hash' in lineage) || !('batch_id' in lineage)) return 'it has no lineage';
  if (lineage.contract_hash !== dataset.hash) return 'it was judged by another contract';
  keys.add(rowKey(dataset.key, row));
  return lineage.batch_id === batch ? undefined : 'it belongs to another batch';
};

const partFault = (dataset: DatasetDefinition, batch: string, part: BatchPart, object: Buffer, keys: Set<string>): string | undefined => {
  let content: Buffer;
  try {
    content = gunzipSync(object);
  } catch (error) {
    return `the part ${part.key} cannot be inflated: ${error instanceof Error ? error.message : String(error)}`;
  }
  const hash = createHash('sha256').update(content).digest('hex');
  if (hash !== part.contentHash) return `the part ${part.key} has the content hash ${hash}, its manifest ${part.contentHash}`;
  const lines = content.toString('utf8').split('\n').slice(0, -1);
  if (lines.length !== part.rows) return `the part ${part.key} has ${lines.length} rows, its manifest ${part.rows}`;
  for (const [index, line] of lines.entries()) {
    const fault = lineFault(dataset, batch, line, keys);
    if (fault !== undefined) return `line ${index} of ${part.key} is not right: ${fault}`;
  }
  return undefined;
};

/**
 * Reads a landed batch back and compares it with its record and its contract: checksums, counts, every row, one row a key.
 *
 * @param manifest what the batch says of itself in raw
 * @param read the object of a part as it is stored, compressed; undefined when it is not there
 * @returns what is wrong, or undefined
 */
export const verifyBatch = async (dataset: DatasetDefinition, record: BatchRecord, manifest: BatchManifest, read: (key: string) => Promise<Buffer | undefined>): Promise<string | undefined> => {
  const { batch } = record;
  const contentHash = contentHashOf(manifest.parts);
  if (contentHash !== record.contentHash) return `batch ${batch} has the content hash ${contentHash}, its record ${record.contentHash ?? 'none'}`;
  const rows = manifest.parts.reduce((sum, part) => sum + part.rows, 0);
  if (rows !== record.rows) return `batch ${batch} has ${rows} rows, its record ${record.rows ?? 'none'}`;
  const keys = new Set<string>();
  for (const part of manifest.parts) {
    const object = await read(part.key);
    const fault = object === undefined ? `the part ${part.key} is not in raw` : partFault(dataset, batch, part, object, keys);
    if (fault !== undefined) return fault;
  }
  return keys.size === rows ? undefined : `batch ${batch} has ${rows} rows with ${keys.size} keys`;
};
