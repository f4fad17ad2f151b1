/** The scalar types of Protocol Buffers (language guide, "Scalar Value Types"). */
export const scalarTypes = ['double', 'float', 'int32', 'int64', 'uint32', 'uint64', 'sint32', 'sint64', 'fixed32', 'fixed64', 'sfixed32', 'sfixed64', 'bool', 'string', 'bytes'] as const;
export type ScalarType = (typeof scalarTypes)[number];

const scalars: ReadonlySet<string> = new Set(scalarTypes);
export const isScalar = (type: string): type is ScalarType => scalars.has(type);

/** Numbers from one to another, both included. */
export interface NumberRange { readonly from: number; readonly to: number }

/** Largest number of a field, and of a value of an enum. */
export const largestFieldNumber = 536_870_911;
export const largestEnumNumber = 2_147_483_647;

export interface ProtobufField {
  readonly name: string;
  readonly number: number;
  /** A scalar, or the name of a message or an enum: as written, and full once the schema is linked. */
  readonly type: string;
  /** `implicit`: a field of proto3 without a label, of which absent cannot be told from the default. */
  readonly label: 'implicit' | 'optional' | 'required' | 'repeated';
  /** The type of the keys of a map; `type` is that of its values. */
  readonly mapKey?: ScalarType;
  readonly oneof?: string;
}

export interface ProtobufEnum {
  readonly kind: 'enum';
  readonly name: string;
  readonly values: readonly { readonly name: string; readonly number: number }[];
}

export interface ProtobufMessage {
  readonly kind: 'message';
  readonly name: string;
  readonly fields: readonly ProtobufField[];
  readonly messages: readonly ProtobufMessage[];
  readonly enums: readonly ProtobufEnum[];
  readonly reserved: readonly NumberRange[];
  readonly reservedNames: readonly string[];
}

/** A file of the language, with what data depends on; options, services, comments and the order of fields change nothing about data. */
export interface ProtobufFile {
  readonly syntax: 'proto2' | 'proto3';
  readonly package: string;
  readonly imports: readonly { readonly name: string; readonly isPublic: boolean }[];
  readonly messages: readonly ProtobufMessage[];
  readonly enums: readonly ProtobufEnum[];
}

/** Why a text is no schema that can be used, and where. */
export interface InvalidProtobuf { readonly path: string; readonly problem: string }
