import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Transform } from '../../../cli/quarantine/transform';
import { corrected, loadTransform } from '../../../cli/quarantine/transform';
import { originalOf } from '../../../core/quarantine/original';
import { sha256 } from '../../../core/manifest/hash';
import { order, record } from '../../fixtures/contracts';
import { rejectedLine } from './support/rejected-records';

const line = rejectedLine(record(order({ items: '2' })));
const original = originalOf(Buffer.from(line.original, 'base64'));
const correct = (transform: Transform) => corrected({ transform, hash: 'abc' }, line, original);

interface Order { readonly data: { readonly items: unknown } }

describe('a transform', () => {
  it('corrects an event, of which it is told what is wrong', () => {
    const seen: unknown[] = [];
    const result = correct((event, context) => {
      seen.push([context.reason, context.path, context.eventType, context.replays, context.text?.length, context.original.length]);
      return { ...event as object, data: { ...(event as Order).data, items: Number((event as Order).data.items) } };
    });
    expect(result).toEqual({ kind: 'corrected', event: order({ items: 2 }) });
    expect(seen[0]).toEqual(['wrong_type', '/data/items', 'order.placed', 0, original.text?.length, original.bytes.length]);
  });

  it('may change what it is given', () => {
    expect(correct((event) => { (event as { data: { items: number } }).data.items = 3; return event; })).toEqual({ kind: 'corrected', event: order({ items: 3 }) });
    expect(original.json?.value).toEqual(order({ items: '2' }));
  });

  it.each<[string, Transform, unknown]>([
    ['leaves an event by null', () => null, { kind: 'left' }],
    ['gives it back as it was', (event) => event, { kind: 'unchanged' }],
    ['gives nothing', () => undefined, { kind: 'failed', message: expect.stringContaining('it gave nothing') }],
    ['gives a list', () => [], { kind: 'failed', message: expect.stringContaining('it gave a list') }],
    ['gives a promise', async () => await Promise.resolve(null), { kind: 'failed', message: expect.stringContaining('promise') }],
    ['throws', () => { throw new TypeError('no items'); }, { kind: 'failed', message: 'TypeError: no items' }],
    ['gives what JSON cannot hold', () => ({ n: 1n }), { kind: 'failed', message: expect.stringContaining('BigInt') }],
  ])('%s', (_how, transform, outcome) => { expect(correct(transform)).toEqual(outcome); });

  it('is refused when it gives two results for one event', () => {
    let calls = 0;
    expect(() => correct(() => { calls += 1; return { calls }; })).toThrow(/two different results/u);
  });

  it('is told nothing as the event when the bytes are no JSON', () => {
    const bad = rejectedLine(record(Uint8Array.of(0xff, 0x7b)));
    const seen: unknown[] = [];
    corrected({ hash: 'abc', transform: (event, { text, original: bytes }) => { seen.push(event, text, [...bytes]); return null; } }, bad, originalOf(Buffer.from(bad.original, 'base64')));
    expect(seen.slice(0, 3)).toEqual([undefined, undefined, [0xff, 0x7b]]);
  });
});

describe('a transform\'s file', () => {
  let directory = '';
  beforeAll(() => { directory = mkdtempSync(join(tmpdir(), 'headrace-transform-')); });
  afterAll(() => { rmSync(directory, { recursive: true, force: true }); });
  const file = (name: string, text: string): string => { writeFileSync(join(directory, name), text); return join(directory, name); };

  it.each([
    ['default.ts', 'export default (event: unknown): unknown => (event === 1 ? null : event);'],
    ['named.ts', 'export const transform = (event: unknown): unknown => (event === 1 ? null : event);'],
    ['common.js', 'module.exports = (event) => (event === 1 ? null : event);'],
  ])('%s is loaded, and named by its hash', (name, text) => {
    const loaded = loadTransform(file(name, text));
    expect(loaded.transform(1, {} as never)).toBeNull();
    expect(loaded.hash).toBe(sha256(text));
  });

  it('is refused when it is not there, cannot be loaded, or exports no function', () => {
    expect(() => loadTransform(join(directory, 'nothing.ts'))).toThrow(/There is no file/u);
    expect(() => loadTransform(file('broken.js', 'throw new Error("at once");'))).toThrow(/cannot be loaded: at once/u);
    expect(() => loadTransform(file('data.ts', 'export default 7;'))).toThrow(/exports no function/u);
  });
});
