import { dynamoStateStore } from '../../../lib/runtime/state-store';
import type { StateKey } from '../../../lib/runtime/state-store';
import type { Fault } from './table-server';
import { tableServer } from './table-server';

describe('the state store', () => {
  const servers: { readonly close: () => Promise<void> }[] = [];
  afterEach(async () => { await Promise.all(servers.splice(0).map((server) => server.close())); });

  const open = async (faults: (Fault | undefined)[] = []) => {
    const server = await tableServer(faults);
    servers.push(server);
    const waits: number[] = [];
    const effects = { now: Date.now, random: () => 1, sleep: async (milliseconds: number) => { waits.push(milliseconds); } };
    return { ...server, waits, store: dynamoStateStore({ table: 'state', service: server.service, effects }) };
  };
  const key = (code: string): StateKey => ({ entity: `airport|${code}`, view: 'airport_departures@v1#1' });
  const content = (byte: number, arrival = 1000) => ({ state: Uint8Array.of(byte, 0, 255), expiresAt: 20, arrival });

  it('gives back what was written, bytes and all', async () => {
    const { store } = await open();
    const written = await store.write(key('ORD'), content(7), undefined);
    const [item, none] = await store.read([key('ORD'), key('JFK')]);
    expect(written).toEqual({ kind: 'written', version: 1001 });
    expect(item).toEqual({ version: 1001, state: Buffer.from([7, 0, 255]), expiresAt: 20, arrival: 1000 });
    expect(none).toBeUndefined();
  });

  it('gives an item that never expires nothing that DynamoDB could remove it by', async () => {
    const { store, calls } = await open();
    await store.write(key('ORD'), { ...content(7), expiresAt: 0 }, undefined);
    const [item] = await store.read([key('ORD')]);
    expect(item?.expiresAt).toBe(0);
    expect(JSON.stringify(calls[0])).not.toContain('expires_at');
  });

  it('reads more than a hundred keys in calls of at most a hundred, each key once, and answers in their order', async () => {
    const { store, calls } = await open();
    await store.write(key('A150'), content(1), undefined);
    const codes = [...Array.from({ length: 250 }, (_, index) => `A${index}`), 'A150'];
    const items = await store.read(codes.map(key));
    expect(items).toHaveLength(251);
    expect(items.flatMap((item, index) => (item ? [index] : []))).toEqual([150, 250]);
    expect(calls.filter(({ target }) => target.endsWith('BatchGetItem'))).toHaveLength(3);
  });

  it('asks again for keys that were left over', async () => {
    const { store, calls, rows } = await open([undefined, undefined, { leaveOver: 1 }]);
    await store.write(key('ORD'), content(1), undefined);
    await store.write(key('JFK'), content(2), undefined);
    const items = await store.read([key('ORD'), key('JFK')]);
    expect(items.map((item) => item?.state[0])).toEqual([1, 2]);
    expect(calls).toHaveLength(rows.size + 2);
  });

  it('gives up on keys that are always left over, and says how many', async () => {
    const { store, waits } = await open(Array.from({ length: 9 }, () => ({ leaveOver: 1 })));
    await expect(store.read([key('ORD')])).rejects.toThrow(/left 1 of 1 keys/u);
    expect(waits).toEqual([25, 50, 100, 200]);
  });

  it('refuses to overwrite what another has written since, and gives that back', async () => {
    const { store } = await open();
    await store.write(key('ORD'), content(1), undefined);
    await store.write(key('ORD'), content(2), 1001);
    expect(await store.write(key('ORD'), content(3), 1001)).toEqual({ kind: 'conflict', current: { version: 1002, state: Buffer.from([2, 0, 255]), expiresAt: 20, arrival: 1000 } });
    expect(await store.write(key('ORD'), content(3), undefined)).toMatchObject({ kind: 'conflict', current: { version: 1002 } });
  });

  it('says so when the item to be overwritten is gone', async () => {
    const { store } = await open();
    expect(await store.write(key('ORD'), content(3), 5)).toEqual({ kind: 'conflict', current: undefined });
  });

  it('tries again when throttled or without an answer', async () => {
    const { store, waits } = await open(['throttle', 'break', 'lose acknowledgement']);
    const outcome = await store.write(key('ORD'), content(1), undefined);
    // The third attempt was applied without an acknowledgement: the fourth meets its own write.
    expect(outcome).toMatchObject({ kind: 'conflict', current: { version: 1001 } });
    expect(waits).toEqual([25, 50, 100]);
  });

  it('throws when the deadline passes before a write is known', async () => {
    const { store } = await open(Array.from({ length: 9 }, () => 'throttle' as const));
    await expect(store.write(key('ORD'), content(1), undefined, { deadline: Date.now() + 10 })).rejects.toThrow(/ProvisionedThroughputExceeded/u);
  });

  it('never uses the version of an item that was removed and made again', async () => {
    const { store, rows } = await open();
    await store.write(key('ORD'), content(1, 1000), undefined);
    rows.clear();
    await store.write(key('ORD'), content(2, 2000), undefined);
    expect(await store.write(key('ORD'), content(3, 1500), 1001)).toMatchObject({ kind: 'conflict', current: { version: 2001 } });
  });
});
