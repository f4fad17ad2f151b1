import type { RecordsBatch } from '@platformatic/kafka';
import { committedBatches } from '../../../../local/event-source/kafka/committed';

const batch = (firstOffset: number, records: number, producerId: number, attributes: number, key: Buffer | null = null): RecordsBatch => ({
  firstOffset: BigInt(firstOffset), lastOffsetDelta: records - 1, producerId: BigInt(producerId), attributes,
  records: Array.from({ length: records }, (_, offsetDelta) => ({ length: 0, attributes: 0, timestampDelta: 0n, offsetDelta, key, value: null, headers: [] })),
}) as unknown as RecordsBatch;

const sent = (firstOffset: number, records: number, producerId: number): RecordsBatch => batch(firstOffset, records, producerId, 16);
const plain = (firstOffset: number, records = 1): RecordsBatch => batch(firstOffset, records, -1, 0);
const end = (offset: number, producerId: number, how: 'abort' | 'commit'): RecordsBatch => batch(offset, 1, producerId, 48, Buffer.from([0, 0, 0, how === 'abort' ? 0 : 1]));

const left = (batches: readonly RecordsBatch[], aborted: readonly (readonly [producerId: number, firstOffset: number])[]): readonly number[] =>
  committedBatches(batches, aborted.map(([producerId, firstOffset]) => ({ producerId: BigInt(producerId), firstOffset: BigInt(firstOffset) }))).map(({ firstOffset }) => Number(firstOffset));

describe('batches of a partition', () => {
  it('are without every transaction that a producer took back, and with those that it did not', () => {
    expect(left([sent(0, 3, 7), end(3, 7, 'abort'), sent(4, 2, 7), end(6, 7, 'commit'), sent(7, 1, 7), sent(8, 1, 7), end(9, 7, 'abort'), sent(10, 1, 7), end(11, 7, 'commit')], [[7, 0], [7, 7]])).toEqual([4, 10]);
  });

  it('are without one whose end comes in a later answer, and one whose beginning came in an earlier', () => {
    expect(left([sent(0, 3, 7), sent(3, 3, 7)], [[7, 0]])).toEqual([]);
    expect(left([sent(6, 3, 7), end(9, 7, 'abort'), sent(10, 1, 7)], [[7, 0]])).toEqual([10]);
  });

  it('are with those of others that stand between', () => {
    expect(left([plain(0), sent(1, 1, 7), sent(2, 1, 8), plain(3, 2), end(5, 8, 'commit'), sent(6, 1, 7), end(7, 7, 'abort')], [[7, 1]])).toEqual([0, 2, 3]);
  });

  it('are without ends of transactions alone where none was taken back', () => { expect(left([sent(0, 1, 7), end(1, 7, 'commit'), plain(2)], [])).toEqual([0, 2]); });
});
