import type { FileRegistry, MessageInitShape } from '@bufbuild/protobuf';
import { create, createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import type { DescriptorProto, DescriptorProtoSchema, EnumDescriptorProtoSchema, FieldDescriptorProto, FieldDescriptorProtoSchema, FileDescriptorProto } from '@bufbuild/protobuf/wkt';
import { FieldDescriptorProto_Label as Label, FieldDescriptorProto_Type as Type, FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { ProtobufDocument } from '../../../core/contract/protobuf/link';
import type { ProtobufEnum, ProtobufField, ProtobufFile, ProtobufMessage, ScalarType } from '../../../core/contract/protobuf/node';
import { isScalar, scalarTypes } from '../../../core/contract/protobuf/node';

const scalarNumbers: Readonly<Record<ScalarType, Type>> = {
  double: Type.DOUBLE, float: Type.FLOAT, int32: Type.INT32, int64: Type.INT64, uint32: Type.UINT32, uint64: Type.UINT64, sint32: Type.SINT32, sint64: Type.SINT64,
  fixed32: Type.FIXED32, fixed64: Type.FIXED64, sfixed32: Type.SFIXED32, sfixed64: Type.SFIXED64, bool: Type.BOOL, string: Type.STRING, bytes: Type.BYTES,
};
const scalarNames = new Map(scalarTypes.map((name) => [scalarNumbers[name], name]));

type Field = MessageInitShape<typeof FieldDescriptorProtoSchema>;
type Message = MessageInitShape<typeof DescriptorProtoSchema>;
type Enum = MessageInitShape<typeof EnumDescriptorProtoSchema>;

const typeOf = (type: string, { enums }: ProtobufDocument): Pick<Field, 'type' | 'typeName'> =>
  (isScalar(type) ? { type: scalarNumbers[type] } : { type: enums.has(type) ? Type.ENUM : Type.MESSAGE, typeName: `.${type}` });

/** The message that stands for the entries of a map, as the compiler of the language makes it. */
const entryName = (field: string): string => `${field.split('_').map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join('')}Entry`;

const labels: Readonly<Record<ProtobufField['label'], Label>> = { implicit: Label.OPTIONAL, optional: Label.OPTIONAL, required: Label.REQUIRED, repeated: Label.REPEATED };

const enumDescriptor = ({ name, values }: ProtobufEnum): Enum => ({ name, value: values.map((value) => ({ ...value })), ...(new Set(values.map(({ number }) => number)).size < values.length ? { options: { allowAlias: true } } : {}) });

const messageDescriptor = (message: ProtobufMessage, fullName: string, syntax: ProtobufFile['syntax'], document: ProtobufDocument): Message => {
  const fields = document.messages.get(fullName)?.fields ?? [];
  // An optional field of proto3 is alone in a oneof, after those that there are.
  const oneofs = [...new Set(fields.flatMap(({ oneof }) => oneof ?? []))];
  const alone = syntax === 'proto3' ? fields.filter(({ label, oneof }) => label === 'optional' && oneof === undefined).map(({ name }) => name) : [];
  const entries = fields.filter(({ mapKey }) => mapKey !== undefined);
  return {
    name: message.name,
    field: fields.map((field): Field => {
      const { name, number, label, mapKey, oneof, type } = field;
      const oneofIndex = oneof === undefined ? alone.indexOf(name) + (alone.includes(name) ? oneofs.length : 0) : oneofs.indexOf(oneof);
      return {
        name, number, label: labels[label],
        ...(mapKey === undefined ? typeOf(type, document) : { type: Type.MESSAGE, typeName: `.${fullName}.${entryName(name)}` }),
        ...(oneofIndex < 0 ? {} : { oneofIndex }), ...(alone.includes(name) ? { proto3Optional: true } : {}),
      };
    }),
    oneofDecl: [...oneofs, ...alone.map((name) => `_${name}`)].map((name) => ({ name })),
    nestedType: [
      ...message.messages.map((each) => messageDescriptor(each, `${fullName}.${each.name}`, syntax, document)),
      ...entries.map(({ name, mapKey = 'string', type }): Message => ({
        name: entryName(name), options: { mapEntry: true },
        field: [{ name: 'key', number: 1, label: Label.OPTIONAL, type: scalarNumbers[mapKey] }, { name: 'value', number: 2, label: Label.OPTIONAL, ...typeOf(type, document) }],
      })),
    ],
    enumType: message.enums.map(enumDescriptor),
  };
};

/**
 * The types of a schema, for the library that reads messages.
 *
 * @throws Error when the library takes it for no schema
 */
export const typesOf = (document: ProtobufDocument): FileRegistry => createFileRegistry(create(FileDescriptorSetSchema, {
  file: [...document.files].map(([name, file]) => ({
    name, syntax: file.syntax, package: file.package, dependency: file.imports.map((each) => each.name), publicDependency: file.imports.flatMap(({ isPublic }, index) => (isPublic ? [index] : [])),
    messageType: file.messages.map((message) => messageDescriptor(message, file.package === '' ? message.name : `${file.package}.${message.name}`, file.syntax, document)),
    enumType: file.enums.map(enumDescriptor),
  })),
}));

/** Full names of a type's messages as Glue's serializers count them: all there are, those of maps too, in the order of their names. */
export const sortedMessages = (types: FileRegistry, file: string): readonly string[] => {
  const within = (prefix: string, { nestedType }: DescriptorProto): readonly string[] => nestedType.flatMap((nested) => [`${prefix}.${nested.name}`, ...within(`${prefix}.${nested.name}`, nested)]);
  const { proto } = types.getFile(file) ?? {};
  const prefix = proto === undefined || proto.package === '' ? '' : `${proto.package}.`;
  return (proto?.messageType ?? []).flatMap((message) => [`${prefix}${message.name}`, ...within(`${prefix}${message.name}`, message)]).sort((left, right) => (left < right ? -1 : 1));
};

const fieldOf = (field: FieldDescriptorProto, message: DescriptorProto, syntax: ProtobufFile['syntax']): ProtobufField => {
  const { name, number, label, type, typeName, oneofIndex, proto3Optional } = field;
  const hasOneof = Object.hasOwn(field, 'oneofIndex') && !proto3Optional;
  const entry = type === Type.MESSAGE ? message.nestedType.find((nested) => nested.options?.mapEntry === true && typeName.endsWith(`.${message.name}.${nested.name}`)) : undefined;
  const [key, value] = entry?.field ?? [];
  if (key !== undefined && value !== undefined) return { name, number, label: 'repeated', type: scalarNames.get(value.type) ?? value.typeName, mapKey: scalarNames.get(key.type) ?? 'string' };
  if (type === Type.GROUP) throw new TypeError(`${message.name}.${name} is a group, which is not supported`);
  return {
    name, number, type: scalarNames.get(type) ?? typeName,
    label: label === Label.REPEATED ? 'repeated' : label === Label.REQUIRED ? 'required' : hasOneof || proto3Optional || syntax === 'proto2' ? 'optional' : 'implicit',
    ...(hasOneof ? { oneof: message.oneofDecl[oneofIndex]?.name ?? '' } : {}),
  };
};

const enumOf = ({ name, value }: FileDescriptorProto['enumType'][number]): ProtobufEnum => ({ kind: 'enum', name, values: value.map((each) => ({ name: each.name, number: each.number })) });

const messageOf = (message: DescriptorProto, syntax: ProtobufFile['syntax']): ProtobufMessage => ({
  kind: 'message', name: message.name,
  fields: message.field.map((field) => fieldOf(field, message, syntax)),
  messages: message.nestedType.filter(({ options }) => options?.mapEntry !== true).map((nested) => messageOf(nested, syntax)),
  enums: message.enumType.map(enumOf),
  // A descriptor's ranges end before their last number.
  reserved: message.reservedRange.map(({ start, end }) => ({ from: start, to: end - 1 })),
  reservedNames: message.reservedName,
});

/**
 * The file that a serialized `FileDescriptorProto` is of: Python's client registers its schemas in that form, in base64.
 *
 * @throws Error when the bytes are none, or of what is not supported
 */
export const fileOfDescriptor = (bytes: Uint8Array): ProtobufFile => {
  const { syntax: given, package: packageName, dependency, publicDependency, messageType, enumType } = fromBinary(FileDescriptorProtoSchema, bytes, { recursionLimit: 64 });
  if (given !== '' && given !== 'proto2' && given !== 'proto3') throw new TypeError(`the syntax ${given} is not supported`);
  const syntax = given === 'proto3' ? 'proto3' : 'proto2';
  return {
    syntax, package: packageName,
    imports: dependency.map((name, index) => ({ name, isPublic: publicDependency.includes(index) })),
    messages: messageType.map((message) => messageOf(message, syntax)), enums: enumType.map(enumOf),
  };
};

