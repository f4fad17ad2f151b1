import type { FieldNodes } from '../definition/node';
import { parseTimestamp } from '../event/time';
import type { Row, Value } from './evaluate';

/**
 * An event's data as a row: timestamps become epoch milliseconds, what is missing becomes null. Fields that the contract
 * does not declare are left out.
 *
 * @param data data that its contract has accepted
 * @param written fields of the contract that accepted it, where that is another version: what it does not declare was never judged
 */
export const rowOf = (fields: FieldNodes, data: Readonly<Record<string, unknown>>, written: FieldNodes = fields): Row => {
  const row: Record<string, Value> = {};
  for (const name in fields) {
    const value = Object.hasOwn(written, name) ? data[name] : undefined;
    if (typeof value === 'number' || typeof value === 'boolean') row[name] = value;
    else if (typeof value === 'string') row[name] = fields[name]?.scalar === 'timestamp' ? parseTimestamp(value) ?? Number.NaN : value;
    else row[name] = null;
  }
  return row;
};
