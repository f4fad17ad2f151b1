import { schemaCache } from '../../../core/contract/schema-cache';
import type { SchemaVersion } from '../../../core/contract/schema-cache';

const settings = { most: 3, missingMilliseconds: 1000, backoffMilliseconds: 100, longestMilliseconds: 400 };
const version = (id: string): SchemaVersion => ({ id, schemaName: 's.json', format: 'JSON', definition: '{}', versionNumber: 1, createdAt: 0 });

describe('the cache of schema versions', () => {
  it('keeps what was found, however long', () => {
    const cache = schemaCache(settings);
    cache.found(version('a'));
    expect(cache.get('a', 1e15)).toMatchObject({ kind: 'found', version: { id: 'a' } });
  });

  it('forgets what was not used for longest', () => {
    const cache = schemaCache(settings);
    for (const id of ['a', 'b', 'c']) cache.found(version(id));
    cache.get('a', 0);
    cache.found(version('d'));
    expect(['a', 'b', 'c', 'd'].map((id) => cache.get(id, 0)?.kind)).toEqual(['found', undefined, 'found', 'found']);
  });

  it('is not emptied by ids that there are none of', () => {
    const cache = schemaCache(settings);
    cache.found(version('a'));
    for (let index = 0; index < 1000; index += 1) cache.missing(`made-up-${index}`, 0);
    expect(cache.get('a', 0)?.kind).toBe('found');
  });

  it('remembers for a while that there is none, and then asks again', () => {
    const cache = schemaCache(settings);
    cache.missing('a', 0);
    expect([cache.get('a', 999)?.kind, cache.get('a', 1000)]).toEqual(['missing', undefined]);
  });

  it('leaves a registry that fails alone for longer and longer, to a limit', () => {
    const cache = schemaCache(settings);
    const pauses: number[] = [];
    let now = 0;
    for (let fault = 0; fault < 5; fault += 1) {
      cache.failed('a', new Error('down'), now);
      const from = now;
      while (cache.get('a', now) !== undefined) now += 1;
      pauses.push(now - from);
    }
    expect(pauses).toEqual([100, 200, 400, 400, 400]);
  });
});
