import { boolean, int, optional, string, timestamp } from 'headrace';
import { rowOf } from '../../../core/expression/row';

const fields = { name: string(), count: int(), at: timestamp(), flag: optional(boolean()), note: optional(string()) };

describe('the row of an event', () => {
  it('has timestamps as epoch milliseconds, and null for what is missing', () => {
    expect(rowOf(fields, { name: 'a', count: 0, at: '2001-06-01T02:00:00.5+02:00', flag: false })).toEqual({ name: 'a', count: 0, at: Date.UTC(2001, 5, 1) + 500, flag: false, note: null });
  });

  it('leaves out what its contract does not declare, and text that only looks like a timestamp alone', () => {
    expect(rowOf(fields, { name: '2001-06-01T00:00:00Z', count: 1, at: '2001-06-01T00:00:00Z', more: 1 })).toEqual({ name: '2001-06-01T00:00:00Z', count: 1, at: Date.UTC(2001, 5, 1), flag: null, note: null });
  });

  it('takes nothing from the prototype of the data', () => {
    expect(rowOf({ constructor: optional(string()), toString: optional(string()) }, {})).toEqual({ constructor: null, toString: null });
  });

  it('of another version has what that version declares, and of the rest nothing, whatever stands there', () => {
    expect(rowOf({ count: int(), note: optional(string()) }, { count: 1, note: 'never judged' }, { count: int() })).toEqual({ count: 1, note: null });
  });
});
