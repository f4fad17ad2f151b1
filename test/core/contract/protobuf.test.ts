import { linkProtobuf, readProtobuf } from '../../../core/contract/protobuf/link';
import { readProtobufFile } from '../../../core/contract/protobuf/read-file';
import { protobufText } from '../../../core/contract/protobuf/text';
import { contractProtobufSchema } from '../../../core/contract/schemas/protobuf';
import type { FieldNode, FieldNodes, Scalar } from '../../../core/definition/node';

const field = (scalar: Scalar): FieldNode => ({ scalar, optional: true, personal: false });
const versions = (...fields: readonly Readonly<Record<string, Scalar>>[]) => fields.map((each, index) => ({ name: 'flight.landed', version: index + 1, fields: Object.fromEntries(Object.entries(each).map(([name, scalar]) => [name, field(scalar)])) as FieldNodes }));

/** The numbers of each version's data, and what it reserves. */
const numbers = (...fields: readonly Readonly<Record<string, Scalar>>[]): readonly unknown[] => {
  const all = versions(...fields);
  return all.map((event) => {
    const data = contractProtobufSchema(event, all).messages[0]?.messages[0];
    return [Object.fromEntries((data?.fields ?? []).map(({ name, number }) => [name, number])), (data?.reserved ?? []).map(({ from }) => from)];
  });
};

describe('a contract as a file of Protocol Buffers', () => {
  it('is a message with the attributes of a CloudEvent, and its data within', () => {
    const [event] = versions({ origin: 'string', delay: 'int', distance: 'float', late: 'boolean', scheduled: 'timestamp' });
    expect(event && protobufText(contractProtobufSchema(event, [event]))).toBe(`syntax = "proto3";
package flight;
import "google/protobuf/timestamp.proto";
message landed {
  optional string specversion = 1;
  optional string id = 2;
  optional string source = 3;
  optional string type = 4;
  optional google.protobuf.Timestamp time = 5;
  optional string dataschema = 6;
  optional google.protobuf.Timestamp recordedtime = 7;
  optional Data data = 8;
  message Data {
    optional int64 delay = 1;
    optional double distance = 2;
    optional bool late = 3;
    optional string origin = 4;
    optional google.protobuf.Timestamp scheduled = 5;
  }
}
`);
  });

  it('keeps the number of a field in every version that has it, whatever comes and goes before it', () => {
    expect(numbers({ b: 'int', c: 'int' }, { a: 'int', b: 'int', c: 'int' }, { a: 'int', c: 'int' })).toEqual([[{ b: 1, c: 2 }, []], [{ a: 3, b: 1, c: 2 }, []], [{ a: 3, c: 2 }, [1]]]);
  });

  it('gives a field of another type another number, and one that comes back as well', () => {
    expect(numbers({ a: 'int' }, { a: 'string' }, {}, { a: 'int' })).toEqual([[{ a: 1 }, []], [{ a: 2 }, [1]], [{}, [1, 2]], [{ a: 3 }, [1, 2]]]);
  });

  it('does not depend on the order of its lines, nor on versions after it', () => {
    const [first] = versions({ b: 'int', a: 'int' });
    const [other, later] = versions({ a: 'int', b: 'int' }, { c: 'int' });
    expect(first && protobufText(contractProtobufSchema(first, [first]))).toBe(other && later && protobufText(contractProtobufSchema(other, [later, other])));
  });

  it('passes over the numbers that the language keeps', () => {
    const [event] = versions(Object.fromEntries(Array.from({ length: 19_001 }, (_each, index) => [`f${String(index).padStart(5, '0')}`, 'int' as const])));
    const data = event && contractProtobufSchema(event, [event]).messages[0]?.messages[0];
    expect(data?.fields.slice(18_998).map(({ number }) => number)).toEqual([18_999, 20_000, 20_001]);
  });
});

const problemOf = (definition: string, imports: Readonly<Record<string, string>> = {}): string => {
  const read = readProtobuf(definition, new Map(Object.entries(imports)));
  return 'problem' in read ? `${read.path}: ${read.problem}` : 'none';
};
const chain = (length: number): Readonly<Record<string, string>> => Object.fromEntries(Array.from({ length }, (_each, index) => [`${index}.proto`, index + 1 < length ? `import "${index + 1}.proto";` : '']));

