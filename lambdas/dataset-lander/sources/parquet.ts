import { parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { readValues } from '../../../core/dataset/row';
import { columnsFault, type ReadSource, type SourceFile } from './source';

type Metadata = Awaited<ReturnType<typeof parquetMetadataAsync>>;

const bufferOf = ({ size, slice }: SourceFile) => ({
  byteLength: size,
  slice: async (start: number, end = size): Promise<ArrayBuffer> => {
    const bytes = await slice(start < 0 ? size + start : start, end);
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  },
});

/** Values of JSON's kinds: moments as text, whole numbers as numbers where they are exact. */
const plain = (value: unknown): unknown => {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  return value === undefined ? null : value;
};

/** Apache Parquet with flat columns; read a row group at a time. */
export const readParquet: ReadSource = async function* readParquet(file, dataset) {
  const buffer = bufferOf(file);
  let metadata: Metadata;
  try {
    metadata = await parquetMetadataAsync(buffer);
  } catch (error) {
    yield { fault: `it cannot be read: it is not Parquet (${error instanceof Error ? error.message : String(error)})` };
    return;
  }
  const fault = columnsFault(parquetSchema(metadata).children.map(({ element }) => element.name), dataset);
  if (fault !== undefined) {
    yield { fault: `it does not fit: ${fault}` };
    return;
  }
  let start = 0;
  for (const group of metadata.row_groups) {
    const end = start + Number(group.num_rows);
    let records: Record<string, unknown>[];
    try {
      records = await parquetReadObjects({ file: buffer, metadata, compressors, rowStart: start, rowEnd: end });
    } catch (error) {
      yield { fault: `it cannot be read: its rows ${start} to ${end - 1} are no Parquet (${error instanceof Error ? error.message : String(error)})` };
      return;
    }
    const first = start;
    yield {
      rows: records.map((record, offset) => {
        const values = Object.fromEntries(Object.entries(record).map(([name, value]) => [name, plain(value)]));
        return { index: first + offset, text: JSON.stringify(values), result: readValues(dataset.fields, values) };
      }),
    };
    start = end;
  }
};
