import type { InvalidProtobuf, ProtobufEnum, ProtobufField, ProtobufFile, ProtobufMessage } from './node';
import { isScalar } from './node';
import { readProtobufFile } from './read-file';
import { wellKnownFiles } from './well-known';

/** A message whose fields' types are full names, without a dot before them. */
export interface LinkedMessage extends Omit<ProtobufMessage, 'messages' | 'enums'> { readonly fullName: string }

/** A schema with the files that it imports; every name of a type stands for one. */
export interface ProtobufDocument {
  /** By the names that they are imported by; what is imported stands before who imports it, the schema itself last. */
  readonly files: ReadonlyMap<string, ProtobufFile>;
  readonly root: ProtobufFile;
  readonly messages: ReadonlyMap<string, LinkedMessage>;
  readonly enums: ReadonlyMap<string, ProtobufEnum>;
}

/** The name that a schema itself has among its files. */
export const rootFile = '(schema)';

const mostFiles = 64;
const deepestImport = 10;

const under = (scope: string, name: string): string => (scope === '' ? name : `${scope}.${name}`);

/** The files that a schema imports, out of what was given and the well-known ones, and nothing else. */
const filesOf = (root: ProtobufFile, imports: ReadonlyMap<string, string>): ReadonlyMap<string, ProtobufFile> | InvalidProtobuf => {
  const files = new Map<string, ProtobufFile>();
  const begun = new Set<string>();
  const bring = (file: ProtobufFile, depth: number): InvalidProtobuf | undefined => {
    if (depth > deepestImport) return { path: '', problem: `imports nested more than ${deepestImport} deep` };
    for (const { name } of file.imports) {
      if (files.has(name)) continue;
      if (begun.has(name)) return { path: '', problem: `an import of ${name} by itself` };
      if (begun.size >= mostFiles) return { path: '', problem: `more than ${mostFiles} imports` };
      begun.add(name);
      const text = wellKnownFiles.get(name) ?? imports.get(name);
      if (text === undefined) return { path: '', problem: `an import of ${name}, which is neither registered with it nor built in` };
      const read = readProtobufFile(text);
      if ('problem' in read) return { path: read.path, problem: `${name}: ${read.problem}` };
      const problem = bring(read, depth + 1);
      if (problem !== undefined) return problem;
      files.set(name, read);
    }
    return undefined;
  };
  const problem = bring(root, 1);
  return problem ?? files.set(rootFile, root);
};

/** Messages and enums of a file by their full names; a message stands before those within it. */
const typesIn = (file: Pick<ProtobufFile, 'package' | 'messages' | 'enums'>): readonly (readonly [string, ProtobufMessage | ProtobufEnum])[] => {
  const within = (scope: string, { messages, enums }: Pick<ProtobufFile, 'messages' | 'enums'>): readonly (readonly [string, ProtobufMessage | ProtobufEnum])[] => [
    ...messages.flatMap((message): readonly (readonly [string, ProtobufMessage | ProtobufEnum])[] => [[under(scope, message.name), message], ...within(under(scope, message.name), message)]),
    ...enums.map((each) => [under(scope, each.name), each] as const),
  ];
  return within(file.package, file);
};

/** What a name in a scope stands for: looked for in the scope itself, then in each around it (language guide, "Packages and Name Resolution"). */
const resolve = (name: string, scope: string, types: ReadonlyMap<string, unknown>): string | undefined => {
  if (name.startsWith('.')) return types.has(name.slice(1)) ? name.slice(1) : undefined;
  for (let around = scope; ; around = around.slice(0, Math.max(0, around.lastIndexOf('.')))) {
    const full = under(around, name);
    if (types.has(full)) return full;
    if (around === '') return undefined;
  }
};

/**
 * Puts a schema and what it imports together.
 *
 * @param imports texts of other files, by the names that they are imported by
 */
export const linkProtobuf = (root: ProtobufFile, imports: ReadonlyMap<string, string> = new Map()): ProtobufDocument | InvalidProtobuf => {
  const files = filesOf(root, imports);
  if ('problem' in files) return files;
  const types = new Map<string, ProtobufMessage | ProtobufEnum>();
  for (const file of files.values()) for (const [name, type] of typesIn(file)) {
    if (types.has(name)) return { path: '', problem: `the type ${name} twice` };
    types.set(name, type);
  }
  const [messages, enums] = [new Map<string, LinkedMessage>(), new Map<string, ProtobufEnum>()];
  for (const [fullName, type] of types) {
    if (type.kind === 'enum') { enums.set(fullName, type); continue; }
    const fields: ProtobufField[] = [];
    for (const field of type.fields) {
      const full = isScalar(field.type) ? field.type : resolve(field.type, fullName, types);
      if (full === undefined) return { path: `/${fullName}/${field.name}`, problem: `the type ${field.type}, which is not defined` };
      fields.push({ ...field, type: full });
    }
    const { messages: _messages, enums: _enums, ...rest } = type;
    messages.set(fullName, { ...rest, fullName, fields });
  }
  return { files, root, messages, enums };
};

/** Reads a schema with what it imports. */
export const readProtobuf = (definition: string, imports?: ReadonlyMap<string, string>): ProtobufDocument | InvalidProtobuf => {
  const root = readProtobufFile(definition);
  return 'problem' in root ? root : linkProtobuf(root, imports);
};
