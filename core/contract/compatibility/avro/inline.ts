type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const namespaceOf = (fullName: string): string => fullName.slice(0, Math.max(0, fullName.lastIndexOf('.')));

/** The full name of a named type, or of a mention of one (Apache Avro 1.12, "Names"). */
const fullNameOf = (name: string, namespace: string): string => (name.includes('.') || namespace === '' ? name : `${namespace}.${name}`);

const isNamed = (schema: Json): boolean => ['record', 'error', 'enum', 'fixed'].includes(String(schema['type'])) && typeof schema['name'] === 'string';
const ownName = (schema: Json, namespace: string): string => fullNameOf(String(schema['name']), typeof schema['namespace'] === 'string' ? schema['namespace'] : namespace);

/** Named types at the top of schemas, by their full names; a schema may be a union of several. */
const namedIn = (definitions: readonly string[]): Map<string, Json> => new Map(definitions.flatMap((definition) => {
  const parsed = JSON.parse(definition) as unknown;
  return (Array.isArray(parsed) ? parsed as readonly unknown[] : [parsed]).filter(isObject).filter(isNamed).map((schema): readonly [string, Json] => [ownName(schema, ''), schema]);
}));

/** Deeper schemas are left as they are, and refused by who reads them. */
const deepest = 64;

/**
 * Puts the schemas that an Avro schema refers to into it, each at the first place at which it is named: the schema then
 * stands by itself, as those do that were registered without references.
 *
 * @param referred texts of the schemas that are referred to, directly or by one another
 * @throws SyntaxError when one of the texts is no JSON
 */
export const inlineAvro = (definition: string, referred: readonly string[]): string => {
  const pool = namedIn(referred);
  const defined = new Set<string>();

  const named = (schema: Json, fullName: string, depth: number): Json => {
    defined.add(fullName);
    const { namespace: _namespace, fields, ...rest } = schema;
    // A full name without a dot would else be taken to be in the namespace around it.
    const own = { ...rest, name: fullName, ...(fullName.includes('.') ? {} : { namespace: '' }) };
    return Array.isArray(fields) ? { ...own, fields: (fields as readonly unknown[]).map((field) => (isObject(field) ? { ...field, type: within(field['type'], namespaceOf(fullName), depth + 1) } : field)) } : { ...own, ...(fields === undefined ? {} : { fields }) };
  };
  const mention = (name: string, namespace: string, depth: number): unknown => {
    const fullName = [fullNameOf(name, namespace), name].find((each) => defined.has(each) || pool.has(each));
    const schema = fullName === undefined ? undefined : pool.get(fullName);
    return fullName === undefined || schema === undefined || defined.has(fullName) ? fullName ?? name : named(schema, fullName, depth);
  };
  const within = (schema: unknown, namespace: string, depth: number): unknown => {
    if (depth > deepest) return schema;
    if (typeof schema === 'string') return mention(schema, namespace, depth);
    if (Array.isArray(schema)) return (schema as readonly unknown[]).map((branch) => within(branch, namespace, depth + 1));
    if (!isObject(schema)) return schema;
    if (isNamed(schema)) return named(schema, ownName(schema, namespace), depth);
    const { type, items, values } = schema;
    if (type === 'array') return { ...schema, items: within(items, namespace, depth + 1) };
    if (type === 'map') return { ...schema, values: within(values, namespace, depth + 1) };
    return { ...schema, type: within(type, namespace, depth + 1) };
  };

  return JSON.stringify(within(JSON.parse(definition), '', 0));
};
