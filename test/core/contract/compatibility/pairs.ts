import type { Schema } from '../../../../core/contract/compatibility/check';
import type { SchemaFormat } from '../../../../core/contract/compatibility/difference';

/** Two schemas, whether each reads what the other writes, and the rule that this shows. */
export interface SchemaPair { readonly format: SchemaFormat; readonly rule: string; readonly next: Schema; readonly former: Schema; /** The next reads the former. */ readonly backward: boolean; /** The former reads the next. */ readonly forward: boolean }

type Fields = Readonly<Record<string, unknown>>;
const pair = (format: SchemaPair['format']) => (rule: string, former: unknown, next: unknown, backward: boolean, forward: boolean): SchemaPair => ({ format, rule, former: former as Schema, next: next as Schema, backward, forward });
const [avro, json] = [pair('AVRO'), pair('JSON')];

const record = (...fields: readonly unknown[]): Fields => ({ type: 'record', name: 'r', fields });
const field = (name: string, type: unknown, more: Fields = {}): Fields => ({ name, type, ...more });
const list = (symbols: readonly string[], more: Fields = {}): Fields => ({ type: 'enum', name: 'e', symbols, ...more });
const a = field('a', 'int');

const promotions: readonly (readonly [string, string])[] = [['int', 'long'], ['int', 'float'], ['int', 'double'], ['long', 'float'], ['long', 'double'], ['float', 'double']];
const apart: readonly (readonly [string, string])[] = [['int', 'string'], ['long', 'boolean'], ['double', 'string'], ['boolean', 'bytes'], ['null', 'int'], ['float', 'bytes'], ['string', 'int']];

const avroPairs: readonly SchemaPair[] = [
  ...['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'].map((type) => avro(`${type} is read as itself`, type, type, true, true)),
  ...promotions.map(([former, next]) => avro(`${former} is read as ${next}, and not the other way`, former, next, true, false)),
  avro('text is read as bytes and bytes as text', 'string', 'bytes', true, true),
  ...apart.map(([former, next]) => avro(`${former} is not read as ${next}`, former, next, false, false)),
  avro('a field that is added with a default', record(a), record(a, field('b', 'string', { default: '' })), true, true),
  avro('a field that is added without a default', record(a), record(a, field('b', 'string')), false, true),
  avro('a field that is null by default', record(a), record(a, field('b', ['null', 'string'], { default: null })), true, true),
  avro('a field that may be null and has no default', record(a), record(a, field('b', ['null', 'string'])), false, true),
  avro('a field that is left out, with a default', record(a, field('b', 'int', { default: 0 })), record(a), true, true),
  avro('a field that is left out, without a default', record(a, field('b', 'int')), record(a), true, false),
  avro('fields in another order', record(a, field('b', 'int')), record(field('b', 'int'), a), true, true),
  avro('a field that is renamed', record(a), record(field('b', 'int')), false, false),
  avro('a field that is renamed with an alias', record(a), record(field('b', 'int', { aliases: ['a'] })), true, false),
  avro('a field that is renamed with a default', record(a), record(field('b', 'int', { default: 0 })), true, false),
  avro('a field of a wider type', record(a), record(field('a', 'long')), true, false),
  avro('a field of another type', record(a), record(field('a', 'string')), false, false),
  avro('a field that becomes optional', record(a), record(field('a', ['null', 'int'])), true, false),
  avro('a record of another name', record(a), { ...record(a), name: 's' }, false, false),
  avro('a record of another name with an alias', record(a), { ...record(a), name: 's', aliases: ['r'] }, true, false),
  avro('a record of another namespace', { ...record(a), namespace: 'x' }, { ...record(a), namespace: 'y' }, true, true),
  avro('a record is not read as a map', record(a), { type: 'map', values: 'int' }, false, false),
  avro('documentation', record(a), { ...record(a), doc: 'more' }, true, true),
  avro('a record within a record', record(field('in', { type: 'record', name: 'i', fields: [a] })), record(field('in', { type: 'record', name: 'i', fields: [a, field('b', 'int')] })), false, true),
  avro('a record that holds itself', record(a, field('next', ['null', 'r'])), record(a, field('next', ['null', 'r'])), true, true),
  avro('a record that holds itself, with a field more', record(a, field('next', ['null', 'r'])), record(a, field('b', 'int'), field('next', ['null', 'r'])), false, true),
  avro('a value more in an enum', list(['A']), list(['A', 'B']), true, false),
  avro('a value less in an enum', list(['A', 'B']), list(['A']), false, true),
  avro('a value less in an enum with a default', list(['A', 'B']), list(['A'], { default: 'A' }), true, true),
  avro('values in another order', list(['A', 'B']), list(['B', 'A']), true, true),
  avro('an enum of another name', list(['A']), { ...list(['A']), name: 'f' }, false, false),
  avro('an enum is not text', list(['A']), 'string', false, false),
  avro('bytes of a fixed size', { type: 'fixed', name: 'f', size: 4 }, { type: 'fixed', name: 'f', size: 4 }, true, true),
  avro('bytes of another size', { type: 'fixed', name: 'f', size: 4 }, { type: 'fixed', name: 'f', size: 8 }, false, false),
  avro('a list of a wider type', { type: 'array', items: 'int' }, { type: 'array', items: 'long' }, true, false),
  avro('a list of another type', { type: 'array', items: 'int' }, { type: 'array', items: 'string' }, false, false),
  avro('a map of a wider type', { type: 'map', values: 'float' }, { type: 'map', values: 'double' }, true, false),
  avro('a list is not a map', { type: 'array', items: 'int' }, { type: 'map', values: 'int' }, false, false),
  avro('a branch more', ['null', 'int'], ['null', 'int', 'string'], true, false),
  avro('a branch less', ['null', 'int', 'string'], ['null', 'int'], false, true),
  avro('branches in another order', ['null', 'int'], ['int', 'null'], true, true),
  avro('a type becomes one branch of several', 'int', ['int', 'string'], true, false),
  avro('a branch of a wider type', ['null', 'int'], ['null', 'long'], true, false),
  avro('one branch that is the type', ['int'], 'int', true, true),
  avro('a logical type is its type', { type: 'long', logicalType: 'timestamp-millis' }, 'long', true, true),
  avro('another logical type', { type: 'long', logicalType: 'timestamp-millis' }, { type: 'long', logicalType: 'timestamp-micros' }, true, true),
];

