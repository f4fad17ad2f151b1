import type { FieldNode, Scalar } from './node';

/** A field of an event, a dataset, an entity's key or a request: its scalar is kept in the type. */
export interface FieldType<S extends Scalar = Scalar> extends FieldNode { readonly scalar: S }
export type Fields = Readonly<Record<string, FieldType>>;

interface StringLimits { /** A regular expression, matched as a whole string when anchored. */ readonly pattern?: string; readonly oneOf?: readonly string[] }
interface NumberLimits { /** Inclusive. */ readonly min?: number; /** Inclusive. */ readonly max?: number }

const field = <S extends Scalar>(scalar: S, limits: StringLimits & NumberLimits = {}): FieldType<S> =>
  Object.freeze({ scalar, optional: false, personal: false, ...limits });

/** Text, UTF-8. */
export const string = (limits?: StringLimits): FieldType<'string'> => field('string', limits);
/** A whole number within ±(2^53 - 1). */
export const int = (limits?: NumberLimits): FieldType<'int'> => field('int', limits);
/** A finite double. */
export const float = (limits?: NumberLimits): FieldType<'float'> => field('float', limits);
export const boolean = (): FieldType<'boolean'> => field('boolean');
/** An RFC 3339 date-time with an offset, of millisecond precision. */
export const timestamp = (): FieldType<'timestamp'> => field('timestamp');

/** The field may be missing or null. */
export const optional = <T extends FieldType>(of: T): T => Object.freeze({ ...of, optional: true });
/** The field says something of a person: it is marked in the catalog, kept out of logs and reached by erasure. */
export const personal = <T extends FieldType>(of: T): T => Object.freeze({ ...of, personal: true });
