import type { ModelDefinition } from '../../../core/manifest/manifest';
import { inputsQuery, makePredicted, predictedTable } from '../../../core/scoring/scored-part';
import type { Cell, Database } from '../duckdb';
import type { LoadedVersion } from '../model/model-file';
import { runVersion } from '../model/run-version';

/** Rows that the model takes at once; DuckDB gives some two thousand at a time. */
const rowsAtOnce = 8192;

type Row = readonly Cell[];

const numberOf = (cell: Cell | undefined): number => (cell === null || cell === undefined ? Number.NaN : Number(cell));

/**
 * Predicts every row of the table `examples`, into the table `predicted`. Rows without an input are not there where the
 * model predicts nothing without its inputs.
 */
export const predictExamples = async (database: Database, model: ModelDefinition, version: Pick<LoadedVersion, 'predict'>): Promise<void> => {
  await database.run(makePredicted);
  const appender = await database.connection.createAppender(predictedTable);
  const width = model.inputs.length;
  const predict = async (rows: readonly Row[]): Promise<void> => {
    if (rows.length === 0) return;
    const inputs = new Float32Array(rows.length * width);
    for (const [index, row] of rows.entries()) for (let input = 0; input < width; input += 1) inputs[index * width + input] = numberOf(row[input + 1]);
    const outputs = await runVersion(version, { inputs, width });
    for (const [index, row] of rows.entries()) {
      appender.appendVarchar(String(row[0]));
      appender.appendDouble(outputs[index] ?? Number.NaN);
      appender.endRow();
    }
  };
  const isPredicted = (row: Row): boolean => model.serving?.missing !== 'fail' || !row.includes(null);
  let waiting: Row[] = [];
  for await (const rows of database.stream(inputsQuery(model))) {
    waiting.push(...rows.filter(isPredicted));
    if (waiting.length < rowsAtOnce) continue;
    await predict(waiting);
    waiting = [];
  }
  await predict(waiting);
  appender.closeSync();
};
