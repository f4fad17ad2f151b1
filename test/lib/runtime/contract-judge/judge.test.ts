import { judgeBatch } from '../../../../lib/runtime/contract-judge/judge';
import type { Forwarded } from '../../../../lib/runtime/ingest/keep-batch';
import type { Keeping } from '../../../../lib/runtime/ingest/keep-received';
import type { TopicRecord } from '../../../../lib/runtime/kafka-record';
import { arrival, contracts, order } from '../../../fixtures/contracts';

const record = (offset: number, body: Uint8Array | object): TopicRecord => ({
  topic: 't', partition: 0, offset, timestamp: arrival, timestampType: 'LOG_APPEND_TIME', key: Buffer.from('AB-1'), value: body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body)), headers: [],
});
const question = (...bodies: readonly (Uint8Array | object)[]) => ({ cluster: '0a1b2c3d', credentials: {}, records: bodies.map((body, index) => record(index, body)) });

const keeping = (change: Partial<Keeping> = {}): { readonly written: string[]; readonly with: Keeping } => {
  const written: string[] = [];
  return { written, with: {
    contracts, activeContracts: (given) => Promise.resolve(given),
    registry: { kind: 'glue', resolve: (ids) => Promise.resolve(new Map([...ids].map((id) => [id, { kind: 'failing', error: new Error('503') }]))) },
    lake: { write: ({ key }) => { written.push(key); return Promise.resolve('written'); } },
    ...change,
  } };
};

describe('a batch that a worker of Spark gives', () => {
  it('is kept, and what is counted of it is given back', async () => {
    const { written, with: given } = keeping();
    const answer = await judgeBatch(question(order(), order({ items: 0 })), given, arrival + 500);
    expect(answer).toMatchObject({ kept: true, metrics: expect.arrayContaining([[{ Accepted: 1, Rejected: 1, IngestLag: 500 }, null], [{ Rejected: 1 }, { reason: 'out_of_range' }]]) as unknown });
    expect(written.map((key) => String(key.split('/')[0])).sort()).toEqual(['quarantine', 'raw']);
    expect(written.every((key) => key.includes('/t-0-'))).toBe(true);
  });

  it('is not kept in part when a schema cannot be asked for: with the others its records make another object', async () => {
    const { written, with: given } = keeping();
    const framed = Buffer.concat([Buffer.from([3, 0]), Buffer.alloc(16, 1), Buffer.from('{}')]);
    expect(await judgeBatch(question(order(), framed), given, arrival)).toEqual({ kept: false, faults: ['the schema registry did not answer; the batch is tried again from there: Error: 503'] });
    expect(written).toEqual([]);
  });

  it('goes on to Flink when it is in the lake, what was accepted of it, and is not kept where that fails', async () => {
    const { written, with: given } = keeping();
    const sent: string[] = [];
    const forward = { wants: () => true, unfoldable: () => [], put: (events: readonly Forwarded[]) => { sent.push(...events.map(({ record: { position } }) => `${position.sequence} after ${written.length}`)); return Promise.resolve(); } };
    expect(await judgeBatch(question(order({ items: 0 }), order()), { ...given, forward }, arrival)).toMatchObject({ kept: true });
    expect(sent).toEqual(['1 after 2']);
    const failing = { ...forward, put: () => Promise.reject(new Error('no broker')) };
    expect(await judgeBatch(question(order()), { ...given, forward: failing }, arrival)).toEqual({ kept: false, faults: ['1 accepted events could not be sent on to Flink: Error: no broker'] });
  });

  it('is not kept when an object cannot be written, or nobody knows what is active', async () => {
    const refused = keeping({ lake: { write: () => Promise.reject(new Error('SlowDown')) } });
    expect(await judgeBatch(question(order()), refused.with, arrival)).toMatchObject({ kept: false, faults: [expect.stringMatching(/^raw\/order\.placed.* could not be written: Error: SlowDown$/u)] });
    const unknown = keeping({ activeContracts: () => Promise.reject(new Error('nothing is active')) });
    expect(await judgeBatch(question(order()), unknown.with, arrival)).toEqual({ kept: false, faults: ['Error: nothing is active'] });
  });
});