describe('a text of Protocol Buffers', () => {
  it.each([
    ['what is no such text', 'hello', /one of package, import/u],
    ['what ends too early', 'syntax = "proto3"; message M { int32 a = 1', /is wanted, and the end stands/u],
    ['a field without a label in proto2', 'message M { int32 a = 1; }', /optional, required or repeated/u],
    ['a number twice', 'syntax = "proto3"; message M { int32 a = 1; int32 b = 1; }', /\/M: the number 1 twice/u],
    ['a name twice', 'syntax = "proto3"; message M { int32 a = 1; int32 a = 2; }', /the field a twice/u],
    ['a number that the message reserves', 'syntax = "proto3"; message M { reserved 1 to 3; int32 a = 2; }', /\/M\/a: .* which is reserved/u],
    ['the number 0', 'syntax = "proto3"; message M { int32 a = 0; }', /from 1 to 536870911/u],
    ['a number of the language', 'syntax = "proto3"; message M { int32 a = 19500; }', /kept for the language/u],
    ['a type that there is not', 'syntax = "proto3"; message M { N a = 1; }', /\/M\/a: the type N, which is not defined/u],
    ['a group', 'message M { optional group G = 1 {} }', /a group, which is not supported/u],
    ['an extension', 'message M { extensions 4 to 9; } extend M { optional int32 a = 4; }', /an extension/u],
    ['an edition', 'edition = "2023";', /an edition/u],
    ['an import that nobody registered', 'import "other.proto";', /neither registered with it nor built in/u],
    ['keys of a map that are none', 'syntax = "proto3"; message M { map<double, int32> a = 1; }', /keys of the type double/u],
    ['messages very deep', `syntax = "proto3"; ${'message M {'.repeat(5000)}${'}'.repeat(5000)}`, /nested more than 32 deep/u],
    ['a text very long', `/*${'x'.repeat(170_000)}*/`, /at most 170000 are read/u],
    ['brackets without an end', `option x = ${'{'.repeat(50_000)}`, /wanted/u],
  ])('is refused with %s', (_what, text, problem) => { expect(problemOf(text)).toMatch(problem); });

  it('imports what was registered with it, to a depth and a number', () => {
    expect(problemOf('import "0.proto";', chain(9))).toBe('none');
    expect(problemOf('import "0.proto";', chain(11))).toMatch(/nested more than 10 deep/u);
    expect(problemOf(Array.from({ length: 65 }, (_each, index) => `import "${index}.proto";`).join('\n'), Object.fromEntries(Array.from({ length: 65 }, (_each, index) => [`${index}.proto`, ''])))).toMatch(/more than 64 imports/u);
    expect(problemOf('import "a.proto";', { 'a.proto': 'import "b.proto";', 'b.proto': 'import "a.proto";' })).toMatch(/by itself/u);
  });

  it('finds a name in the innermost scope that has it', () => {
    const read = readProtobuf('syntax = "proto3"; package a.b; message C { D x = 1; .a.b.D y = 2; b.D z = 3; message D {} } message D {}');
    expect('problem' in read ? read : read.messages.get('a.b.C')?.fields.map(({ type }) => type)).toEqual(['a.b.C.D', 'a.b.D', 'a.b.D']);
  });

  it('takes words of the language for names', () => {
    const read = readProtobufFile('syntax = "proto3"; message message { message message = 1; string reserved = 2; optional bool optional = 3; string syntax = 4; oneof oneof { int32 map = 5; enum enum = 6; } enum enum { option = 0; reserved = 1; } map<string, string> package = 7; }');
    expect('problem' in read ? read : read.messages[0]?.fields.map(({ name, number }) => `${name} ${number}`)).toEqual(['message 1', 'reserved 2', 'optional 3', 'syntax 4', 'map 5', 'enum 6', 'package 7']);
  });

  it('says the same when it is written anew', () => {
    const text = 'syntax = "proto3"; package p; import public "google/protobuf/any.proto"; message M { reserved 9, 20 to max; reserved "x"; map<int64, N> m = 1; oneof o { string a = 2; N b = 3; } repeated E e = 4; int32 i = 5; optional bytes f = 6; message N { M m = 1; } enum E { A = 0; B = 1; C = 1; D = -3; } }';
    const file = readProtobufFile(text);
    if ('problem' in file) throw new Error(file.problem);
    expect(readProtobufFile(protobufText(file))).toEqual(file);
    expect('problem' in linkProtobuf(file)).toBe(false);
  });
});
