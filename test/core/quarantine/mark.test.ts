import { assert, constantFrom, dictionary, integer, jsonValue, property, string } from 'fast-check';
import { decode } from '../../../core/contract/decode';
import { markedText, nextMark, replayMarkOf, splicedText } from '../../../core/quarantine/mark';
import { originalOf } from '../../../core/quarantine/original';

const position = 'headrace-test-events/shardId-000000000000/000049.000000';
const mark = { replayof: position, replays: 1 };
const parsed = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

describe('the mark of a replay', () => {
  it('is spliced in behind the last member, the rest letter by letter', () => {
    const text = ' {"id":"\\u0041", "data":{"amount":12.50,"n":12345678901234567890}\n} ';
    expect(splicedText(text, parsed(text), mark)).toBe(` {"id":"\\u0041", "data":{"amount":12.50,"n":12345678901234567890}\n,"replayof":"${position}","replays":1}`);
  });

  it('takes the place of the one before, and the count goes on', () => {
    const once = splicedText('{"id":"a","n":1.0}', { id: 'a', n: 1 }, mark);
    expect(nextMark('b/c/1.000000', parsed(once))).toEqual({ replayof: 'b/c/1.000000', replays: 2 });
    expect(splicedText(once, parsed(once), { replayof: 'b/c/1.000000', replays: 2 })).toBe('{"id":"a","n":1.0,"replayof":"b/c/1.000000","replays":2}');
  });

  it.each<[string, string]>([
    ['stands elsewhere', '{"replayof":"x","id":"a","replays":4}'],
    ['is of another kind', '{"id":"a","replayof":7}'],
    ['is an object without members', '{}'],
  ])('is written once when what a producer wrote %s', (_how, text) => {
    const written = splicedText(text, parsed(text), mark);
    expect(decode(written)).toMatchObject({ ok: true });
    expect(parsed(written)).toMatchObject(mark);
  });

  it('is in every event once, and nothing else is changed, whatever the event holds', () => {
    const objects = dictionary(string(), jsonValue());
    assert(property(objects, string({ minLength: 1 }), integer({ min: 1, max: 99 }), constantFrom(markedText, (event: Record<string, unknown>, given: typeof mark) => splicedText(JSON.stringify(event), event, given)), (random, replayof, replays, write) => {
      // As it was sent: -0 is 0 there.
      const event = parsed(JSON.stringify(random));
      const { replayof: _of, replays: _replays, ...rest } = event;
      const again = parsed(write(event, { replayof, replays }));
      expect(again).toEqual({ ...rest, replayof, replays });
      expect(replayMarkOf(again)).toEqual({ replayof, replays });
    }));
  });

  it.each([[undefined], [null], ['text'], [[]], [{}], [{ replayof: 'a' }], [{ replayof: 'a', replays: 0 }], [{ replayof: 'a', replays: 1.5 }], [{ replayof: '', replays: 1 }], [{ replayof: 1, replays: 1 }]])('is not read from %j', (event) => {
    expect(replayMarkOf(event)).toBeUndefined();
  });
});

describe('an original', () => {
  it('is JSON, text, or bytes alone', () => {
    expect(originalOf(Buffer.from('{"a":1}'))).toMatchObject({ text: '{"a":1}', json: { value: { a: 1 } } });
    expect(originalOf(Buffer.from('null'))).toMatchObject({ json: { value: null } });
    expect(originalOf(Buffer.from('{'))).toEqual({ bytes: Buffer.from('{'), text: '{' });
    expect(originalOf(Uint8Array.of(0xc3, 0x28))).toEqual({ bytes: Uint8Array.of(0xc3, 0x28) });
  });
});
