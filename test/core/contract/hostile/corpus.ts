import { maximumDepth, maximumEventBytes } from '../../../../core/contract/decode';
import type { RejectionCode } from '../../../../core/contract/rejection';
import { order } from '../../../fixtures/contracts';

/** An input that somebody could send, and what has to become of it: a code, or `accepted`. */
export interface Hostile { readonly name: string; readonly data: Uint8Array; readonly expected: RejectionCode | 'accepted' }

const good = JSON.stringify(order());
const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');
const hostile = (expected: Hostile['expected'], name: string, data: Uint8Array | string): Hostile => ({ name, expected, data: typeof data === 'string' ? bytes(data) : data });

/** The good order with the JSON text of one field of its data, or of one attribute, in place of its own. */
const withField = (name: string, text: string): string => good.replace(new RegExp(`"${name}":(?:"[^"]*"|[\\d.]+|true|false)`, 'u'), () => `"${name}":${text}`);
const withMember = (text: string): string => good.replace('"data":{', () => `"data":{${text},`);

/** Byte sequences that are no UTF-8 (Unicode 15, table 3-7; the test file of Markus Kuhn has more of the kind). */
const invalidUtf8: readonly (readonly [string, readonly number[]])[] = [
  ['a lone continuation byte', [0x80]], ['a last continuation byte', [0xbf]], ['a first byte without the rest', [0xc3]], ['two of three bytes', [0xe2, 0x82]], ['three of four bytes', [0xf0, 0x9f, 0x98]],
  ['an overlong slash', [0xc0, 0xaf]], ['an overlong NUL', [0xc0, 0x80]], ['an overlong letter in three bytes', [0xe0, 0x81, 0x81]], ['an overlong letter in four bytes', [0xf0, 0x80, 0x81, 0x81]],
  ['a high surrogate', [0xed, 0xa0, 0x80]], ['a low surrogate', [0xed, 0xbf, 0xbf]], ['a pair of surrogates (CESU-8)', [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]], ['a code point beyond the last', [0xf4, 0x90, 0x80, 0x80]],
  ['a first byte that there is not', [0xf5, 0x80, 0x80, 0x80]], ['FE', [0xfe]], ['FF', [0xff]], ['Latin-1', [0xfc]], ['UTF-16', [0xff, 0xfe, 0x41, 0x00]], ['five bytes', [0xf8, 0x88, 0x80, 0x80, 0x80]],
];

const inserted = (sequence: readonly number[], marker: string): Uint8Array => {
  const at = good.indexOf(marker) + marker.length;
  return Buffer.concat([bytes(good.slice(0, at)), Buffer.from(sequence), bytes(good.slice(at))]);
};

const encodings: readonly Hostile[] = [
  ...invalidUtf8.flatMap(([name, sequence]) => [['in a value', '"id":"o'], ['in a name', '"channe'], ['between tokens', '"data":']].map(([where, marker = '']) => hostile('not_utf8', `${name} ${where}`, inserted(sequence, marker)))),
  hostile('not_utf8', 'UTF-16', Buffer.from(good, 'utf16le').fill(0xff, 0, 1)), hostile('not_json', 'a byte order mark', `\ufeff${good}`),
  ...['\\ud800', '\\udfff', '\\ud800\\ud800', '\\udc00\\ud800', 'x\\uD83Dx'].flatMap((escape) => [
    hostile('not_utf8', `${escape} in a value`, withField('id', `"${escape}"`)), hostile('not_utf8', `${escape} in a name`, withMember(`"${escape}":1`)), hostile('not_utf8', `${escape} deep inside`, withMember(`"more":[{"x":["${escape}"]}]`)),
  ]),
  hostile('accepted', 'a whole pair of surrogates, escaped', withField('id', '"\\ud83d\\ude00"')), hostile('accepted', 'noncharacters', withField('id', '"\\ufffe\\uffff"')), hostile('accepted', 'a replacement character that was sent', withField('id', '"\ufffd"')),
];

