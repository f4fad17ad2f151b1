import type { Mismatch } from '../difference';
import { below, words } from '../difference';
import type { AvroDocument, AvroNamed, AvroNode, AvroRecord, AvroResolved, AvroSchema } from './node';
import { resolved } from './node';
import { readAvro } from './read-schema';
import { missingSymbols, promotes, resolution, sameName, writtenAs } from './resolution';

const isNamed = (node: AvroResolved): node is AvroNamed => node.kind === 'record' || node.kind === 'enum' || node.kind === 'fixed';

/** A type in words: `union of null and string`, `record flight.landed`. */
const inWords = (node: AvroNode, document: AvroDocument): string => {
  const type = resolved(node, document);
  if (isNamed(type)) return `${type.kind} ${type.fullName}`;
  if (type.kind === 'union') return type.branches.length === 0 ? 'a union of nothing' : `union of ${words(type.branches.map((branch) => inWords(branch, document)).join(' and '))}`;
  if (type.kind === 'array') return `array of ${inWords(type.items, document)}`;
  return type.kind === 'map' ? `map of ${inWords(type.values, document)}` : type.kind;
};

/** The branch that was meant for a writer's type: the only one of its kind or, of several, the one of its name. */
const meantBranch = (branches: readonly AvroNode[], writer: AvroResolved, document: AvroDocument): AvroNode | undefined => {
  const alike = branches.filter((branch) => resolved(branch, document).kind === writer.kind);
  const named = alike.filter((branch) => {
    const type = resolved(branch, document);
    return isNamed(type) && isNamed(writer) && sameName(type, writer);
  });
  if (named.length === 1) return named[0];
  return alike.length === 1 ? alike[0] : undefined;
};

/** Why data of `writer` cannot be read by `reader`; empty when it can. A pair of named types is told of once, where it is met first. */
const mismatchesOf = (reader: AvroDocument, writer: AvroDocument): readonly Mismatch[] => {
  const reads = resolution(reader, writer);
  const told = new Set<string>();

  const fieldMismatches = (path: string, type: AvroRecord, written: AvroRecord): readonly Mismatch[] => type.fields.flatMap((field): readonly Mismatch[] => {
    const at = below(path, field.name);
    const [source, ...others] = writtenAs(field, written);
    if (source === undefined)
      return field.hasDefault ? [] : [{ path: at, kind: 'field_required', reader: `${inWords(field.type, reader)}, without a default`, writer: 'no such field' }];
    if (others.length > 0) return [{ path: at, kind: 'alias_ambiguous', reader: `read from ${[field.name, ...field.aliases].join(' or ')}`, writer: `has ${[source, ...others].map(({ name }) => name).join(' and ')}` }];
    return mismatches(at, field.type, source.type);
  });

  const namedMismatches = (path: string, type: AvroNamed, written: AvroNamed): readonly Mismatch[] => {
    const named: readonly Mismatch[] = sameName(type, written) ? [] : [{ path, kind: 'name_changed', reader: `${type.kind} ${[type.fullName, ...type.aliases].join(', alias ')}`, writer: `${written.kind} ${written.fullName}` }];
    if (type.kind === 'record' && written.kind === 'record') return [...named, ...fieldMismatches(path, type, written)];
    if (type.kind === 'fixed' && written.kind === 'fixed' && type.size !== written.size) return [...named, { path, kind: 'size_changed', reader: `${type.size} bytes`, writer: `${written.size} bytes` }];
    if (type.kind !== 'enum' || written.kind !== 'enum') return named;
    const missing = missingSymbols(type, written);
    return missing.length === 0 ? named : [...named, { path, kind: 'value_missing', reader: `one of ${words(type.symbols.join(', '))}, without a default`, writer: `also ${words(missing.join(', '))}` }];
  };

  const mismatches = (path: string, ofReader: AvroNode, ofWriter: AvroNode): readonly Mismatch[] => {
    if (reads(ofReader, ofWriter)) return [];
    const [type, written] = [resolved(ofReader, reader), resolved(ofWriter, writer)];
    if (written.kind === 'union') return written.branches.flatMap((branch) => mismatches(path, ofReader, branch));
    if (type.kind === 'union') {
      const meant = meantBranch(type.branches, written, reader);
      return meant === undefined ? [{ path, kind: 'branch_missing', reader: inWords(ofReader, reader), writer: inWords(ofWriter, writer) }] : mismatches(path, meant, ofWriter);
    }
    if (type.kind === 'array' && written.kind === 'array') return mismatches(below(path, '*'), type.items, written.items);
    if (type.kind === 'map' && written.kind === 'map') return mismatches(below(path, '*'), type.values, written.values);
    if (isNamed(type) && isNamed(written) && type.kind === written.kind) {
      const pair = `${type.fullName} ${written.fullName}`;
      if (told.has(pair)) return [];
      told.add(pair);
      return namedMismatches(path, type, written);
    }
    const narrower = promotes(type.kind, written.kind) ? ', which is wider' : '';
    return [{ path, kind: 'type_changed', reader: inWords(ofReader, reader), writer: `${inWords(ofWriter, writer)}${narrower}` }];
  };

  return mismatches('', reader.root, writer.root);
};

/** Why data written with one Avro schema cannot be read with another, by the rules of resolution; empty when it can. */
export const avroMismatches = (reader: AvroSchema, writer: AvroSchema): readonly Mismatch[] => {
  const [readerDocument, writerDocument] = [readAvro(reader), readAvro(writer)];
  if ('problem' in readerDocument) return [{ path: readerDocument.path, kind: 'invalid_schema', reader: readerDocument.problem, writer: 'problem' in writerDocument ? writerDocument.problem : 'a schema' }];
  if ('problem' in writerDocument) return [{ path: writerDocument.path, kind: 'invalid_schema', reader: 'a schema', writer: writerDocument.problem }];
  return mismatchesOf(readerDocument, writerDocument);
};
