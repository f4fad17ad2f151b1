import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { count, entity, event, featureView, gt, int, model, over, personal, string } from '../../../core/definition';
import { startLocalCloud, type LocalCloud } from '../../../local/cloud';
import { manifestOf } from '../../core/training/support';
import { startCompactor, type CompactorProcess } from './support/compactor-process';
import { lakePlace, type LakePlace } from './support/lake-place';

jest.setTimeout(180_000);

const placed = event('order.placed', { version: 1, partitionBy: 'email', fields: { email: personal(string()), amount: int() } });
const customer = entity('customer', { email: personal(string()) });
const orders = featureView('orders', { version: 1, entity: customer, from: placed, by: (order) => ({ email: order.email }), features: () => [over('24h', { orders: count() })] });
const late = model('late', { version: 1, predicts: 'probability', entities: { who: customer }, request: {}, features: ({ who }) => ({ who: orders.of(who) }),
  examples: { from: placed, row: (order) => ({ entities: { who: { email: order.email } }, request: {}, label: gt(order.amount, 5) }) } });
const manifest = manifestOf({ placed, customer, orders, late });

const table = 'predictions_late';
const ada = 'ada.lovelace@example.org';
const home = mkdtempSync(join(tmpdir(), 'headrace-predictions-'));
let cloud: LocalCloud | undefined;
let place: LakePlace;
let writer: CompactorProcess;
let lakes = 0;

beforeAll(async () => { cloud = await startLocalCloud({ home, port: 4708 }); });
afterAll(async () => {
  await cloud?.stop();
  rmSync(home, { recursive: true, force: true });
});
beforeEach(async () => {
  if (cloud === undefined) throw new Error('no cloud');
  lakes += 1;
  place = await lakePlace(cloud.endpoint, `predictions${lakes}`, manifest);
  await place.keepVersions();
  writer = await startCompactor(place);
});
afterEach(async () => { await writer.end(); });

const asked = Array.from({ length: 40 }, (_, index): readonly [string, string] => [`r${index}`, index === 7 ? ada : `c${index}@example.org`]);
const write = async (request: string, who: CompactorProcess = writer, rows: readonly (readonly string[])[] = asked): Promise<unknown> => await who.ask('predict', table, request, rows);
const rows = async (): Promise<readonly unknown[]> => await place.rows(`SELECT _batch_id, _row, who__email FROM ${table} ORDER BY ALL`);
const wanted = (...requests: readonly string[]): readonly unknown[] => requests.flatMap((request) => [...asked].sort(([left], [right]) => (left < right ? -1 : 1)).map(([row, email]) => ({ _batch_id: request, _row: row, who__email: email })));

describe('the predictions of a request', () => {
  it('stand in the table of their model once, however often they are written', async () => {
    expect(await write('first')).toEqual({ result: 'committed' });
    expect(await write('second')).toEqual({ result: 'committed' });
    const before = await writer.ask('places', table);
    expect(await write('first')).toEqual({ result: 'present' });
    expect(await writer.ask('places', table)).toEqual(before);
    expect(await rows()).toEqual(wanted('first', 'second'));
    // Nobody remembers a request whose snapshots are gone: its rows take the place of themselves.
    await writer.ask('maintain', table, 2 * 86_400, 3600);
    expect(await write('first')).toEqual({ result: 'committed' });
    expect(await rows()).toEqual(wanted('first', 'second'));
  });

  it('stand there once where the writer was killed anywhere', async () => {
    await write('first');
    for (const milliseconds of [40, 120, 250]) {
      const victim = await startCompactor(place);
      const dying = write('second', victim);
      await new Promise((resolve) => { setTimeout(resolve, milliseconds); });
      victim.kill();
      await dying;
      await victim.end();
    }
    await write('second');
    expect(await rows()).toEqual(wanted('first', 'second'));
  });

  it.each([[undefined, 1], ['insert only', 2]] as const)('stand there once where two write them at the same time (mutant: %s)', async (mutant, copies) => {
    await write('other');
    const slow = await startCompactor(place, { pausing: true, ...(mutant === undefined ? {} : { mutant }) });
    // It has its handle, and comes to its commit after another one has written the same.
    expect(await write('first', slow)).toEqual({ at: 'commit' });
    await write('first');
    expect(await slow.ask('go on')).toEqual({ result: mutant === undefined ? 'present' : 'committed' });
    await slow.end();
    expect(await rows()).toHaveLength(asked.length * (1 + copies));
  });

  it('are erased for a person, by a key or the id of a row, and those of others stay', async () => {
    await write('first');
    await write('second');
    await write('third', writer, [[ada, 'bob@example.org'], ['r1', 'eve@example.org']]);
    const others = (await rows()).filter((row) => !JSON.stringify(row).includes(ada));
    expect(await writer.ask('search', table, [ada], null)).toMatchObject({ rows: 3 });
    expect(await writer.ask('erase', table, [ada], null, 0)).toMatchObject({ rows: 3, waiting: 0, held: {} });
    expect(await rows()).toEqual(others);
    expect(await writer.ask('grep', ada.slice(0, 16))).toMatchObject({ found: [] });
    expect(await writer.ask('search', table, [ada], null)).toMatchObject({ rows: 0, files: 0, snapshots: 0, waiting: 0 });
    expect(await writer.ask('erase', table, ['c3@example.org'], ['who__email'], 0)).toMatchObject({ rows: 2 });
  });
});
