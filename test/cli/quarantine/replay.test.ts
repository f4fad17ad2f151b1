import { replayLedger } from '../../../cli/quarantine/ledger';
import type { PutCall } from '../../../cli/quarantine/put-replays';
import { putAtOnce, putReplays } from '../../../cli/quarantine/put-replays';
import type { ReplaySettings } from '../../../cli/quarantine/replay';
import { planReplay, runReplay } from '../../../cli/quarantine/replay';
import type { Transform } from '../../../cli/quarantine/transform';
import type { LedgerEntry } from '../../../core/quarantine/ledger';
import { ledgerKey } from '../../../core/quarantine/ledger';
import type { Replay } from '../../../core/quarantine/replay';
import { ringSize } from '../../../core/window/identity';
import { arrival, contracts, order, record } from '../../fixtures/contracts';
import type { MemoryLake } from './support/rejected-records';
import { eventsIn, memoryLake, rejectedIn } from './support/rejected-records';

const minute = 60_000;

/** A stream whose consumer keeps what it takes in the lake at once. */
const streamInto = (lake: MemoryLake) => {
  const put: Replay[] = [];
  const call: PutCall = async (records) => {
    const places = records.map((replay) => ({ shard: 'shardId-000000000000', sequence: String(1000 + put.push(replay)) }));
    lake.keep(records.map(({ text, partitionKey }, index) => record(text, { sequence: Number(places[index]?.sequence), partitionKey, arrival: arrival + 10 * minute })));
    return await Promise.resolve(places);
  };
  return { put, call };
};

const itemsAsNumbers: Transform = (event) => {
  const given = event as { readonly data?: { readonly items?: unknown } } | undefined;
  return given?.data === undefined ? null : { ...given, data: { ...given.data, items: Number(given.data.items) } };
};

const settingsFor = (lake: MemoryLake, differences: Partial<ReplaySettings> = {}): ReplaySettings => ({
  quarantine: lake.quarantine, raw: lake.raw, ledger: replayLedger(lake.quarantine, { stream: 'headrace-test-events', transform: 'abc', now: () => arrival + 10 * minute }),
  filter: {}, contracts, transform: { transform: itemsAsNumbers, hash: 'abc' }, force: false, searchRaw: true, limit: Number.POSITIVE_INFINITY, now: arrival + 10 * minute, onProgress: () => undefined, ...differences,
});
const outcomes = async (settings: ReplaySettings): Promise<Readonly<Record<string, number>>> => {
  const { counts } = await planReplay(settings);
  return Object.fromEntries(counts.map(({ outcome, reason, events }) => [`${outcome} ${reason}`, events]));
};
const identities = (lake: MemoryLake): readonly string[] => eventsIn(lake).map(({ id }) => id).sort();
const broken = (count: number) => Array.from({ length: count }, (_each, index) => record(order({ items: '2' }, { id: `o-${index}` }), { sequence: index + 1 }));

