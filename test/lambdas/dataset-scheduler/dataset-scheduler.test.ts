import { dataset, string, timestamp, type Expectation } from 'headrace';
import { references } from 'headrace';
import type { BatchReference } from '../../../core/dataset/batch';
import type { Manifest } from '../../../core/manifest/manifest';
import { committedSince, isDue, startDue, type LandedFile, type World } from '../../../lambdas/dataset-scheduler/start';
import { dependenciesReady, longestWait } from '../../../lambdas/dataset-scheduler/wait';
import { manifestOf } from '../../fixtures/contracts';
import { recordsInMemory } from '../dataset-lander/fixture';

const states = dataset('states', { version: 1, key: ['code'], knownAt: 'always', source: { csv: 'reference/states/' }, fields: { code: string() } });
const rates = dataset('rates', { version: 1, key: ['code'], knownAt: 'arrival', source: { postgres: 'rates' }, schedule: { daily: '05:00' }, fields: { code: string() } });
const orders = dataset('orders', {
  version: 1, key: ['id'], knownAt: 'arrival', source: { postgres: 'orders', increment: 'at' }, schedule: { daily: '06:00' }, after: [rates],
  fields: { id: string(), state: string(), at: timestamp() }, expects: (row): readonly Expectation[] => [references(row.state, states, 'code')],
});
const manifest: Manifest = manifestOf({ states, rates, orders });
const definitionOf = (name: string) => manifest.datasets[`${name}@v1`] ?? (() => { throw new Error(name); })();
const at = (moment: string): number => Date.parse(moment);

interface Testing extends World { readonly started: BatchReference[]; readonly landed: LandedFile[]; readonly commit: (reference: BatchReference, arrival?: number) => Promise<void>; readonly refuse: (reference: BatchReference) => Promise<void>; readonly hashed: string[] }
const testing = (): Testing => {
  const [started, landed, hashed, records]: [BatchReference[], LandedFile[], string[], World['records']] = [[], [], [], recordsInMemory()];
  const end = async (reference: BatchReference, status: 'committed' | 'refused', arrival: number): Promise<void> => {
    await records.begin(reference, arrival);
    await records.move(reference, ['landing'], { status });
  };
  return {
    started, landed, hashed, records,
    files: () => Promise.resolve(landed),
    checksum: (key) => { hashed.push(key); return Promise.resolve(key.padEnd(16, '0').replaceAll(/[^0-9a-z]/gu, '')); },
    start: (reference) => { started.push(reference); return Promise.resolve(); },
    commit: async (reference, arrival = 0) => { await end(reference, 'committed', arrival); },
    refuse: async (reference) => { await end(reference, 'refused', 0); },
  };
};
const batches = ({ started }: Testing): readonly string[] => started.map(({ batch, attempt }) => `${batch}.${attempt}`);

