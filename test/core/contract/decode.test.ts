import { anything, array, assert, dictionary, json, jsonValue, property, string, uint8Array } from 'fast-check';
import { decode, maximumDepth, maximumEventBytes } from '../../../core/contract/decode';
import type { RejectionCode } from '../../../core/contract/rejection';

const bytes = (text: string): Buffer => Buffer.from(text, 'utf8');
const codeOf = (data: Uint8Array | string): RejectionCode | 'decoded' => {
  const result = decode(data);
  return result.ok ? 'decoded' : result.rejection.code;
};
const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;

describe('decoding an event', () => {
  it('gives what JSON.parse gives, for any JSON, and the text letter by letter', () => {
    // Half a surrogate pair is written as an escape, and refused by another test.
    assert(property(json({ stringUnit: 'binary', maxDepth: 5 }).filter((text) => !/\\ud/iu.test(text)), (text) => {
      expect(decode(bytes(text))).toEqual({ ok: true, text, value: JSON.parse(text) as unknown });
    }));
  });

  it('never throws, whatever the bytes are', () => {
    assert(property(uint8Array({ maxLength: 60 }), (data) => { expect(typeof decode(data).ok).toBe('boolean'); }));
    assert(property(string({ unit: 'binary', maxLength: 60 }), (text) => { expect(typeof decode(text).ok).toBe('boolean'); }));
  });

  it('sees that a name stands twice in one object, wherever that is', () => {
    assert(property(array(jsonValue(), { maxLength: 3 }), dictionary(string(), jsonValue(), { minKeys: 1, maxKeys: 4 }), (around, object) => {
      const [first] = Object.entries(object);
      const text = JSON.stringify(object);
      const doubled = `${text.slice(0, -1)},${JSON.stringify(first?.[0])}:0}`;
      const within = `[${[...around.map((each) => JSON.stringify(each)), doubled].join(',')}]`;
      if (within.match(/\\ud/iu)) return;
      expect(codeOf(bytes(within))).toBe('duplicate_key');
    }));
  });

  it.each([
    ['{"a":1,"a":2}', '/a'], ['{"a":{"b":[0,{"c":1,"d":2,"c":3}]}}', '/a/b/1/c'], ['{"a":1,"\\u0061":2}', '/a'], ['{"__proto__":1,"__proto__":2}', '/__proto__'],
    ['{"a/b":{"c~d":1,"c~d":1}}', '/a~1b/c~0d'], ['[{},{"x":":,{"},{"x":1,"x":1}]', '/2/x'],
  ])('says where in %s', (text, path) => {
    const result = decode(bytes(text));
    expect(result.ok ? undefined : [result.rejection.code, result.rejection.path]).toEqual(['duplicate_key', path]);
  });

  it('takes names that stand once in each of several objects, and colons and brackets in strings', () => {
    expect(codeOf(bytes('[{"a":1},{"a":2,"b":{"a":":,{[\\"]}"}}]'))).toBe('decoded');
  });

  it('refuses bytes that are no UTF-8, and says where', () => {
    const result = decode(Buffer.concat([bytes('{"a":"'), Buffer.from([0xc3, 0x28]), bytes('"}')]));
    expect(result.ok ? undefined : result.rejection).toMatchObject({ code: 'not_utf8', found: expect.stringContaining('at byte 6 of 10') as string });
  });

  it.each([
    ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22]], ['a surrogate as bytes', [0x22, 0xed, 0xa0, 0x80, 0x22]], ['a cut character', [0x22, 0xe2, 0x82]], ['UTF-16', [0xff, 0xfe, 0x22, 0x00]], ['Latin-1', [0x22, 0xe9, 0x22]],
  ])('refuses %s', (_what, data) => { expect(codeOf(Uint8Array.from(data))).toBe('not_utf8'); });

  it('refuses half a surrogate pair, as bytes could not say it', () => {
    expect(codeOf(bytes('{"a":"\\ud800"}'))).toBe('not_utf8');
    expect(codeOf(bytes('{"\\udc00":1}'))).toBe('not_utf8');
    expect(codeOf('{"a":"\ud800"}')).toBe('not_utf8');
    expect(codeOf(bytes('{"a":"\\ud83d\\ude00 and \\\\ud800"}'))).toBe('decoded');
  });

  it.each(['', '   ', '{', '{"a":1', '{"a":1}}', "{'a':1}", '{"a":NaN}', '{"a":1,}', '\ufeff{}', 'null}', '{"a":01}', '{"a":"\t"}', '{"a" 1}', '"', '[1 2]', '\u0000'])('refuses %j as no JSON', (text) => {
    expect(codeOf(bytes(text))).toBe('not_json');
  });

  it('shows nothing of what it could not parse', () => {
    const result = decode(bytes('{"customer":"ada@example.org", oops}'));
    expect(JSON.stringify(result)).not.toMatch(/ada|oops|customer/u);
    expect(result.ok ? undefined : result.rejection.found).toBe('a fault at character 31 of 36');
  });

  it('takes an event of exactly the largest size, and refuses one byte more', () => {
    const text = (length: number): string => `"${'x'.repeat(length - 2)}"`;
    expect(codeOf(bytes(text(maximumEventBytes)))).toBe('decoded');
    expect(codeOf(bytes(text(maximumEventBytes + 1)))).toBe('too_large');
    expect(codeOf(`"${'é'.repeat(maximumEventBytes / 2)}"`)).toBe('too_large');
  });

  it('takes the deepest nesting, and refuses one level more', () => {
    expect(codeOf(bytes(nested(maximumDepth)))).toBe('decoded');
    expect(codeOf(bytes(nested(maximumDepth + 1)))).toBe('too_deep');
    expect(codeOf(bytes('['.repeat(maximumEventBytes)))).toBe('too_deep');
    expect(codeOf(bytes('{"a":'.repeat(50_000)))).toBe('too_deep');
  });

  it('puts line breaks between tokens aside, and no others', () => {
    const result = decode(bytes('{\r\n  "a": "x\\ny",\n\t"b": [1,\n2] }\n'));
    expect(result).toEqual({ ok: true, text: '{    "a": "x\\ny", \t"b": [1, 2] } ', value: { a: 'x\ny', b: [1, 2] } });
  });

  it('leaves every prototype as it was', () => {
    const result = decode(bytes('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'));
    expect(result.ok).toBe(true);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
    expect(result.ok && Object.getPrototypeOf(result.value)).toBe(Object.prototype);
  });

  it('takes anything that JSON.stringify writes', () => {
    assert(property(anything({ maxDepth: 4 }).map((value) => { try { return JSON.stringify(value); } catch { return undefined; } }), (text) => {
      if (text === undefined || /\\ud/iu.test(text)) return;
      expect(codeOf(bytes(text))).toBe('decoded');
    }));
  });
});
