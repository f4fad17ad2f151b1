import { inlineAvro } from './compatibility/avro/inline';
import type { Schema } from './compatibility/check';
import type { SchemaFormat } from './compatibility/difference';
import { canonicalJson } from '../manifest/hash';

/** A schema as it stands in a registry, with what it refers to. */
export interface SchemaText {
  readonly definition: string;
  /** Other schemas that it refers to, and those that they do in turn: by the name that it is referred to by, what is referred to before who refers to it. */
  readonly references?: ReadonlyMap<string, string>;
}

/** A schema as one text, where its format has a form for that: in AVRO what is referred to stands at its first place. JSON is judged by the contract, and needs nothing else. */
export const wholeText = (format: SchemaFormat, { definition, references }: SchemaText): string =>
  (format === 'AVRO' && references !== undefined && references.size > 0 ? inlineAvro(definition, [...references.values()]) : definition);

/**
 * A schema as data, to be compared: members in one order, whatever order a registry gave them.
 *
 * @throws SyntaxError when it is no JSON where it has to be
 */
export const schemaOf = (format: SchemaFormat, text: SchemaText): Schema => (format === 'PROTOBUF'
  ? { definition: text.definition, ...(text.references === undefined ? {} : { imports: text.references }) }
  : JSON.parse(canonicalJson(JSON.parse(wholeText(format, text)))) as Schema);