const control = Array.from({ length: 0x20 }, (_code, code) => hostile('not_json', `the control character ${code} in a text`, withField('id', `"o${String.fromCharCode(code)}1"`)));

const grammar: readonly Hostile[] = [
  ['nothing', ''], ['a space', ' '], ['a comma at the end', good.replace(/\}$/u, ',}')], ['single quotes', good.replaceAll('"', '\'')], ['a comment', `/* c */${good}`], ['a comment of a line', `${good}//`], ['two events', `${good}${good}`],
  ['two events on lines', `${good}\n${good}`], ['a NUL at the end', `${good}\0`], ['something before', `x${good}`], ['something after', `${good}x`], ['no braces', good.slice(1, -1)], ['an event as text in text', JSON.stringify(good).slice(1, -1)],
  ['a name without quotes', good.replace('"id":', 'id:')], ['no colon', good.replace('"id":', '"id" ')], ['no comma', good.replace(',"source"', ' "source"')], ['a form feed between', good.replace(',', ',\f')], ['a no-break space between', good.replace(',', ',\u00a0')],
  ...['NaN', 'Infinity', '-Infinity', 'undefined', '01', '+1', '.5', '5.', '0x10', '1e', '1e+', '--1', '1_000', '1,5', 'TRUE', 'True', 'nil', '0b1', '1n', '\'1\'', '{', '[1', '"\\x41"', '"\\u12"', '"\\', '"\\u{41}"'].map((value) => [`the value ${value}`, withField('items', value)]),
  ...Array.from({ length: 30 }, (_cut, index) => [`an event cut after ${Math.floor(good.length * (index + 1) / 31)} characters`, good.slice(0, Math.floor(good.length * (index + 1) / 31))]),
].map(([name = '', text = '']) => hostile('not_json', name, text));

