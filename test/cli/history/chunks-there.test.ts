import { chunksThere } from '../../../cli/history/chunks-there';

const folder = 'raw/order.placed/v1/dt=2026-03-01/hr=08';
const hash = '0123456789abcdef';
async function* listed(...objects: readonly (readonly [name: string, modified: number])[]) {
  for (const [name, modified] of objects) yield { key: `${folder}/${name}-${hash}.ndjson.gz`, modified };
}

describe('what an import that was broken off has left', () => {
  it('is told by the rows in the names of its objects', async () => {
    expect(await chunksThere(listed(['file-0-99', 20], ['file-150-199', 20], ['file-300-310', 20]), 10, 100)).toEqual(new Set([0, 1, 3]));
  });

  it('is not what was there before it, and not what the stream has brought', async () => {
    expect(await chunksThere(listed(['file-0-99', 5], ['shardId-000000000000-100-199', 20]), 10, 100)).toEqual(new Set());
  });
});
