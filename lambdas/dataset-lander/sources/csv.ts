import { Readable, pipeline } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { readRow, type RowResult } from '../../../core/dataset/row';
import type { DatasetDefinition } from '../../../core/manifest/manifest';
import { columnsFault, rowsOfAPiece, textFault, textOf, type ReadSource, type SourceFile, type SourceRow } from './source';

interface CsvRecord { readonly record: readonly string[]; readonly raw: string }

const rowOf = ({ fields }: DatasetDefinition, header: readonly string[], cells: readonly string[]): RowResult => {
  if (cells.length > header.length) return { ok: false, rejection: { code: 'unknown_field', path: '', found: `${cells.length} cells`, allowed: `${header.length} cells`, remedy: 'quote the cells that hold a comma' } };
  return readRow(fields, Object.fromEntries(header.map((name, column) => [name, cells[column]])));
};

async function* recordsOf(file: SourceFile): AsyncIterable<CsvRecord> {
  const parser = parse({ bom: true, raw: true, relax_column_count: true, skip_empty_lines: true });
  // The fault of a part is that of the whole: it comes out of the last one.
  pipeline(Readable.from(await textOf(file)), parser, () => undefined);
  for await (const record of parser) yield record as CsvRecord;
}

/** CSV (RFC 4180) whose first row names the columns. */
export const readCsv: ReadSource = async function* readCsv(file, dataset) {
  let header: readonly string[] | undefined;
  let rows: SourceRow[] = [];
  let index = 0;
  try {
    for await (const { record, raw } of recordsOf(file)) {
      if (header === undefined) {
        header = record;
        const fault = columnsFault(header, dataset);
        if (fault !== undefined) {
          yield { fault: `it does not fit: ${fault}` };
          return;
        }
        continue;
      }
      rows.push({ index, text: raw.replace(/\r?\n$/u, ''), result: rowOf(dataset, header, record) });
      index += 1;
      if (rows.length < rowsOfAPiece) continue;
      yield { rows };
      rows = [];
    }
  } catch (error) {
    const fault = error instanceof CsvError ? `it is not CSV (${error.message})` : textFault(error);
    if (fault === undefined) throw error;
    yield { fault: `it cannot be read: ${fault}` };
    return;
  }
  if (header === undefined) {
    yield { fault: 'it is empty; its first row must name the columns' };
    return;
  }
  yield { rows };
};
