const values = (...types: readonly (readonly [string, string])[]): string => types.map(([name, type]) => `message ${name} { ${type} value = 1; }`).join(' ');
const file = (body: string): string => `syntax = "proto3"; package google.protobuf; ${body}`;

/** Files that every schema may import, and that stand in no registry: Google's well-known types. Source: the reference of google.protobuf. */
export const wellKnownFiles: ReadonlyMap<string, string> = new Map(Object.entries({
  'google/protobuf/any.proto': file('message Any { string type_url = 1; bytes value = 2; }'),
  'google/protobuf/duration.proto': file('message Duration { int64 seconds = 1; int32 nanos = 2; }'),
  'google/protobuf/empty.proto': file('message Empty {}'),
  'google/protobuf/field_mask.proto': file('message FieldMask { repeated string paths = 1; }'),
  'google/protobuf/struct.proto': file(`message Struct { map<string, Value> fields = 1; }
    message Value { oneof kind { NullValue null_value = 1; double number_value = 2; string string_value = 3; bool bool_value = 4; Struct struct_value = 5; ListValue list_value = 6; } }
    message ListValue { repeated Value values = 1; } enum NullValue { NULL_VALUE = 0; }`),
  'google/protobuf/timestamp.proto': file('message Timestamp { int64 seconds = 1; int32 nanos = 2; }'),
  'google/protobuf/wrappers.proto': file(values(['DoubleValue', 'double'], ['FloatValue', 'float'], ['Int64Value', 'int64'], ['UInt64Value', 'uint64'], ['Int32Value', 'int32'], ['UInt32Value', 'uint32'], ['BoolValue', 'bool'], ['StringValue', 'string'], ['BytesValue', 'bytes'])),
}));
