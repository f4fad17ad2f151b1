import { create, createFileRegistry, fromJson, toBinary } from '@bufbuild/protobuf';
import type { JsonValue } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema, StructSchema, file_google_protobuf_descriptor, file_google_protobuf_struct } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { checkCompatibility } from '../../../../core/contract/compatibility/check';
import { readProtobuf, rootFile } from '../../../../core/contract/protobuf/link';
import type { SchemaText } from '../../../../core/contract/schema-text';
import { protobufDefinition } from '../../../../lib/runtime/confluent/protobuf-text';
import { decodeProtobuf } from '../../../../lib/runtime/wire/protobuf';
import { typesOf } from '../../../../lib/runtime/wire/protobuf-descriptor';

const all = `syntax = "proto3"; package p;
import "google/protobuf/timestamp.proto"; import "google/protobuf/duration.proto"; import "google/protobuf/struct.proto"; import "google/protobuf/wrappers.proto";
message M {
  int32 i = 1; optional int64 l = 2; uint64 u = 3; double d = 4; bool b = 5; string s = 6; bytes y = 7; E e = 8; repeated int32 r = 9; map<string, N> m = 10; optional N n = 11;
  google.protobuf.Timestamp t = 12; google.protobuf.Duration du = 13; google.protobuf.Struct st = 14; google.protobuf.Int64Value w = 15; oneof o { string left = 16; int32 right = 17; } optional M deeper = 18; repeated N ns = 19;
  message N { optional string code = 1; }
  enum E { NONE = 0; SOME = 1; }
}
message Second { message Inner { int32 x = 1; } map<string, int32> counts = 1; }`;

const schemaText = (definition: string): SchemaText => ({ definition });
const whole = schemaText(all);

const bytesOf = (definition: string, message: string, json: JsonValue): Uint8Array => {
  const document = readProtobuf(definition);
  if ('problem' in document) throw new Error(`${document.path}: ${document.problem}`);
  const desc = typesOf(document).getMessage(message);
  if (desc === undefined) throw new Error(message);
  return toBinary(desc, fromJson(desc, json));
};
const framed = (json: JsonValue, message = 'p.M', index: readonly number[] = [0]): Uint8Array => Buffer.concat([Buffer.from(index), bytesOf(all, message, json)]);
const said = (payload: Uint8Array, schema = whole, registry: 'glue' | 'confluent' = 'confluent'): unknown => {
  const decoded = decodeProtobuf(schema, registry, payload);
  return 'code' in decoded ? decoded.code : decoded.value;
};

