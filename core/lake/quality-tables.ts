import type { CuratedColumn, CuratedTable, IcebergType } from './table';

const column = (name: string, type: IcebergType, comment: string, required = true): CuratedColumn => ({ name, type, required, comment });

const batchColumns: readonly CuratedColumn[] = [
  column('dataset', 'string', 'Name of the dataset'),
  column('contract', 'string', 'The version of the dataset that the batch was landed as'),
  column('batch', 'string', 'The batch'),
  column('arrival', 'timestamptz', 'When the batch was first taken in'),
];

const table = (name: string, description: string, columns: readonly CuratedColumn[]): CuratedTable =>
  ({ name, kind: 'platform', of: name, description, personal: [], columns: [...batchColumns, ...columns], writers: {} });

/** Tables that the quality gate keeps beside those of events and datasets: a row for each expectation of each batch, and one for each of its columns. */
export const qualityTables: readonly CuratedTable[] = [
  table('quality_results', 'What was expected of each batch of a dataset, and whether it was so', [
    column('expectation', 'string', 'What was expected, in words'),
    column('kind', 'string', 'Kind of the expectation'),
    column('passed', 'boolean', 'It was so'),
    column('warns', 'boolean', 'It is told, and stops nothing'),
    column('measured', 'double', 'What was measured: a share of rows, a number of rows, seconds, or a difference of means; null when there was nothing to compare with', false),
    column('allowed', 'string', 'What was allowed'),
    column('failing_rows', 'long', 'Rows that break it, where it is about rows', false),
    column('rows', 'long', 'Rows of the batch'),
    column('explanation', 'string', 'What was found, in words'),
    column('sample', 'string', 'JSON: some of the rows that break it, without personal fields'),
  ]),
  table('column_profiles', 'What the columns of each batch of a dataset hold', [
    column('passed', 'boolean', 'The batch was taken into the table of its dataset'),
    column('field', 'string', 'The column'),
    column('type', 'string', 'Its type in Iceberg'),
    column('rows', 'long', 'Rows of the batch'),
    column('nulls', 'long', 'Rows without a value'),
    column('distinct_values', 'long', 'Different values, estimated (HyperLogLog)'),
    column('minimum', 'string', 'Smallest value; null for a personal field', false),
    column('maximum', 'string', 'Largest value; null for a personal field', false),
    column('mean', 'double', 'Mean of a number', false),
    column('standard_deviation', 'double', 'Standard deviation of a number, of the sample', false),
    column('deciles', 'string', 'JSON: the values at 0, 0.1, … 1 of a number', false),
    column('frequent', 'string', 'JSON: the most frequent values of a text that is not personal, with their rows', false),
  ]),
];
