import type { Scalar } from '../definition/node';
import { columnTypes } from './expression-sql';
import { identifier } from './sql';

/** How scalars stand in lines of raw. Numbers are read as doubles, as 12.0 is a whole number in JSON; timestamps as the text that the contract accepted. */
export const jsonTypes: Readonly<Record<Scalar, string>> = { ...columnTypes, timestamp: 'VARCHAR' };

/** A field of an object that was read from JSON, as {@link columnTypes} has its scalar. */
export const jsonFieldSql = (object: string, name: string, scalar: Scalar): string =>
  (scalar === 'timestamp' ? `epoch_ms(CAST(${object}.${identifier(name)} AS TIMESTAMPTZ))` : `${object}.${identifier(name)}`);

/** The type of an object with these fields. */
export const structOf = (fields: readonly (readonly [name: string, type: string])[]): string => `STRUCT(${fields.map(([name, type]) => `${identifier(name)} ${type}`).join(', ')})`;