describe('a message', () => {
  it('says what its fields say, by their names, with moments as text and whole numbers as numbers', () => {
    expect(said(framed({
      i: -3, l: '9007199254740991', u: '5', d: 0.5, b: true, s: 'é', y: 'AQI=', e: 'SOME', r: [1, 2], m: { k: { code: 'x' } }, n: {}, t: '2001-06-01T14:05:00.123Z', du: '-1.5s', st: { a: [1, null, { b: 'c' }] }, w: '7', right: 4, deeper: { i: 1 }, ns: [{}, { code: 'y' }],
    }))).toEqual({
      i: -3, l: 9_007_199_254_740_991, u: 5, d: 0.5, b: true, s: 'é', y: 'AQI=', e: 'SOME', r: [1, 2], m: { k: { code: 'x' } }, n: {}, t: '2001-06-01T14:05:00.123Z', du: '-1.500s', st: { a: [1, null, { b: 'c' }] }, w: 7, right: 4,
      deeper: { i: 1, u: 0, d: 0, b: false, s: '', y: '', e: 'NONE' }, ns: [{}, { code: 'y' }],
    });
  });

  it('has what is absent absent, but for fields without presence', () => {
    expect(said(framed({}))).toEqual({ i: 0, u: 0, d: 0, b: false, s: '', y: '', e: 'NONE' });
  });

  it('is the one that its index names: by Confluent the way to it, by Glue its place among all names', () => {
    const inner = bytesOf(all, 'p.Second.Inner', { x: 4 });
    expect(said(Buffer.concat([Buffer.from([4, 2, 0]), inner]))).toEqual({ x: 4 });
    // p.M, p.M.MEntry, p.M.N, p.Second, p.Second.CountsEntry, p.Second.Inner
    expect(said(Buffer.concat([Buffer.from([5]), inner]), whole, 'glue')).toEqual({ x: 4 });
    expect(said(Buffer.concat([Buffer.from([0]), bytesOf(all, 'p.M', { i: 9 })]), whole, 'glue')).toMatchObject({ i: 9 });
  });

  it.each<[string, Uint8Array, string]>([
    ['an index that there is not', Buffer.from([2, 8, 8, 1]), 'unknown_message'],
    ['an index within a message that has none', Buffer.from([4, 0, 18, 8, 1]), 'unknown_message'],
    ['a negative index', Buffer.from([2, 1, 8, 1]), 'unknown_message'],
    ['an index that is cut off', Buffer.from([4, 2]), 'bad_frame'],
    ['a number of steps without an end', Buffer.from([255, 255, 255, 255, 255, 255]), 'bad_frame'],
    ['very many steps', Buffer.from([200, 1, ...Array.from({ length: 100 }, () => 0)]), 'bad_frame'],
    ['a message that is cut off', framed({ s: 'something long' }).subarray(0, -1), 'not_protobuf'],
    ['text that is no UTF-8', Buffer.from([0, 0x32, 1, 0xff]), 'not_protobuf'],
    ['a field that the schema does not have', Buffer.from([0, 0xf8, 0x07, 1]), 'not_protobuf'],
    ['a whole number that no double holds', framed({ l: '9007199254740993' }), 'out_of_range'],
    ['a moment that is none', framed({ t: '2001-06-01T14:05:00Z' }).map((byte, index, bytes) => (index > bytes.length - 5 ? 0xff : byte)), 'not_protobuf'],
    ['more values than one may have', Buffer.concat([Buffer.from([0, 0x4a, 0x81, 0x80, 0x04]), Buffer.alloc(65_537)]), 'too_large'],
    ['more bytes than an event may have', Buffer.alloc(300_000), 'too_large'],
  ])('is refused with %s', (_what, payload, code) => { expect(said(payload)).toBe(code); });

  it('is refused when it is nested more than 32 deep', () => {
    const nested = (depth: number): JsonValue => (depth === 0 ? {} : { deeper: nested(depth - 1) });
    expect(said(framed(nested(30)))).toMatchObject({ deeper: {} });
    expect(said(framed(nested(40)))).toBe('not_protobuf');
  });

  it('is refused where its schema is none, or has a name that would change what objects are', () => {
    expect([said(Buffer.from([0, 8, 1]), schemaText('message'))]).toEqual(['unknown_schema']);
    expect(said(Buffer.from([0, 8, 1]), schemaText('syntax = "proto3"; message M { int32 __proto__ = 1; }'))).toBe('unknown_schema');
  });

  it('changes no object with the keys of a map, and keeps them', () => {
    const counts = bytesOf(all, 'p.Second', JSON.parse('{"counts":{"constructor":1,"toString":2}}') as JsonValue);
    expect(said(Buffer.concat([Buffer.from([2, 2]), counts]))).toEqual({ counts: { constructor: 1, toString: 2 } });
    const entry = Buffer.concat([Buffer.from([0x0a, 9]), Buffer.from('__proto__'), Buffer.from([0x10, 7])]);
    said(Buffer.concat([Buffer.from([2, 2, 0x0a, entry.length]), entry]));
    const nested = Buffer.concat([Buffer.from([0x0a, 9]), Buffer.from('__proto__'), Buffer.from([0x12, 3, 0x0a, 1, 0x78])]);
    said(Buffer.concat([Buffer.from([0, 0x52, nested.length]), nested]));
    expect(({} as { readonly code?: unknown }).code).toBeUndefined();
  });

  it('never fails otherwise, whatever bytes come', () => {
    const good = framed({ i: 1, m: { k: { code: 'x' } }, t: '2001-06-01T14:05:00Z', st: { a: [1] }, ns: [{}] });
    const changed = fc.tuple(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 5 }), fc.nat(good.length)).map(([changes, length]) => {
      const copy = Buffer.from(good);
      for (const [at, to] of changes) copy[at] = to;
      return copy.subarray(0, length);
    });
    fc.assert(fc.property(fc.oneof(changed, fc.uint8Array({ maxLength: 100 })), (bytes) => {
      const decoded = decodeProtobuf(whole, 'confluent', bytes);
      expect('code' in decoded ? decoded.remedy : decoded.text()).toMatch(/./u);
    }), { numRuns: 5000 });
  });
});

describe('a schema that was registered as a descriptor', () => {
  it.each([file_google_protobuf_struct, file_google_protobuf_descriptor])('says the same as its text', ({ proto }) => {
    const text = protobufDefinition(Buffer.from(toBinary(FileDescriptorProtoSchema, proto)).toString('base64'));
    const document = readProtobuf(text);
    if ('problem' in document) throw new Error(`${document.path}: ${document.problem}`);
    const plain = (of: typeof proto) => of.messageType.map(function each(message): unknown { return [message.name, message.field.map(({ name, number, label, type, typeName, proto3Optional }) => [name, number, label, type, typeName, proto3Optional]), message.nestedType.map(each), message.oneofDecl.map(({ name }) => name), message.reservedRange.map(({ start, end }) => [start, end])]; });
    const made = typesOf(document).getFile(rootFile)?.proto;
    expect(made && plain(made)).toEqual(plain(proto));
  });

  it('is left as it is when it is neither', () => {
    expect(protobufDefinition('AAAA')).toBe('AAAA');
    expect(createFileRegistry(create(FileDescriptorSetSchema, {})).getMessage(StructSchema.typeName)).toBeUndefined();
  });
});

