import type { FieldNode, FieldNodes } from '../definition/node';

/** Whose data is looked for. */
export interface Subject {
  /** What the subject is known by: a customer number, an address. */
  readonly identifiers: readonly string[];
  /**
   * Names of the personal fields in which they are looked for. Absent: in all personal fields, and wherever no contract says
   * what a text is, such as a member that is not declared.
   */
  readonly fields?: readonly string[];
}

/** How a subject is told from others, whether its identifiers are known or only what was made of them. */
export interface Recognition {
  readonly fields?: readonly string[];
  /** Whether a text is an identifier. */
  readonly is: (text: string) => boolean;
  /** Whether an identifier stands in a longer text. */
  readonly standsIn: (text: string) => boolean;
  /** Whether an identifier stands in bytes of which nobody knows what they say. */
  readonly standsInBytes: (bytes: Uint8Array) => boolean;
}

/** Recognizes a subject by its identifiers. */
export const recognitionOf = ({ identifiers, fields }: Subject): Recognition => {
  const known = new Set(identifiers);
  return {
    ...(fields === undefined ? {} : { fields }),
    is: (text) => known.has(text),
    standsIn: (text) => identifiers.some((identifier) => text.includes(identifier)),
    standsInBytes: (bytes) => {
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      return identifiers.some((identifier) => buffer.includes(identifier));
    },
  };
};

/** What a record is to a subject. `subject`: it is of the subject; `mention`: an identifier stands in it where no personal field is; `other`: neither. */
export type Bearing = 'subject' | 'mention' | 'other';

const nameable = (field: FieldNode | undefined): boolean => field !== undefined && field.personal && (field.scalar === 'string' || field.scalar === 'int');

/**
 * Names of the fields that a subject is found by: personal ones that hold a text or a whole number. Others (a moment, an
 * amount, a flag) say something of somebody and not who it is.
 */
export const findingFields = (fields: FieldNodes): readonly string[] => Object.keys(fields).filter((name) => nameable(fields[name]));

/**
 * What is wrong with a subject, before anything is looked for.
 *
 * @param numbered names of personal fields that hold whole numbers
 * @returns the problem with its remedy; undefined when there is none
 */
export const subjectProblem = ({ identifiers, fields }: Subject, known: ReadonlySet<string>, numbered: readonly string[]): string | undefined => {
  if (identifiers.length === 0 || identifiers.some((identifier) => identifier.trim() === '')) return 'an identifier of the subject is empty; give the value that stands in a personal field';
  const unknown = fields?.find((name) => !known.has(name));
  if (unknown !== undefined) return `no definition has a personal field '${unknown}' that holds a text or a whole number; there are ${[...known].toSorted().join(', ') || 'none: mark the fields that say who somebody is as personal()'}`;
  const number = identifiers.find((identifier) => /^-?\d+$/u.test(identifier));
  if (fields === undefined && number !== undefined && numbered.length > 0) return `'${number}' may stand in ${numbered.join(', ')}, where it need not mean this subject; name the fields in which it does (--field)`;
  return undefined;
};

/**
 * Members of a JSON value with their names, at any depth; members of arrays have the array's name. It does not call itself: what was
 * rejected for its depth is looked through too.
 */
const membersOf = function* members(whole: unknown, nameOfWhole: string): Generator<readonly [string, string]> {
  const waiting: (readonly [value: unknown, name: string])[] = [[whole, nameOfWhole]];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [value, name] = next;
    if (typeof value === 'string' || typeof value === 'number') yield [name, String(value)];
    else if (Array.isArray(value)) for (const each of value) waiting.push([each, name]);
    else if (typeof value === 'object' && value !== null) for (const [member, each] of Object.entries(value)) {
      // A name may hold what a value may.
      yield ['', member];
      waiting.push([each, member]);
    }
  }
};

const mentions = (subject: Recognition, value: unknown): boolean => {
  for (const [, text] of membersOf(value, '')) if (subject.standsIn(text)) return true;
  return false;
};

/** Whether a text, or a whole number as it is written, is an identifier: part of a longer text is none. */
const isIdentifier = (subject: Recognition, value: unknown): boolean => (typeof value === 'string' || typeof value === 'number') && subject.is(String(value));

/** Whether an identifier stands in a member of a value that no contract describes. */
const standsIn = (subject: Recognition, value: unknown, name = ''): boolean => {
  for (const [member, text] of membersOf(value, name)) if ((subject.fields === undefined || subject.fields.includes(member)) && isIdentifier(subject, text)) return true;
  return false;
};

/** What bytes are to a subject of which nobody knows what they say. */
export const bearingOfBytes = ({ standsInBytes, fields }: Recognition, bytes: Uint8Array): Bearing => {
  if (!standsInBytes(bytes)) return 'other';
  return fields === undefined ? 'subject' : 'mention';
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * What data is to a subject.
 *
 * @param fields of the contract that the data keeps; undefined: none, and whatever stands in it may be personal
 */
export const bearingOfData = (subject: Recognition, data: unknown, fields: FieldNodes | undefined): Bearing => {
  if (!isRecord(data) || fields === undefined) return standsIn(subject, data) ? 'subject' : mentions(subject, data) ? 'mention' : 'other';
  const isOf = Object.entries(data).some(([name, value]) => {
    const field = fields[name];
    if (field === undefined) return standsIn(subject, value, name) || (subject.fields === undefined && subject.is(name));
    return nameable(field) && (subject.fields?.includes(name) ?? true) && isIdentifier(subject, value);
  });
  return isOf ? 'subject' : mentions(subject, data) ? 'mention' : 'other';
};

const weights: Readonly<Record<Bearing, number>> = { subject: 2, mention: 1, other: 0 };

/** The strongest of them. */
export const strongest = (...bearings: readonly Bearing[]): Bearing => bearings.reduce<Bearing>((found, bearing) => (weights[bearing] > weights[found] ? bearing : found), 'other');

/**
 * What an event is to a subject: by its data, and by its attributes, of which none is declared.
 *
 * @param fields of its contract; undefined when it keeps none
 */
export const bearingOfEvent = (subject: Recognition, event: unknown, fields: FieldNodes | undefined): Bearing => {
  if (!isRecord(event)) return bearingOfData(subject, event, undefined);
  const { data, ...attributes } = event;
  return strongest(bearingOfData(subject, data, fields), bearingOfData(subject, attributes, undefined));
};
