import { tombstoneOf } from '../../../core/erasure/tombstone';
import { publishedTombstones, tombstoneMilliseconds } from '../../../lib/runtime/published-tombstones';

const at = Date.parse('2026-03-01T12:00:00Z');
const tombstone = (erasure: string, until = at + 86_400_000) => tombstoneOf({ identifiers: [erasure] }, { erasure, salt: 's', erasedAt: at, until });

/** A consumer, what is published for it, and its clock. */
const consumer = () => {
  const place = { published: [JSON.stringify(tombstone('one'))], now: at, answers: true, reads: 0, complaints: 0 };
  const read = publishedTombstones({
    now: () => place.now,
    read: async () => {
      place.reads += 1;
      await Promise.resolve();
      if (!place.answers) throw new Error('no answer');
      return place.published;
    },
    complain: () => { place.complaints += 1; },
  });
  return { place, names: async () => (await read()).map(({ erasure }) => erasure) };
};

describe('tombstones, as a consumer knows them', () => {
  it('are read again when they are not fresh', async () => {
    const { place, names } = consumer();
    expect(await names()).toEqual(['one']);
    place.published.push(JSON.stringify(tombstone('two')));
    place.now += tombstoneMilliseconds.fresh - 1;
    expect(await names()).toEqual(['one']);
    place.now += 1;
    expect(await names()).toEqual(['one', 'two']);
    expect(place.reads).toBe(2);
  });

  it('are forgotten when nothing can come again', async () => {
    const { place, names } = consumer();
    place.published.push(JSON.stringify(tombstone('past', at)));
    expect(await names()).toEqual(['one']);
  });

  it('are taken as they were while they cannot be read, and not for longer than an erasure waits', async () => {
    const { place, names } = consumer();
    place.answers = false;
    await expect(names()).rejects.toThrow('no answer');
    place.answers = true;
    expect(await names()).toEqual(['one']);
    place.answers = false;
    place.now += tombstoneMilliseconds.longest - 1;
    expect(await names()).toEqual(['one']);
    expect(place.complaints).toBe(1);
    place.now += 1;
    await expect(names()).rejects.toThrow('no answer');
  });
});
