import { create, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { contractOfSchema } from '../../../core/contract/contract-of-schema';
import { readProtobuf, rootFile } from '../../../core/contract/protobuf/link';
import { protobufText } from '../../../core/contract/protobuf/text';
import { contractProtobufSchema } from '../../../core/contract/schemas/protobuf';
import { protobufDefinition } from '../../../lib/runtime/confluent/protobuf-text';
import { typesOf } from '../../../lib/runtime/wire/protobuf-descriptor';
import { contracts } from '../../fixtures/contracts';

const all = contracts.types.get('order.placed') ?? [];
const textOf = ({ definition }: (typeof all)[number]): string => protobufText(contractProtobufSchema(definition, all.map((each) => each.definition)));

let schemas = 0;
/** The contract of a schema that a registry holds under an id of its own. */
const contractOf = (definition: string, format: 'PROTOBUF' | 'JSON' | 'AVRO' = 'PROTOBUF'): string | undefined => {
  schemas += 1;
  return contractOfSchema({ format, definition, versionId: `contract-of-schema-${schemas}`, versionNumber: 1, type: 'order.placed' }, all, all)?.name;
};

/** What Confluent's client for Python registers: what the compiler made of the file, in base64. */
const fromPython = (text: string): string => {
  const document = readProtobuf(text);
  if ('problem' in document) throw new Error(document.problem);
  const file = typesOf(document).getFile(rootFile);
  if (file === undefined) throw new Error('the schema is not there');
  return protobufDefinition(Buffer.from(toBinary(FileDescriptorProtoSchema, create(FileDescriptorProtoSchema, { ...file.proto, name: 'contract.proto' }))).toString('base64'));
};

describe('a registered schema of PROTOBUF', () => {
  it.each(all.map((contract) => [contract.name, textOf(contract)]))('is that of %s, as its text and as a client for Python registers it', (name, text) => {
    expect(contractOf(text)).toBe(name);
    expect(fromPython(text)).not.toBe(text);
    expect(contractOf(fromPython(text))).toBe(name);
  });

  it('is of a contract whatever the order of its fields, and with comments and options', () => {
    const [newest] = all;
    const text = newest === undefined ? '' : textOf(newest);
    const [first = '', second = ''] = text.split('\n').filter((line) => line.includes('optional string'));
    const turned = text.replace(first, '\0').replace(second, first).replace('\0', `// written by hand\n${second}`).replace('message', 'option java_package = "x";\nmessage');
    expect(turned).not.toBe(text);
    expect(contractOf(turned)).toBe(newest?.name);
  });

  it.each([
    ['a field of another type', (text: string) => text.replace('optional string id', 'optional bytes id')],
    ['a field with another number', (text: string) => text.replace('optional string id = 2', 'optional string id = 99')],
    ['a field that tells absent from its default no more', (text: string) => text.replace('optional string id', 'string id')],
    ['another package', (text: string) => text.replace('package order', 'package parcel')],
    ['what is no file of the language', () => 'message {'],
  ])('is of none with %s', (_what, change) => {
    const [newest] = all;
    expect(contractOf(change(newest === undefined ? '' : textOf(newest)))).toBeUndefined();
  });
});

describe('a registered schema of JSON', () => {
  it.each([['no JSON', '{'], ['nested without an end', `{"description":${'['.repeat(50_000)}${']'.repeat(50_000)}}`]])('that is %s is of no contract, and ends nobody who judges', (_what, definition) => {
    expect([contractOf(definition, 'JSON'), contractOf(definition, 'AVRO')]).toEqual([undefined, undefined]);
  });
});
