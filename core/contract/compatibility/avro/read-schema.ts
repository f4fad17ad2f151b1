import { below } from '../difference';
import type { AvroDocument, AvroField, AvroNamed, AvroNode, AvroPrimitive, AvroSchema } from './node';

/** Where a text is no Avro schema, and why. */
export interface InvalidAvro { readonly path: string; readonly problem: string }

type Json = Readonly<Record<string, unknown>>;

const primitives: ReadonlySet<string> = new Set<AvroPrimitive>(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']);
const isPrimitive = (name: string): name is AvroPrimitive => primitives.has(name);
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((each) => typeof each === 'string');

/** Deeper schemas are refused: nobody writes them, and reading them would use up the stack. */
const deepest = 64;

const fullNameOf = (name: string, namespace: string): string => (name.includes('.') || namespace === '' ? name : `${namespace}.${name}`);
const namespaceOf = (fullName: string): string => fullName.slice(0, Math.max(0, fullName.lastIndexOf('.')));

/** Carried from a schema to those within it. */
interface Place { readonly path: string; readonly namespace: string; readonly depth: number }

/**
 * Reads a schema: names are made full, and references to named types point into one map (Apache Avro 1.12, "Names").
 * Logical types, documentation and the order of fields change nothing about what can be read, and are left out.
 */
export const readAvro = (schema: AvroSchema): AvroDocument | InvalidAvro => {
  const named = new Map<string, AvroNamed>();
  const begun = new Set<string>();
  const problems: InvalidAvro[] = [];
  const complain = (path: string, problem: string): void => {
    problems.push({ path, problem });
  };
  /** Stands for what could not be read: the document is not used then. */
  const invalid = (path: string, problem: string): AvroNode => {
    complain(path, problem);
    return { kind: 'null' };
  };

  const aliasesOf = (schema: Json, path: string): readonly string[] => {
    const aliases = schema['aliases'] ?? [];
    if (isTexts(aliases)) return aliases;
    complain(path, 'aliases are not a list of names');
    return [];
  };

  const fieldOf = (field: unknown, { path, namespace, depth }: Place): AvroField => {
    if (!isObject(field) || typeof field['name'] !== 'string') return { name: '', aliases: [], type: invalid(path, 'a field without a name'), hasDefault: false };
    const at = below(path, field['name']);
    return { name: field['name'], aliases: aliasesOf(field, at), type: nodeOf(field['type'], { path: at, namespace, depth: depth + 1 }), hasDefault: Object.hasOwn(field, 'default') };
  };

  const fieldsOf = (fields: unknown, place: Place): readonly AvroField[] => {
    if (!Array.isArray(fields)) complain(place.path, 'a record without a list of fields');
    const read = Array.isArray(fields) ? fields.map((field) => fieldOf(field, place)) : [];
    if (new Set(read.map(({ name }) => name)).size < read.length) complain(place.path, 'a record with two fields of one name');
    return read;
  };

  const definitionOf = (type: 'record' | 'enum' | 'fixed', definition: Json, { path, namespace, depth }: Place): AvroNode => {
    const { name, namespace: own } = definition;
    if (typeof name !== 'string' || name === '') return invalid(path, `${type} without a name`);
    const fullName = fullNameOf(name, typeof own === 'string' ? own : namespace);
    if (begun.has(fullName)) return invalid(path, `${fullName} is defined twice`);
    begun.add(fullName);
    const within = namespaceOf(fullName);
    const names = { fullName, name: fullName.slice(within === '' ? 0 : within.length + 1), aliases: aliasesOf(definition, path).map((alias) => fullNameOf(alias, within)) };
    if (type === 'record') named.set(fullName, { kind: 'record', ...names, fields: fieldsOf(definition['fields'], { path, namespace: within, depth }) });
    else if (type === 'enum') {
      const { symbols, default: fallback } = definition;
      if (!isTexts(symbols)) return invalid(path, `enum ${fullName} without a list of symbols`);
      named.set(fullName, { kind: 'enum', ...names, symbols, ...(typeof fallback === 'string' ? { default: fallback } : {}) });
    } else {
      const { size } = definition;
      if (typeof size !== 'number' || !Number.isInteger(size) || size < 0) return invalid(path, `fixed ${fullName} without a size`);
      named.set(fullName, { kind: 'fixed', ...names, size });
    }
    return { kind: 'reference', fullName };
  };

  const nameOf = (name: string, { path, namespace }: Place): AvroNode => {
    if (isPrimitive(name)) return { kind: name };
    const fullName = [fullNameOf(name, namespace), name].find((each) => begun.has(each));
    return fullName === undefined ? invalid(path, `type ${name} is not defined, or only further on`) : { kind: 'reference', fullName };
  };

  const nodeOf = (value: unknown, place: Place): AvroNode => {
    const { path, namespace, depth } = place;
    if (depth > deepest) return invalid(path, `nested more than ${deepest} deep`);
    const within = (step?: string): Place => ({ path: step === undefined ? path : below(path, step), namespace, depth: depth + 1 });
    if (typeof value === 'string') return nameOf(value, place);
    if (Array.isArray(value)) {
      const branches = value.map((branch) => nodeOf(branch, within()));
      return branches.some(({ kind }) => kind === 'union') ? invalid(path, 'a union within a union') : { kind: 'union', branches };
    }
    if (!isObject(value)) return invalid(path, 'a type that is neither a name nor an object nor a list');
    const { type } = value;
    if (typeof type !== 'string') return nodeOf(type, within());
    switch (type) {
      case 'array': return { kind: 'array', items: nodeOf(value['items'], within('*')) };
      case 'map': return { kind: 'map', values: nodeOf(value['values'], within('*')) };
      case 'enum': case 'fixed': case 'record': return definitionOf(type, value, place);
      case 'error': return definitionOf('record', value, place);
      default: return nameOf(type, place);
    }
  };

  const root = nodeOf(schema, { path: '', namespace: '', depth: 0 });
  return problems[0] ?? { root, named };
};
