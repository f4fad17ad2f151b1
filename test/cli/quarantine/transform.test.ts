import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Transform } from '../../../cli/quarantine/transform';
import { corrected, loadTransform } from '../../../cli/quarantine/transform';
import { originalOf } from '../../../core/quarantine/original';
import { decideReplay } from '../../../core/quarantine/replay';
import { receivedFromKafka } from '../../../lib/runtime/kafka-record';
import { sha256 } from '../../../core/manifest/hash';
import { arrival, contracts, order, record } from '../../fixtures/contracts';
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

  it('is told the key\'s bytes and the headers, which lines of former versions do not have', () => {
    const told = (given: typeof line): readonly unknown[] => {
      const seen: unknown[] = [];
      corrected({ hash: 'abc', transform: (_event, { key, headers }) => { seen.push(key === undefined ? 'none' : [...key], headers.map(({ name, value }) => [name, value === null ? null : [...value]])); return null; } }, given, original);
      return seen.slice(0, 2);
    };
    expect(told(line)).toEqual([[...Buffer.from('AB-1')], []]);
    expect(told({ ...line, key: '/w==', headers: [{ name: 'a', value: 'AP8=' }, { name: 'a', value: null }] })).toEqual([[255], [['a', [0, 255]], ['a', null]]]);
    expect(told({ ...line, lineage: { ...line.lineage, partition_key: '' } })).toEqual(['none', []]);
    expect(told({ ...line, key: '', lineage: { ...line.lineage, partition_key: '' } })).toEqual([[], []]);
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

  it('in the documentation makes a structured event of one in the binary mode of CloudEvents, and leaves others', () => {
    const documented = /(?:^ {4}.*\n|^\n)*^ {4}export default function transform\(data, .*\n(?:^ {4}.*\n)*/mu.exec(readFileSync(join(__dirname, '..', '..', '..', 'docs', 'quarantine.md'), 'utf8'))?.[0].replaceAll(/^ {4}/gmu, '') ?? '';
    const loaded = loadTransform(file('binary-mode.ts', documented));
    const { data, ...attributes } = order({}, { subject: 'ü' });
    const sent = Object.entries(attributes).map(([name, text]) => ({ [`ce_${name}`]: [...Int8Array.from(Buffer.from(String(text)))] }));
    const rejected = (headers: readonly Readonly<Record<string, readonly number[] | null>>[], value: unknown = data) => {
      const found = rejectedLine(receivedFromKafka({ topic: 't', partition: 0, offset: 7, timestamp: arrival, timestampType: 'LOG_APPEND_TIME', value: Buffer.from(JSON.stringify(value)).toString('base64'), headers }, '0a1b2c3d'));
      return { found, was: originalOf(Buffer.from(found.original, 'base64')) };
    };
    const contentType = (text: string) => ({ 'content-type': [...Buffer.from(text)] });
    const { found, was } = rejected([...sent, { ce_none: null }, contentType('application/json')]);
    const correction = corrected(loaded, found, was);
    expect(correction).toEqual({ kind: 'corrected', event: { ...attributes, datacontenttype: 'application/json', data } });
    expect(decideReplay(found, was, correction, contracts, { now: arrival + 1, force: false })).toMatchObject({ kind: 'put', replay: { source: '/shop', id: 'o-1', eventType: 'order.placed', forced: false } });
    for (const other of [rejected([]), rejected([...sent, contentType('Application/CloudEvents+json')], order({ items: '2' }))]) expect(corrected(loaded, other.found, other.was)).toEqual({ kind: 'left' });
  });

  it('is refused when it is not there, cannot be loaded, or exports no function', () => {
    expect(() => loadTransform(join(directory, 'nothing.ts'))).toThrow(/There is no file/u);
    expect(() => loadTransform(file('broken.js', 'throw new Error("at once");'))).toThrow(/cannot be loaded: at once/u);
    expect(() => loadTransform(file('data.ts', 'export default 7;'))).toThrow(/exports no function/u);
  });
});
