import { readScoringRequest } from '../../../core/scoring/request';

const request = { batch: 'b', model: 'late', attempt: 1 };

describe('a request for predictions of many rows', () => {
  it('takes rows by the key of a file whose end says its format', () => {
    for (const rows of ['scoring-rows/b.csv', 'scoring-rows/b.parquet', 'scoring-rows/2026/b.ndjson.gz']) expect(readScoringRequest({ ...request, rows })).toEqual({ ok: true, request: { ...request, rows } });
  });

  it('takes no rows from elsewhere, and none whose copy would lie where the work itself does', () => {
    for (const rows of ['raw/b.csv', '', 7, 'scoring-rows/', 'scoring-rows/..', 'scoring-rows/work.duckdb', 'scoring-rows/work.duckdb.wal']) expect(readScoringRequest({ ...request, rows })).toMatchObject({ ok: false, problem: expect.stringContaining('its rows are no') });
  });
});