const object = (properties: Fields, required: readonly string[] = [], more: Fields = { additionalProperties: false }): Fields => ({ type: 'object', properties, required, ...more });
const int = { type: 'integer' };
const text = { type: 'string' };

const jsonPairs: readonly SchemaPair[] = [
  ...['string', 'integer', 'number', 'boolean', 'null'].map((type) => json(`${type} stays ${type}`, { type }, { type }, true, true)),
  json('a whole number is a number', int, { type: 'number' }, true, false),
  ...([['string', 'integer'], ['integer', 'boolean'], ['number', 'string'], ['boolean', 'null'], ['object', 'array'], ['string', 'object']] as const).map(([former, next]) => json(`${former} is no ${next}`, { type: former }, { type: next }, false, false)),
  json('null too', text, { type: ['string', 'null'] }, true, false), json('types in another order', { type: ['string', 'null'] }, { type: ['null', 'string'] }, true, true),
  json('any type at all', text, {}, true, false), json('everything', text, true, true, false), json('nothing', text, false, false, true), json('a title', text, { ...text, title: 'a' }, true, true), json('a description', object({ a: int }), { ...object({ a: int }), description: 'x' }, true, true),
  json('an optional field more, closed', object({ a: int }), object({ a: int, b: text }), true, false),
  json('an optional field more, open: anything may have stood there', object({ a: int }, [], {}), object({ a: int, b: text }, [], {}), false, true),
  json('a required field more, closed', object({ a: int }), object({ a: int, b: text }, ['b']), false, false),
  json('a required field more, open', object({ a: int }, [], {}), object({ a: int, b: text }, ['b'], {}), false, true),
  json('a field less, closed', object({ a: int, b: text }), object({ a: int }), false, true),
  json('a field less, open', object({ a: int, b: text }, [], {}), object({ a: int }, [], {}), true, false),
  json('a field becomes optional', object({ a: int }, ['a']), object({ a: int }), true, false), json('a field becomes required', object({ a: int }), object({ a: int }, ['a']), false, true),
  json('a field of a wider type', object({ a: int }), object({ a: { type: 'number' } }), true, false), json('a field of another type', object({ a: int }), object({ a: text }), false, false),
  json('a field that may be null', object({ a: int }), object({ a: { type: ['integer', 'null'] } }), true, false),
  json('what was closed is open', object({ a: int }), object({ a: int }, [], {}), true, false),
  json('the rest has a type', object({ a: int }, [], {}), object({ a: int }, [], { additionalProperties: int }), false, true),
  json('the rest has a wider type', object({}, [], { additionalProperties: int }), object({}, [], { additionalProperties: { type: 'number' } }), true, false),
  json('a declared field becomes one of the rest', object({ a: int }), object({}, [], { additionalProperties: int }), true, false),
  json('required in another order', object({ a: int, b: int }, ['a', 'b']), object({ b: int, a: int }, ['b', 'a']), true, true),
  json('an object within an object', object({ o: object({ a: int }) }), object({ o: object({ a: int, b: int }, ['b']) }), false, false),
  json('an object within an object, an optional field more', object({ o: object({ a: int }) }), object({ o: object({ a: int, b: int }) }), true, false),
  json('a value more', { ...text, enum: ['a'] }, { ...text, enum: ['a', 'b'] }, true, false), json('a value less', { ...text, enum: ['a', 'b'] }, { ...text, enum: ['a'] }, false, true),
  json('values in another order', { enum: ['a', 'b'] }, { enum: ['b', 'a'] }, true, true), json('values that are listed now', text, { ...text, enum: ['a'] }, false, true),
  json('null among the values', { type: ['string', 'null'], enum: ['a', null] }, { type: ['string', 'null'], enum: ['a', 'b', null] }, true, false),
  json('a lower least value', { ...int, minimum: 5 }, { ...int, minimum: 0 }, true, false), json('a least value', int, { ...int, minimum: 0 }, false, true), json('no least value any more', { ...int, minimum: 0 }, int, true, false),
  json('a higher greatest value', { ...int, maximum: 5 }, { ...int, maximum: 9 }, true, false), json('a greatest value', int, { ...int, maximum: 5 }, false, true), json('another range', { ...int, minimum: 0, maximum: 5 }, { ...int, minimum: 1, maximum: 9 }, false, false),
  json('a wider range', { ...int, minimum: 1, maximum: 5 }, { ...int, minimum: 0, maximum: 9 }, true, false), json('the same range', { ...int, minimum: 0, maximum: 5 }, { ...int, minimum: 0, maximum: 5 }, true, true),
  json('a shorter shortest text', { ...text, minLength: 2 }, { ...text, minLength: 1 }, true, false), json('a longer longest text', { ...text, maxLength: 2 }, { ...text, maxLength: 9 }, true, false), json('a longest text', text, { ...text, maxLength: 9 }, false, true),
  json('a pattern', text, { ...text, pattern: '^a' }, false, true), json('no pattern any more', { ...text, pattern: '^a' }, text, true, false), json('another pattern', { ...text, pattern: '^a' }, { ...text, pattern: '^b' }, false, false), json('the same pattern', { ...text, pattern: '^a' }, { ...text, pattern: '^a' }, true, true),
  json('a format', text, { ...text, format: 'date-time' }, false, true), json('no format any more', { ...text, format: 'date-time' }, text, true, false), json('the same format', { ...text, format: 'date-time' }, { ...text, format: 'date-time' }, true, true),
  json('what is not decided: equal', { anyOf: [int, text] }, { anyOf: [int, text] }, true, true), json('what is not decided: another', { anyOf: [int, text] }, { anyOf: [text, { type: 'boolean' }] }, false, false),
  json('a default is no promise', { ...int, default: 1 }, { ...int, default: 2 }, true, true), json('examples say nothing', text, { ...text, examples: ['x'] }, true, true),
  json('a list', { type: 'array', items: int }, { type: 'array', items: int }, true, true),
];

export const pairs: readonly SchemaPair[] = [...avroPairs, ...jsonPairs];