describe('a tick of a schedule', () => {
  it('is of one of its moments, or of none where clocks skip and repeat its time', () => {
    const schedule = { daily: '02:30', timeZone: 'Europe/Berlin' };
    expect(['2026-03-28T00:30:00Z', '2026-03-28T01:30:00Z', '2026-03-29T00:30:00Z', '2026-03-29T01:30:00Z', '2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z'].map((moment) => isDue({ schedule }, at(moment)))).toEqual([false, true, false, true, false, true]);
  });

  it('starts the batch of its moment, and no other of a dataset that was never run', async () => {
    const world = testing();
    expect(await startDue(world, definitionOf('orders'), at('2026-03-02T06:00:00Z'))).toEqual(['orders-v1-20260302T060000Z']);
    expect(world.started).toEqual([{ dataset: 'orders@v1', batch: 'orders-v1-20260302T060000Z', key: '', checksum: '', attempt: 1 }]);
  });

  it('starts what was missed since the last batch, the oldest first, and what failed', async () => {
    const world = testing();
    await startDue(world, definitionOf('orders'), at('2026-03-02T06:00:00Z'));
    const [first] = world.started as [BatchReference];
    await world.records.begin(first, 0);
    await world.records.begin({ ...first, attempt: 2 }, 0);
    world.started.length = 0;
    await startDue(world, definitionOf('orders'), at('2026-03-05T06:00:00Z'));
    expect(batches(world)).toEqual(['orders-v1-20260302T060000Z.2', 'orders-v1-20260303T060000Z.1', 'orders-v1-20260304T060000Z.1', 'orders-v1-20260305T060000Z.1']);
  });

  it('tells what was committed since its moment, so that a run that is tried again knows what it has done', async () => {
    const world = testing();
    const reference = (batch: string): BatchReference => ({ dataset: 'states@v1', batch, key: `${batch}.csv`, checksum: batch, attempt: 1 });
    for (const [batch, committedAt] of [['before', 99], ['first', 100], ['second', 150]] as const) {
      await world.records.begin(reference(batch), 0);
      await world.records.move(reference(batch), ['landing'], { status: 'committed', committedAt });
    }
    await world.refuse(reference('refused'));
    expect(await committedSince(world, definitionOf('states'), 100)).toEqual(['first', 'second']);
  });

  it('leaves alone what is committed, and what a person has to look at', async () => {
    const world = testing();
    const reference = (batch: string): BatchReference => ({ dataset: 'orders@v1', batch, key: '', checksum: '', attempt: 1 });
    await world.commit(reference('orders-v1-20260302T060000Z'));
    await world.refuse(reference('orders-v1-20260303T060000Z'));
    await world.commit(reference('orders-v1-20260304T060000Z'));
    expect(await startDue(world, definitionOf('orders'), at('2026-03-04T06:00:00Z'))).toEqual([]);
    expect(await startDue(world, definitionOf('orders'), at('2026-03-05T06:00:00Z'))).toEqual(['orders-v1-20260305T060000Z']);
  });

  it('takes the files that came, and reads none again that was taken', async () => {
    const world = testing();
    world.landed.push({ key: 'reference/states/monday.csv', modified: 100 });
    expect(await startDue(world, definitionOf('states'), at('2026-03-02T06:00:00Z'))).toHaveLength(1);
    const [reference] = world.started as [BatchReference];
    expect(reference.key).toBe('reference/states/monday.csv');
    await world.commit(reference, 200);
    world.started.length = 0;
    world.hashed.length = 0;
    world.landed.push({ key: 'reference/states/tuesday.csv', modified: 300 });
    await startDue(world, definitionOf('states'), at('2026-03-03T06:00:00Z'));
    expect(world.hashed).toEqual(['reference/states/tuesday.csv']);
    // Put again with other content, it is another batch.
    world.landed.splice(0, 2, { key: 'reference/states/monday.csv', modified: 400 });
    await startDue(world, definitionOf('states'), at('2026-03-04T06:00:00Z'));
    expect(world.hashed).toEqual(['reference/states/tuesday.csv', 'reference/states/monday.csv']);
    expect(world.started).toHaveLength(1);
  });
});

describe('a batch that waits for others', () => {
  const reference: BatchReference = { dataset: 'orders@v1', batch: 'orders-v1-20260302T060000Z', key: '', checksum: '', attempt: 1 };
  const began = at('2026-03-02T06:00:30Z');
  const ready = async (world: Testing, now = began) => (await dependenciesReady(world.records, manifest, reference, began, now));
  const rate = (batch: string): BatchReference => ({ dataset: 'rates@v1', batch, key: '', checksum: '', attempt: 1 });

  it('goes on when each of them has committed the batch that was due before it', async () => {
    const world = testing();
    expect(await ready(world)).toEqual({ ...reference, outcome: 'waiting' });
    await world.commit({ dataset: 'states@v1', batch: 'states-v1-abc', key: '', checksum: '', attempt: 1 }, 5);
    expect((await ready(world)).outcome).toBe('waiting');
    await world.commit(rate('rates-v1-20260301T050000Z'));
    expect((await ready(world)).outcome).toBe('waiting');
    await world.refuse(rate('rates-v1-20260302T050000Z'));
    expect((await ready(world)).outcome).toBe('waiting');
    await world.commit(rate('rates-v1-20260302T053000Z'));
    expect((await ready(world)).outcome).toBe('done');
  });

  it('gives up after hours, and says what it waited for', async () => {
    expect(await ready(testing(), began + longestWait)).toEqual({ ...reference, outcome: 'refused', refusal: 'batch orders-v1-20260302T060000Z of orders@v1 has waited 6 hours for rates@v1, of which no batch since 2026-03-02T05:00:00.000Z is committed, and for states@v1, of which no batch is committed. Run that one, then this one again.' });
  });
});
