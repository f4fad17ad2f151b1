import { kindOf } from '../../../core/contract/rejection';
import { readValues, type RowResult } from '../../../core/dataset/row';
import type { DatasetDefinition } from '../../../core/manifest/manifest';
import { rowsOfAPiece, textFault, textOf, type ReadSource, type SourceFile, type SourceRow } from './source';

/** Lines end at a line feed and nowhere else: what other characters readers take for a line's end may stand in JSON. */
async function* linesOf(file: SourceFile): AsyncIterable<string> {
  let rest = '';
  for await (const text of await textOf(file)) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  yield rest;
}

const rowOf = ({ fields }: DatasetDefinition, line: string): RowResult => {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return { ok: false, rejection: { code: 'not_json', path: '', found: error instanceof SyntaxError ? 'a line that is no JSON' : kindOf(line), allowed: 'a JSON object in each line', remedy: 'correct the line' } };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { ok: false, rejection: { code: 'wrong_type', path: '', found: kindOf(value), allowed: 'a JSON object in each line', remedy: 'correct the line' } };
  return readValues(fields, value as Readonly<Record<string, unknown>>);
};

/** Newline-delimited JSON (ndjson.org): an object in each line, whose members are the fields. */
export const readNdjson: ReadSource = async function* readNdjson(file, dataset) {
  let rows: SourceRow[] = [];
  let index = 0;
  try {
    for await (const line of linesOf(file)) {
      if (line.trim() === '') continue;
      rows.push({ index, text: line, result: rowOf(dataset, line) });
      index += 1;
      if (rows.length < rowsOfAPiece) continue;
      yield { rows };
      rows = [];
    }
  } catch (error) {
    const fault = textFault(error);
    if (fault === undefined) throw error;
    yield { fault: `it cannot be read: ${fault}` };
    return;
  }
  yield { rows };
};
