import { batchReferenceOf, executionNameOf, landingKeyOf, partKeyOf, type FileDataset } from '../../../core/dataset/batch';

const airports: FileDataset = { kind: 'dataset', name: 'airports', version: 2, key: ['iata'], source: { csv: '/reference/airports/' }, knownAt: 'always', fields: {}, hash: 'abc' };
const checksum = '0123456789abcdef'.repeat(4);

describe('a batch', () => {
  it('is named by its dataset and the content of its file', () => {
    expect(batchReferenceOf(airports, checksum, 3)).toEqual({
      dataset: 'airports@v2', batch: 'airports-v2-0123456789abcdef', key: 'reference/airports/airports-v2-0123456789abcdef.csv', checksum, attempt: 3,
    });
  });

  it('has another execution name for each attempt, within the 80 characters of Step Functions even for the longest dataset name', () => {
    const reference = batchReferenceOf({ ...airports, name: 'a'.repeat(48) }, checksum, 12);
    expect(executionNameOf(reference)).toBe(`${reference.batch}.12`);
    expect(executionNameOf(reference).length).toBeLessThanOrEqual(80);
  });

  it('lies in raw under its dataset, version and batch', () => {
    expect(partKeyOf(airports, 'b', 0)).toBe('raw/dataset=airports/v2/batch=b/part-0000.ndjson.gz');
  });

  it('lands under the name of its dataset where the source names no prefix', () => {
    expect(landingKeyOf({ ...airports, source: { csv: '' } }, 'b')).toBe('airports/b.csv');
  });
});
