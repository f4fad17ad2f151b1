/** An Avro schema as JSON data: a name, a union or an object. */
export type AvroSchema = string | readonly unknown[] | Readonly<Record<string, unknown>>;

export type AvroPrimitive = 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string';

interface Named { readonly fullName: string; readonly name: string; /** Full names, as the specification has them: relative to the type's own namespace. */ readonly aliases: readonly string[] }

export interface AvroField { readonly name: string; readonly aliases: readonly string[]; readonly type: AvroNode; readonly hasDefault: boolean }
export interface AvroEnum extends Named { readonly kind: 'enum'; readonly symbols: readonly string[]; readonly default?: string }
export interface AvroFixed extends Named { readonly kind: 'fixed'; readonly size: number }
export interface AvroRecord extends Named { readonly kind: 'record'; readonly fields: readonly AvroField[] }

/** A named type, wherever it is mentioned: recursive types are cycles through these. */
export interface AvroReference { readonly kind: 'reference'; readonly fullName: string }

export type AvroNode =
  | { readonly kind: AvroPrimitive }
  | { readonly kind: 'array'; readonly items: AvroNode }
  | { readonly kind: 'map'; readonly values: AvroNode }
  | { readonly kind: 'union'; readonly branches: readonly AvroNode[] }
  | AvroReference;

export type AvroNamed = AvroEnum | AvroFixed | AvroRecord;

/** A node that is no reference: what a reference stands for is put in its place. */
export type AvroResolved = Exclude<AvroNode, AvroReference> | AvroNamed;

/** A schema with its named types beside it. */
export interface AvroDocument { readonly root: AvroNode; readonly named: ReadonlyMap<string, AvroNamed> }

/** What a node is, once its name is looked up. */
export const resolved = (node: AvroNode, { named }: AvroDocument): AvroResolved => {
  if (node.kind !== 'reference') return node;
  const type = named.get(node.fullName);
  if (type === undefined) throw new Error(`${node.fullName} was referred to and never defined: the schema was not read whole`);
  return type;
};
