import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { eventTypeOf } from '../../../cli/history/import-history';
import { manifest } from '../../fixtures/contracts';

const directory = mkdtempSync(join(tmpdir(), 'headrace-import-'));
afterAll(() => { rmSync(directory, { recursive: true, force: true }); });
const file = (name: string, content: string | Buffer): string => {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
};
const context = { manifest };
const line = JSON.stringify({ specversion: '1.0', id: 'o-1', source: '/shop', type: 'order.placed', data: {} });

describe('the event type of a file', () => {
  it('is the one that its first event says, where nobody names one', async () => {
    expect((await eventTypeOf(context, file('orders.ndjson', `${line}\n{"type":"else"}\n`), undefined)).name).toBe('order.placed');
    expect((await eventTypeOf(context, file('orders.ndjson.gz', gzipSync(line)), undefined)).name).toBe('order.placed');
  });

  it('is the one that is named, whatever the file says', async () => {
    expect((await eventTypeOf(context, file('other.ndjson', '{"type":"else"}'), 'order.placed')).name).toBe('order.placed');
  });

  it.each([
    ['rows of Parquet say none', file('orders.parquet', 'PAR1'), undefined, /Rows of Parquet do not say which event type they are of: say it with --as, which takes order\.placed, order\.shipped\./u],
    ['its first line is no event', file('empty.ndjson', 'hello\n'), undefined, /first line of .*empty\.ndjson is no event that says its type: say it with --as/u],
    ['it has no line', file('none.ndjson', ''), undefined, /is no event that says its type/u],
    ['the manifest has none of that name', file('else.ndjson', '{"type":"else"}'), undefined, /There is no event type 'else'; the manifest has .*order\.placed@v1/u],
    ['it is not there', join(directory, 'away.ndjson'), 'order.placed', /There is no file/u],
  ])('is asked for where %s', async (_why, path, named, message) => {
    await expect(eventTypeOf(context, path, named)).rejects.toMatchObject({ message: expect.stringMatching(message) as string, exitCode: 2 });
  });
});
