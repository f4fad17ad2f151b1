/** How events are written: the formats of the schema registry that there is a checker for. */
export type SchemaFormat = 'JSON' | 'AVRO' | 'PROTOBUF';

/** Who reads whom. `backward`: the proposed schema reads what was written by a former one. `forward`: a former one reads what is written by the proposed. */
export type Direction = 'backward' | 'forward';

/** Why data cannot be read. A closed list; each kind has its remedies below. */
export type DifferenceKind =
  | 'type_changed'
  | 'name_changed'
  | 'size_changed'
  | 'field_required'
  | 'field_refused'
  | 'alias_ambiguous'
  | 'value_missing'
  | 'branch_missing'
  | 'range_narrowed'
  | 'multiple_changed'
  | 'length_narrowed'
  | 'pattern_added'
  | 'format_added'
  | 'count_narrowed'
  | 'duplicates_refused'
  | 'number_changed'
  | 'number_reused'
  | 'number_not_reserved'
  | 'cardinality_changed'
  | 'oneof_changed'
  | 'message_missing'
  | 'change_disabled'
  | 'invalid_schema'
  | 'undecidable';

/** One place at which data valid under the writer cannot be read by the reader. */
export interface SchemaDifference {
  /** JSON pointer to the value in the data; `*` stands for any element of a list or map, and for any field that is not declared. In PROTOBUF the full name of a message, and a field of it. */
  readonly path: string;
  readonly kind: DifferenceKind;
  readonly direction: Direction;
  /** What the reader takes, in words. */
  readonly reader: string;
  /** What the writer gives, in words. */
  readonly writer: string;
  readonly remedy: string;
}

/** A difference before it is known which of the two sides is the proposed one. */
export type Mismatch = Omit<SchemaDifference, 'direction' | 'remedy'>;

/** What to do, by the side that can still be changed: the proposed schema. */
const remedies: Readonly<Record<DifferenceKind, Readonly<Record<Direction, string>>>> = {
  type_changed: { backward: 'keep the former type, or one that it widens to; or add a field of another name', forward: 'keep the former type, or one that the former type is wider than; or add a field of another name' },
  name_changed: { backward: 'keep the name, or give the former full name as an alias', forward: 'keep the name' },
  size_changed: { backward: 'keep the size; or add a field of another name', forward: 'keep the size; or add a field of another name' },
  field_required: { backward: 'make the field optional, or give it a default', forward: 'keep the field, and required' },
  field_refused: { backward: 'declare the field as it was, or allow fields that are not declared', forward: 'leave the field out: the former schema refuses fields that it does not declare' },
  alias_ambiguous: { backward: 'leave out the aliases that name another field of the former schema', forward: 'rename the fields that share an alias in the former schema' },
  value_missing: { backward: 'list the former values too; in Avro an enum\'s default also takes them', forward: 'leave out the values that the former schema does not list' },
  branch_missing: { backward: 'keep all former branches of the union', forward: 'leave out the branches that the former union lacks' },
  range_narrowed: { backward: 'keep the former range, or widen it', forward: 'keep the former range, or narrow it' },
  multiple_changed: { backward: 'keep the former step, or leave it out', forward: 'keep the former step, or a multiple of it' },
  length_narrowed: { backward: 'keep the former lengths, or widen them', forward: 'keep the former lengths, or narrow them' },
  pattern_added: { backward: 'leave the pattern out', forward: 'keep the former pattern' },
  format_added: { backward: 'leave the format out', forward: 'keep the former format' },
  count_narrowed: { backward: 'keep the former number of members, or widen it', forward: 'keep the former number of members, or narrow it' },
  duplicates_refused: { backward: 'allow equal elements', forward: 'keep uniqueItems' },
  number_changed: { backward: 'keep the number of the field', forward: 'keep the number of the field' },
  number_reused: { backward: 'give the field a number and a name that were never used, and reserve the former', forward: 'give the field a number and a name that were never used, and reserve the former' },
  number_not_reserved: { backward: 'reserve the number of the field that is left out, so that it is never used again', forward: 'reserve the number of the field that is left out' },
  cardinality_changed: { backward: 'keep the field repeated, or single, as it was; or add a field with another number', forward: 'keep the field repeated, or single, as it was; or add a field with another number' },
  oneof_changed: { backward: 'leave the fields out of the oneof: former data may have several of them', forward: 'keep the fields in their oneof' },
  message_missing: { backward: 'keep the message or enum, with its package', forward: 'leave out the message or enum that the former schema lacks' },
  change_disabled: { backward: 'register no other version; or define another compatibility', forward: 'register no other version; or define another compatibility' },
  invalid_schema: { backward: 'correct the schema', forward: 'correct the schema' },
  undecidable: { backward: 'leave this part as it was: whether every value that was valid stays valid cannot be told', forward: 'leave this part as it was: whether every value is valid under the former schema cannot be told' },
};

/** A mismatch as it is reported to who proposed a schema. */
export const difference = ({ path, kind, reader, writer }: Mismatch, direction: Direction): SchemaDifference => ({ path, kind, direction, reader, writer, remedy: remedies[kind][direction] });

/** A path with one more step (RFC 6901). */
export const below = (path: string, step: string): string => `${path}/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`;

const longestText = 120;

/** Text for people: values from schemas, cut where they grow long. */
export const words = (text: string): string => (text.length > longestText ? `${text.slice(0, longestText)}…` : text);
