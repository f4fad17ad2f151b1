import { acceptedTopic } from '../../../../lib/runtime/contract-judge/accepted-topic';
import type { ClosableProducer } from '../../../../lib/runtime/kafka/put';

const effects = { now: () => 0, random: () => 0, sleep: () => Promise.resolve() };

/** Clients that fail so many times in all before they take anything. */
const clients = (failures: number) => {
  const [made, closed, taken]: [number[], number[], { key: string; value: string }[]] = [[], [], []];
  let left = failures;
  return { made, closed, taken, connect: (): ClosableProducer => {
    const own = made.push(made.length);
    return {
      metadata: () => Promise.resolve({ topics: new Map([['accepted', { partitionsCount: 1 }]]) }),
      send: ({ messages }: { messages: readonly { key: Buffer; value: Buffer }[] }) => {
        if ((left -= 1) >= 0) return Promise.reject(new Error('the leader has moved'));
        taken.push(...messages.map(({ key, value }) => ({ key: key.toString(), value: value.toString() })));
        return Promise.resolve({ offsets: [{ topic: 'accepted', partition: 0, offset: 0n }] });
      },
      close: () => { closed.push(own); return Promise.reject(new Error('it was gone already')); },
    } as unknown as ClosableProducer;
  } };
};
const record = (key: string, value: string) => ({ partitionKey: key, data: Buffer.from(value) });

describe('the topic of accepted events', () => {
  afterEach(() => { jest.useRealTimers(); });

  it('is given records by one client, in their order', async () => {
    const { connect, made, taken } = clients(0);
    const put = acceptedTopic('accepted', connect, effects);
    await put([record('ORD', 'a'), record('JFK', 'b')]);
    await put([record('ORD', 'c')]);
    expect(taken).toEqual([{ key: 'ORD', value: 'a' }, { key: 'JFK', value: 'b' }, { key: 'ORD', value: 'c' }]);
    expect(made).toHaveLength(1);
  });

  it('is given them by another client when it did not take them', async () => {
    const { connect, made, closed, taken } = clients(2);
    await acceptedTopic('accepted', connect, effects)([record('ORD', 'a')]);
    expect(taken).toEqual([{ key: 'ORD', value: 'a' }]);
    expect([made.length, closed.length]).toEqual([3, 2]);
  });

  it('fails whoever puts when it does not take them, so that nothing is lost', async () => {
    const { connect } = clients(100);
    await expect(acceptedTopic('accepted', connect, effects)([record('ORD', 'a')])).rejects.toThrow('the leader has moved');
  });

  it('lets go of a client that nothing comes for, before its keys are too old', async () => {
    jest.useFakeTimers();
    const { connect, made, closed } = clients(0);
    const put = acceptedTopic('accepted', connect, effects);
    await put([record('ORD', 'a')]);
    await jest.advanceTimersByTimeAsync(200_000);
    await put([record('ORD', 'b')]);
    await jest.advanceTimersByTimeAsync(200_000);
    expect(closed).toEqual([]);
    await jest.advanceTimersByTimeAsync(100_000);
    expect(closed).toEqual([1]);
    await put([record('ORD', 'c')]);
    expect(made).toHaveLength(2);
  });
});
