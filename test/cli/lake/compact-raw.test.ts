import { compactRaw, portionsOf, type InvokeCompactor, type RawObject } from '../../../cli/lake/compact-raw';

const megabyte = 1024 * 1024;
const object = (day: string, bytes = megabyte, type = 'order.placed'): RawObject => ({ key: `raw/${type}/v1/dt=${day}/hr=00/a-${bytes}.ndjson.gz`, bytes });

describe('taking raw into the curated tables', () => {
  it('is done in portions of one invocation each, in the order of keys, of the range alone', () => {
    const objects = [object('2026-03-03', 40 * megabyte), object('2026-03-01', 40 * megabyte), object('2026-03-02', 20 * megabyte), { key: 'raw/dataset=airports/v1/batch=a/part-0000.ndjson.gz', bytes: 1 }];
    expect(portionsOf(objects, {}).map((portion) => portion.map(({ key }) => key.slice(23, 33)))).toEqual([['2026-03-01', '2026-03-02'], ['2026-03-03']]);
    expect(portionsOf(objects, { from: Date.parse('2026-03-02'), to: Date.parse('2026-03-03') }).flat()).toEqual([object('2026-03-02', 20 * megabyte)]);
    expect(portionsOf([object('2026-03-01', 500 * megabyte)], {})).toHaveLength(1);
    expect(portionsOf([], {})).toEqual([]);
  });

  it('tries what failed again, and says what stays out', async () => {
    const [good, flaky, bad] = [object('2026-03-01'), object('2026-03-02'), object('2026-03-03')];
    const asked: string[][] = [];
    const invoke: InvokeCompactor = async ({ Records }) => {
      asked.push(Records.map(({ body }) => (JSON.parse(body) as { key: string }).key));
      const failed = Records.filter(({ messageId }) => messageId === bad.key || (messageId === flaky.key && asked.length === 1));
      return await Promise.resolve({ answer: { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) } });
    };
    const shares: number[] = [];
    expect(await compactRaw([[good, flaky, bad]], invoke, (share) => shares.push(share))).toEqual([bad.key]);
    expect(asked.map((keys) => keys.length)).toEqual([3, 2, 1]);
    expect(shares).toEqual([1]);
  });

  it('counts an invocation that broke off as failed, and refuses an answer that it does not know', async () => {
    expect(await compactRaw([[object('2026-03-01')]], async () => await Promise.resolve({ functionError: 'Unhandled', answer: {} }), () => undefined)).toHaveLength(1);
    await expect(compactRaw([[object('2026-03-01')]], async () => await Promise.resolve({ answer: null }), () => undefined)).rejects.toThrow(/compactor answered null/u);
  });
});