const names = Object.keys(order());
const fields = Object.keys(order()['data'] as object);
const duplicates: readonly Hostile[] = [
  ...names.map((name) => hostile('duplicate_key', `the attribute ${name} twice`, good.replace(/^\{/u, () => `{"${name}":1,`))),
  ...fields.map((name) => hostile('duplicate_key', `the field ${name} twice`, withMember(`"${name}":null`))),
  hostile('duplicate_key', 'a name escaped the second time', withMember('"\\u0061mount":1')), hostile('duplicate_key', '__proto__ twice', withMember('"__proto__":1,"__proto__":2')),
  hostile('duplicate_key', 'a name twice far below', withMember('"more":{"list":[{"a":1,"a":1}]}')), hostile('duplicate_key', 'the empty name twice', withMember('"":1,"":1')),
];

const nested = (open: string, close: string, levels: number): string => withMember(`"more":${open.repeat(levels)}1${close.repeat(levels)}`);
const shape: readonly Hostile[] = [
  ...[maximumDepth - 1, 100, 10_000, 60_000].flatMap((levels) => [hostile('too_deep', `${levels} lists in each other`, nested('[', ']', levels)), ...(levels < 40_000 ? [hostile('too_deep', `${levels} objects in each other`, nested('{"a":', '}', levels))] : [])]),
  hostile('accepted', 'as deep as may be', nested('[', ']', maximumDepth - 2)),
  hostile('too_large', 'a byte too many', withMember(`"more":"${'x'.repeat(maximumEventBytes - good.length - '"more":"",'.length + 1)}"`)),
  hostile('accepted', 'as large as may be', withMember(`"more":"${'x'.repeat(maximumEventBytes - good.length - '"more":"",'.length)}"`)),
  hostile('too_large', 'a megabyte of nothing', Buffer.alloc(1_048_576)), hostile('too_large', 'a megabyte of brackets', '['.repeat(1_048_576)),
  hostile('too_deep', 'brackets alone', '['.repeat(200_000)), hostile('accepted', 'many members', withMember(Array.from({ length: 20_000 }, (_member, index) => `"m${index}":0`).join(','))),
  hostile('accepted', 'names that hash alike in many tables', withMember(Array.from({ length: 1024 }, (_member, index) => `"${index.toString(2).padStart(10, '0').replaceAll('0', 'Aa').replaceAll('1', 'BB')}":0`).join(','))),
  hostile('accepted', 'a text of escapes', withMember(`"more":"${'\\n'.repeat(100_000)}"`)), hostile('accepted', 'a very long number that nobody reads', withMember(`"more":${'9'.repeat(100_000)}`)),
];

const inherited = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__', 'toJSON', 'then'];
const pollution: readonly Hostile[] = [
  ...inherited.map((name) => hostile('accepted', `a member ${name} of the data`, withMember(`"${name}":{"polluted":true}`))),
  ...inherited.map((name) => hostile('accepted', `an attribute ${name}`, good.replace(/^\{/u, () => `{"${name}":{"amount":1,"type":"x"},`))),
  hostile('missing_field', 'data that inherits its fields', good.replace(/"data":\{.*\}$/u, () => `"data":{"__proto__":${JSON.stringify(order()['data'])}}}`)),
  hostile('not_cloudevent', 'an event that inherits its attributes', `{"__proto__":${good}}`), hostile('not_cloudevent', 'an event that inherits from its constructor', `{"constructor":{"prototype":${good}}}`),
  hostile('accepted', '$ref in the data', withMember('"$ref":"http://127.0.0.1:1/schema"')), hostile('missing_field', 'a schema to be fetched, which is no version: the latest is meant', withField('dataschema', '"http://127.0.0.1:1/schema.json"')),
  hostile('accepted', '$schema in the data', withMember('"$schema":"file:///etc/passwd","$id":"x"')),
];

const values: readonly (readonly [field: string, value: string, expected: Hostile['expected']])[] = [
  ...['1.5', '"2"', 'true', '[]', '{}', '[2]'].map((value) => ['items', value, 'wrong_type'] as const),
  ...['1e400', '-1e400', '9007199254740992', '9007199254740993', '1e21', '0', '-0', '100', '-1'].map((value) => ['items', value, 'out_of_range'] as const),
  ...['2.0', '2e0', '20e-1', '0.2E+1', '99'].map((value) => ['items', value, 'accepted'] as const), ['items', 'null', 'missing_field'],
  ...['"12.5"', 'false', '[]', '{}'].map((value) => ['amount', value, 'wrong_type'] as const), ...['1e400', '-1e400', '1000001', '-0.01'].map((value) => ['amount', value, 'out_of_range'] as const),
  ...['-0', '1e-400', '0.1e1', '1000000', '0.30000000000000004'].map((value) => ['amount', value, 'accepted'] as const),
  ...['1', 'true', '{}', '["AB-1"]'].map((value) => ['orderId', value, 'wrong_type'] as const), ...['""', '"ab-1"', '"AB-1\\n"', '"AB-"', '" AB-1"', '"AB-1\\u0000"', '"ＡＢ-1"', '"AB-१"'].map((value) => ['orderId', value, 'pattern_mismatch'] as const),
  ...['"WEB"', '"web "', '""', '"__proto__"', '"constructor"'].map((value) => ['channel', value, 'not_in_list'] as const), ['channel', '["web"]', 'wrong_type'],
  ...['"2026-03-01"', '"2026-03-01 12:00:00Z"', '"2026-13-01T00:00:00Z"', '"2026-02-29T00:00:00Z"', '"2026-03-01T24:00:00Z"', '"2026-03-01T12:60:00Z"', '"2026-03-01T12:00:60Z"', '"2026-03-01T12:00:00"', '"2026-03-01T12:00:00z"', '"2026-03-01t12:00:00Z"',
    '"2026-03-01T12:00:00+24:00"', '"2026-03-01T12:00:00+0100"', '"02026-03-01T12:00:00Z"', '"10000-01-01T00:00:00Z"', '"-001-01-01T00:00:00Z"', '"99999-12-31T23:59:59Z"', '"2026-03-01T12:00:00.Z"', '"2026-03-01T12:00:00.1234567890Z"', '"now"', '""', '"0"'].map((value) => ['placedAt', value, 'time_invalid'] as const),
  ['placedAt', '1772366400', 'wrong_type'], ['placedAt', '"9999-12-31T23:59:59.999Z"', 'accepted'], ['placedAt', '"0001-01-01T00:00:00Z"', 'accepted'],
];

const notText = ['1', 'true', '[]', '{}', 'null', '""'];
const envelope: readonly Hostile[] = [
  ...['id', 'source', 'type'].flatMap((name) => notText.map((value) => hostile('not_cloudevent', `${name} is ${value}`, withField(name, value)))),
  ...['id', 'source'].flatMap((name) => [hostile('too_large', `${name} of 1025 characters`, withField(name, `"${'x'.repeat(1025)}"`)), hostile('accepted', `${name} of 1024 characters`, withField(name, `"${'x'.repeat(1024)}"`))]),
  ...['1', 'true', '[]', '{}', 'null', '""', '"0.3"', '"1"', '1.0', '"1.0 "'].map((value) => hostile('not_cloudevent', `specversion is ${value}`, withField('specversion', value))),
  ...['1', 'true', '[]', '{}', '"yesterday"', '""', '"99999-01-01T00:00:00Z"', '"2026-03-01T12:00:00,5Z"'].map((value) => hostile('time_invalid', `time is ${value}`, withField('time', value))), hostile('missing_field', 'time is null', withField('time', 'null')),
  ...['1', 'true', '[]', '{}'].map((value) => hostile('not_cloudevent', `dataschema is ${value}`, withField('dataschema', value))),
  ...['"2026-03-01T12:05:01Z"', '"9999-12-31T23:59:59Z"', '"2099-01-01T00:00:00+14:00"'].map((value) => hostile('time_in_future', `time is ${value}`, withField('time', value))),
  hostile('accepted', 'a time of long ago', withField('time', '"0001-01-01T00:00:00Z"')),
  ...['"order.PLACED"', '"order.placed "', '"__proto__"', '"constructor"', '"toString"', '"../raw"', '"order.placed@v1"', '"ＯＲＤＥＲ.placed"'].map((value) => hostile('unknown_type', `type is ${value}`, withField('type', value))),
  ...['"order.placed/v99"', '"order.placed/v0"', '"x/order.placed/v999999999"'].map((value) => hostile('unknown_version', `dataschema is ${value}`, withField('dataschema', value))),
  ...['[]', '1', '"text"', 'true'].map((value) => hostile('wrong_type', `data is ${value}`, good.replace(/"data":\{.*\}$/u, () => `"data":${value}}`))), hostile('missing_field', 'data is null', good.replace(/"data":\{.*\}$/u, () => '"data":null}')),
  ...['[]', '1', '"text"', 'true', 'null', '{}', '[{}]'].map((value) => hostile('not_cloudevent', `${value} for an event`, value)), hostile('not_cloudevent', 'a list of events', `[${good}]`),
  hostile('not_cloudevent', 'binary data', good.replace(/^\{/u, '{"data_base64":"AAAA",')), hostile('not_cloudevent', 'another content', good.replace(/^\{/u, '{"datacontenttype":"text/xml",')),
];

/** Every input, each under a name of its own. */
export const corpus: readonly Hostile[] = [
  ...encodings, ...control, ...grammar, ...duplicates, ...shape, ...pollution, ...envelope,
  ...values.map(([field, value, expected]) => hostile(expected, `${field} is ${value}`, withField(field, value))),
];
