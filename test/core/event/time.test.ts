import { assert, date, integer, property } from 'fast-check';
import { dayText, effectiveTime, hourText, isoText, knownAt, parseTimestamp } from '../../../core/event/time';

const years = { min: new Date('0001-01-01T00:00:00.000Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true };

describe('moments as events give them', () => {
  it.each([
    ['2001-06-01T12:34:56Z', '2001-06-01T12:34:56.000Z'],
    ['2001-06-01T12:34:56.7Z', '2001-06-01T12:34:56.700Z'],
    ['2001-06-01T12:34:56.123456789Z', '2001-06-01T12:34:56.123Z'],
    ['2001-06-01T12:34:56.999999+00:00', '2001-06-01T12:34:56.999Z'],
    ['2001-06-01T00:15:00+05:30', '2001-05-31T18:45:00.000Z'],
    ['2001-06-01T23:00:00-08:00', '2001-06-02T07:00:00.000Z'],
    ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
    ['0099-03-01T00:00:00Z', '0099-03-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ])('reads %s as %s', (text, expected) => {
    const instant = parseTimestamp(text);
    expect(instant).toBeDefined();
    expect(isoText(instant ?? 0)).toBe(expected);
  });

  it.each([
    ['a date alone', '2001-06-01'], ['no offset', '2001-06-01T12:34:56'], ['no seconds', '2001-06-01T12:34Z'], ['a space for the T', '2001-06-01 12:34:56Z'],
    ['lower case', '2001-06-01t12:34:56z'], ['a leap second', '2016-12-31T23:59:60Z'], ['hour 24', '2001-06-01T24:00:00Z'], ['the 29th of February of 1900', '1900-02-29T00:00:00Z'],
    ['the 31st of June', '2001-06-31T00:00:00Z'], ['month 13', '2001-13-01T00:00:00Z'], ['day 0', '2001-06-00T00:00:00Z'], ['year 0', '0000-12-31T00:00:00Z'],
    ['a moment before year 1', '0001-01-01T00:00:00+00:01'], ['a moment after year 9999', '9999-12-31T23:59:59-00:01'], ['an empty fraction', '2001-06-01T12:34:56.Z'],
    ['ten digits of a second', '2001-06-01T12:34:56.1234567890Z'], ['an offset without a colon', '2001-06-01T12:34:56+0100'], ['an offset of 24 hours', '2001-06-01T12:34:56+24:00'],
    ['something behind it', '2001-06-01T12:34:56Z '], ['digits of another script', '２001-06-01T12:34:56Z'], ['nothing', ''], ['words', 'yesterday at about noon'],
  ])('refuses %s', (_what, text) => {
    expect(parseTimestamp(text)).toBeUndefined();
  });

  it('writes what Date writes, and reads it back', () => {
    assert(property(date(years), (when) => {
      expect(isoText(when.getTime())).toBe(when.toISOString());
      expect(parseTimestamp(when.toISOString())).toBe(when.getTime());
      expect(`${dayText(when.getTime())}T${hourText(when.getTime())}`).toBe(when.toISOString().slice(0, 13));
    }));
  });

  it('reads every offset as Date does', () => {
    assert(property(date({ ...years, min: new Date('0002-01-01T00:00:00Z'), max: new Date('9998-12-31T00:00:00Z') }), integer({ min: -1439, max: 1439 }), (when, offset) => {
      const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
      const text = `${when.toISOString().slice(0, 23)}${offset < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
      expect(parseTimestamp(text)).toBe(Date.parse(text));
    }));
  });
});

describe('the moments of an event', () => {
  it('was known when it arrived, or when it was recorded if that was earlier', () => {
    expect(knownAt(1000)).toBe(1000);
    expect(knownAt(1000, 400)).toBe(400);
    expect(knownAt(1000, 4000)).toBe(1000);
  });

  it('never happened after it was known', () => {
    expect(effectiveTime(900, 1000)).toBe(900);
    expect(effectiveTime(1100, 1000)).toBe(1000);
  });
});
