import { setTimeout as pause } from 'node:timers/promises';
import type { ObjectVersions } from '../../../../lib/runtime/erasure/object-versions';
import { roomOf } from '../../../../lib/runtime/erasure/room';
import { sweepObjects } from '../../../../lib/runtime/erasure/sweep';

it('lets work begin in its turn, as much at once as there is room for, and what needs more alone', async () => {
  const room = roomOf(10);
  const log: number[] = [];
  let now = 0;
  await Promise.all([4, 4, 4, 25, 1, 1].map(async (needed) => await room(needed, async () => {
    now += needed;
    log.push(now);
    await pause(5);
    now -= needed;
  })));
  expect(log).toEqual([4, 8, 8, 25, 1, 2]);
});

it('goes on after work that failed', async () => {
  const room = roomOf(1);
  await expect(room(1, async () => await Promise.reject(new Error('away')))).rejects.toThrow('away');
  expect(await room(1, async () => await Promise.resolve('done'))).toBe('done');
});

it('keeps no more objects in memory than a function has room for, however many are looked at together', async () => {
  // Never written to, it takes no memory.
  const body = Buffer.alloc(150 * 1024 * 1024);
  let [now, most] = [0, 0];
  const objects: ObjectVersions = {
    list: async function* list() {
      await Promise.resolve();
      for (const key of ['a', 'b', 'c']) yield { key, versions: [{ id: 'v', isCurrent: true }] };
    },
    get: async () => await Promise.resolve({ body, contentType: undefined }), put: async () => { await Promise.resolve(); }, remove: async () => { await Promise.resolve(); },
  };
  const judge = async (kept: Buffer) => {
    now += 1;
    most = Math.max(most, now);
    await pause(5);
    now -= 1;
    return { kept, keptRecords: 1, records: 0, mentions: 0 };
  };
  expect(await sweepObjects({ objects, prefix: '', judgeOf: () => judge, erases: true, staysEmpty: () => false, hasTime: () => true })).toMatchObject({ versions: 3 });
  expect(most).toBe(1);
});