const types = ['int32', 'int64', 'uint32', 'uint64', 'sint32', 'sint64', 'fixed32', 'sfixed64', 'bool', 'string', 'bytes', 'float', 'double'] as const;
const fieldsOf = fc.uniqueArray(fc.record({ name: fc.constantFrom('a', 'b', 'c'), number: fc.integer({ min: 1, max: 4 }), type: fc.constantFrom(...types), repeated: fc.boolean() }), { maxLength: 3, selector: ({ name }) => name })
  .filter((fields) => new Set(fields.map(({ number }) => number)).size === fields.length);
type Fields = typeof fieldsOf extends fc.Arbitrary<infer Value> ? Value : never;
const textOf = (fields: Fields): string => {
  const unused = [1, 2, 3, 4].filter((number) => !fields.some((field) => field.number === number));
  return `syntax = "proto3"; package p; message M { ${unused.length > 0 ? `reserved ${unused.join(', ')};` : ''} ${fields.map(({ name, number, type, repeated }) => `${repeated ? 'repeated' : 'optional'} ${type} ${name} = ${number};`).join(' ')} }`;
};
const single: Readonly<Record<(typeof types)[number], fc.Arbitrary<JsonValue>>> = {
  int32: fc.integer(), sint32: fc.integer(), uint32: fc.nat(4_294_967_295), fixed32: fc.nat(4_294_967_295), int64: fc.maxSafeInteger().map(String), sint64: fc.maxSafeInteger().map(String), sfixed64: fc.maxSafeInteger().map(String), uint64: fc.maxSafeNat().map(String),
  bool: fc.boolean(), string: fc.string({ unit: 'grapheme', maxLength: 5 }), bytes: fc.base64String({ maxLength: 8 }), float: fc.float({ noNaN: true, noDefaultInfinity: true }), double: fc.double({ noNaN: true, noDefaultInfinity: true }),
};
const dataOf = (fields: Fields): fc.Arbitrary<JsonValue> => fc.record(Object.fromEntries(fields.map(({ name, type, repeated }) => [name, repeated ? fc.array(single[type], { minLength: 1, maxLength: 3 }) : single[type]])));
/** A later version: some fields are others. */
const evolved = (fields: Fields): fc.Arbitrary<Fields> => fc.tuple(fieldsOf, fc.subarray([1, 2, 3, 4]), fc.boolean()).map(([others, taken, widens]) => {
  const kept = fields.filter(({ number }) => !taken.includes(number)).map((field) => (widens && field.type === 'int32' ? { ...field, type: 'int64' as const } : field));
  return [...kept, ...others.filter(({ name, number }) => !kept.some((field) => field.name === name || field.number === number))];
});

describe('what is accepted as BACKWARD', () => {
  it('is read by the new schema of Protocol Buffers as it was written', () => {
    let accepted = 0;
    fc.assert(fc.property(fieldsOf.chain((former) => fc.record({ former: fc.constant(former), next: evolved(former), data: dataOf(former) })), ({ former, next, data }) => {
      // Whether the numbers that are gone stay reserved is another question than what is read.
      const verdict = checkCompatibility({ format: 'PROTOBUF', mode: 'BACKWARD', proposed: { definition: textOf(next) }, previous: [{ definition: textOf(former) }] });
      if (!verdict.compatible && !verdict.differences.every(({ kind, writer }) => kind === 'number_reused' && writer.endsWith('reserved'))) return;
      accepted += 1;
      const bytes = Buffer.concat([Buffer.from([0]), bytesOf(textOf(former), 'p.M', data)]);
      const written = said(bytes, schemaText(textOf(former))) as Readonly<Record<string, unknown>>;
      // What the new schema has no more is unknown to it: it is asked for without. A name under another number is another field.
      const isKept = ([name]: readonly [string, unknown]): boolean => next.some((field) => field.name === name && former.some((each) => each.name === name && each.number === field.number));
      const known = Object.fromEntries(Object.entries(data as object).filter(isKept)) as JsonValue;
      const read = said(Buffer.concat([Buffer.from([0]), bytesOf(textOf(former), 'p.M', known)]), schemaText(textOf(next)));
      expect(read).toEqual(Object.fromEntries(Object.entries(written).filter(isKept)));
    }), { numRuns: 1500 });
    expect(accepted).toBeGreaterThan(300);
  });
});
