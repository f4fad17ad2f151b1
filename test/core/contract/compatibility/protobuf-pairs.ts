import type { SchemaPair } from './pairs';

const file = (body: string, more = ''): string => `syntax = "proto3"; package p; ${more} message M { ${body} }`;
const old = (body: string): string => `syntax = "proto2"; package p; message M { ${body} }`;

const texts = (rule: string, former: string, next: string, backward: boolean, forward: boolean): SchemaPair =>
  ({ format: 'PROTOBUF', rule, former: { definition: former }, next: { definition: next }, backward, forward });
const fields = (rule: string, former: string, next: string, backward: boolean, forward: boolean): SchemaPair => texts(rule, file(former), file(next), backward, forward);

const importing = (type: string) => ({ definition: file('geo.Place a = 1;', 'import "geo.proto";'), imports: new Map([['geo.proto', `syntax = "proto3"; package geo; message Place { ${type} code = 1; }`]]) });

const a = 'optional int32 a = 1;';
const widened: readonly (readonly [string, string])[] = [['int32', 'int64'], ['uint32', 'uint64'], ['uint32', 'int64'], ['sint32', 'sint64']];
/** Of one encoding or not, a value of the former would be another one, or another kind in JSON. */
const apart: readonly (readonly [string, string])[] = [['int32', 'uint32'], ['int32', 'sint32'], ['int64', 'uint64'], ['bool', 'int32'], ['fixed32', 'sfixed32'], ['fixed64', 'sfixed64'], ['int32', 'fixed32'], ['float', 'double'], ['string', 'bytes'], ['string', 'int32'], ['int32', 'double'], ['E', 'int32']];
const anEnum = 'enum E { NONE = 0; SOME = 1; }';

/** Pairs for the rules of Protocol Buffers. */
export const protobufPairs: readonly SchemaPair[] = [
  ...['double', 'int64', 'sint32', 'fixed64', 'bool', 'string', 'bytes'].map((type) => fields(`${type} is read as itself`, `${type} a = 1;`, `${type} a = 1;`, true, true)),
  ...widened.map(([former, next]) => fields(`${former} is read as ${next}, and not the other way`, `${former} a = 1;`, `${next} a = 1;`, true, false)),
  ...apart.map(([former, next]) => fields(`${former} is not read as ${next}`, `${former} a = 1; ${anEnum}`, `${next} a = 1; ${anEnum}`, false, false)),
  fields('a field that is added', a, `${a} optional string b = 2;`, true, true),
  fields('a field that is left out, its number reserved', `${a} optional string b = 2;`, `reserved 2; ${a}`, true, true),
  fields('a field that is left out, its number within what is reserved', `${a} optional string b = 7;`, `reserved 5 to max; ${a}`, true, true),
  fields('a field that is left out, its number free', `${a} optional string b = 2;`, a, false, true),
  fields('a number that was reserved', `reserved 2; ${a}`, `${a} optional string b = 2;`, false, true),
  fields('a name that was reserved', `reserved "b"; ${a}`, `${a} optional string b = 2;`, false, true),
  fields('a number for another field', 'optional string a = 1;', 'optional int32 b = 1;', false, false),
  fields('a field that is renamed', a, 'optional int32 b = 1;', false, false),
  fields('a field under another number, its former one reserved', a, 'reserved 1; optional int32 a = 2;', false, false),
  fields('a field of another type under another number, its former one reserved', a, 'reserved 1; optional string a = 2;', true, true),
  fields('a field that becomes repeated', a, 'repeated int32 a = 1;', false, false),
  fields('a field that gets presence', 'int32 a = 1;', a, true, true),
  fields('fields in another order', `${a} optional string b = 2;`, `optional string b = 2; ${a}`, true, true),
  fields('options and comments', a, '/* a */ optional int32 a = 1 [deprecated = true, (my.option) = { x: [1, 2] }]; // last\n', true, true),
  fields('a single field that moves into a new oneof', 'optional int32 a = 1; optional string b = 2;', 'oneof o { int32 a = 1; string c = 3; } optional string b = 2;', true, true),
  fields('fields that move into a oneof together', 'optional int32 a = 1; optional string b = 2;', 'oneof o { int32 a = 1; string b = 2; }', false, true),
  fields('a field that moves into a oneof that there is', 'oneof o { int32 a = 1; } optional string b = 2;', 'oneof o { int32 a = 1; string b = 2; }', false, true),
  fields('a oneof of another name', 'oneof o { int32 a = 1; string b = 2; }', 'oneof p { int32 a = 1; string b = 2; }', true, true),
  fields('a map of a wider value', 'map<string, int32> a = 1;', 'map<string, int64> a = 1;', true, false),
  fields('a map of other keys', 'map<string, int32> a = 1;', 'map<int32, int32> a = 1;', false, false),
  fields('a map is not a list', 'map<string, int32> a = 1;', 'repeated int32 a = 1;', false, false),
  fields('a value of an enum that is added', 'E a = 1; enum E { NONE = 0; }', `E a = 1; ${anEnum}`, true, false),
  fields('a value of an enum under another name', `E a = 1; ${anEnum}`, 'E a = 1; enum E { NONE = 0; MORE = 1; }', false, false),
  fields('a message within, of which a field changes', 'N a = 1; message N { int32 b = 1; }', 'N a = 1; message N { string b = 1; }', false, false),
  fields('a message that holds itself', 'M a = 1;', 'M a = 1; optional int32 b = 2;', true, true),
  fields('a message of another name', 'N a = 1; message N {}', 'O a = 1; message O {}', false, false),
  texts('a message that is added', file(a), `${file(a)} message N {}`, true, false),
  texts('another package', file(a), file(a).replace('package p', 'package q'), false, false),
  texts('proto2 after proto3', file(a), old(a), true, true),
  texts('a field that is required, and was not there', old(a), old(`${a} required int32 b = 2;`), false, true),
  texts('a field that becomes required', old(a), old('required int32 a = 1;'), false, true),
  texts('a required field that is left out, its number reserved', old(`${a} required int32 b = 2;`), old(`reserved 2; ${a}`), true, false),
  texts('a field of a well-known type', file('google.protobuf.Timestamp a = 1;', 'import "google/protobuf/timestamp.proto";'), file('.google.protobuf.Timestamp a = 1; optional int32 b = 2;', 'import "google/protobuf/timestamp.proto";'), true, true),
  { format: 'PROTOBUF', rule: 'a message of a file that is imported changes', backward: false, forward: false, former: importing('string'), next: importing('int32') },
];