describe('a replay', () => {
  it('brings every event that is right now into raw, once, however often it is given', async () => {
    const lake = memoryLake();
    lake.keep([...broken(60), record(order({ items: 'many' }, { id: 'never' }), { sequence: 90 }), record('{', { sequence: 91 })]);
    const { call, put } = streamInto(lake);
    const plan = await planReplay(settingsFor(lake));
    expect(plan.counts.map(({ outcome, reason, events }) => [outcome, reason, events])).toEqual([['put', 'wrong_type', 60], ['left', 'not_json', 1], ['refused', 'wrong_type', 1]]);
    expect(put).toEqual([]);
    expect(await runReplay(settingsFor(lake), plan, call)).toBe(60);
    expect(identities(lake)).toEqual(broken(60).map((_each, index) => `o-${index}`).sort());
    expect(await outcomes(settingsFor(lake))).toEqual({ 'replayed wrong_type': 60, 'left not_json': 1, 'refused wrong_type': 1 });
  });

  it('writes down what the stream acknowledged, where, and by which transform', async () => {
    const lake = memoryLake();
    lake.keep(broken(1));
    const { call } = streamInto(lake);
    await runReplay(settingsFor(lake), await planReplay(settingsFor(lake)), call);
    const [line] = rejectedIn(lake);
    const entry = JSON.parse(lake.quarantine.objects.get(ledgerKey(line?.lineage.position ?? '', { source: '/shop', id: 'o-0' }))?.toString('utf8') ?? '{}') as LedgerEntry;
    expect(entry).toMatchObject({ position: line?.lineage.position, stream: 'headrace-test-events', shard: 'shardId-000000000000', sequence: '1001', replays: 1, replayof: null, transform: 'abc', replayed_at: new Date(arrival + 10 * minute).toISOString() });
  });

  it('broken off after a put, puts no more again than a state item remembers, and those first', async () => {
    const lake = memoryLake();
    lake.keep(broken(60));
    const { call, put } = streamInto(memoryLake());
    const crashing = { ...settingsFor(lake), ledger: { ...settingsFor(lake).ledger, write: async () => { await Promise.reject(new Error('the process ended')); } } };
    const plan = await planReplay(crashing);
    await expect(runReplay(crashing, plan, call)).rejects.toThrow('the process ended');
    const before = put.map(({ id }) => id);
    expect(before.length).toBeLessThan(ringSize);
    const again = await planReplay(settingsFor(lake));
    await runReplay(settingsFor(lake), again, call);
    expect(put.slice(before.length, 2 * before.length).map(({ id }) => id)).toEqual(before);
    expect(new Set(put.map(({ id }) => id)).size).toBe(60);
  });

  it('leaves out what its producer has sent again, and copies of one event', async () => {
    const lake = memoryLake();
    lake.keep([...broken(4), record(order({ items: '2' }, { id: 'o-1' }), { sequence: 20 }), record(order({}, { id: 'o-2' }), { sequence: 21, arrival: arrival + minute })]);
    expect(await outcomes(settingsFor(lake))).toEqual({ 'put wrong_type': 3, 'in_raw wrong_type': 1, 'copy wrong_type': 1 });
    expect(await outcomes(settingsFor(lake, { searchRaw: false }))).toEqual({ 'put wrong_type': 4, 'copy wrong_type': 1 });
  });

  it('when it fails again returns to quarantine with where it came from, and can be replayed from there', async () => {
    const lake = memoryLake();
    lake.keep([record(order({ items: 0 }, { id: 'o-1' }), { sequence: 1 })]);
    const { call, put } = streamInto(lake);
    const forced = settingsFor(lake, { transform: undefined, force: true });
    await runReplay(forced, await planReplay(forced), call);
    const later = { now: arrival + 20 * minute };
    expect(await outcomes(settingsFor(lake, { ...later, transform: undefined }))).toEqual({ 'replayed out_of_range': 1, 'refused out_of_range': 1 });
    const mended = settingsFor(lake, { ...later, transform: { hash: 'def', transform: (event) => ({ ...event as object, ...order({}, { id: 'o-1' }) }) } });
    await runReplay(mended, await planReplay(mended), call);
    const [first, second] = rejectedIn(lake);
    expect(put.map(({ mark }) => mark)).toEqual([{ replayof: first?.lineage.position, replays: 1 }, { replayof: second?.lineage.position, replays: 2 }]);
    expect(eventsIn(lake)).toEqual([expect.objectContaining({ id: 'o-1', replayof: second?.lineage.position, replays: 2 })]);
  });

  it('takes of the selection what was rejected before it began, and at most as many as are asked for', async () => {
    const lake = memoryLake();
    lake.keep([...broken(5), ...broken(1).map((each) => ({ ...each, position: { ...each.position, sequence: '99' }, arrival: arrival + 11 * minute }))]);
    expect(await outcomes(settingsFor(lake))).toEqual({ 'put wrong_type': 5 });
    const limited = settingsFor(lake, { limit: 2 });
    const { call } = streamInto(lake);
    expect(await runReplay(limited, await planReplay(limited), call)).toBe(2);
    // The next two, not the same again.
    expect(await outcomes(limited)).toEqual({ 'replayed wrong_type': 2, 'put wrong_type': 2 });
  });

  it('is of one record when its position is given', async () => {
    const lake = memoryLake();
    lake.keep(broken(5));
    const line = rejectedIn(lake)[3];
    const settings = settingsFor(lake, { filter: { position: line?.lineage.position ?? '' } });
    const { call, put } = streamInto(lake);
    await runReplay(settings, await planReplay(settings), call);
    expect(put.map(({ id }) => id)).toEqual(['o-3']);
  });

  it('leaves out copies of what was replayed, before raw can have it', async () => {
    const lake = memoryLake();
    lake.keep([...broken(1), record(order({ items: '2' }, { id: 'o-0' }), { sequence: 20, arrival: arrival + minute })]);
    const { call } = streamInto(memoryLake());
    const one = settingsFor(lake, { limit: 1 });
    expect(await runReplay(one, await planReplay(one), call)).toBe(1);
    expect(await outcomes(settingsFor(lake))).toEqual({ 'replayed wrong_type': 1, 'copy wrong_type': 1 });
  });
});

describe('records that the stream refuses', () => {
  const effects = { now: () => 0, random: () => 0, sleep: async () => { await Promise.resolve(); } };
  const items = Array.from({ length: 4 }, (_each, index) => ({ replay: { text: String(index) } as Replay }));

  it('are put again, and those that were taken are not', async () => {
    const calls: string[][] = [];
    const written: string[] = [];
    await putReplays(async (records) => {
      calls.push(records.map(({ text }) => text));
      return await Promise.resolve(records.map(({ text }, index) => (calls.length < 3 && index % 2 === 1 ? { refused: 'ProvisionedThroughputExceededException' } : { shard: 's', sequence: text })));
    }, items, async (put) => { written.push(...put.map(({ place }) => place.sequence)); await Promise.resolve(); }, effects);
    expect(calls).toEqual([['0', '1', '2', '3'], ['1', '3'], ['3']]);
    expect(written).toEqual(['0', '2', '1', '3']);
  });

  it('end the replay when they are refused ten times, with why', async () => {
    await expect(putReplays(async (records) => await Promise.resolve(records.map(() => ({ refused: 'InternalFailure (later)' }))), items, async () => { await Promise.resolve(); }, effects)).rejects.toThrow(/refused 4 of 4 records 10 times: InternalFailure \(later\)/u);
  });

  it('are fewer in a call than a state item remembers', () => { expect(putAtOnce).toBeLessThan(ringSize); });
});
