import { registerOf as registerOfValue } from '../aggregates/distinct';
import { bucketOf } from '../aggregates/quantile';
import type { Entries } from '../entries';
import { pairsOf } from '../entries';
import type { Part, PartOperation, PartValue } from '../part';
import { entriesIn, extremeValue, registerIn, sumValue, wholeIn } from '../part';
import type { Register } from '../register';
import { wholeOf } from '../whole';

/*
 * Parts as Flink's SQL writes them, each as one text:
 *   add: whole numbers that are put together, `12`, or with powers of ten, `5e18 3e9 7`; behind them in braces what is too
 *     large for SQL's decimals, as doubles with how often each came: `12 {1.0E20=2}`, `{1.0E20^2=1}` of their squares
 *   min, max: a double
 *   entries-add: a multiset of buckets: `{-3=1, 12=4}`, and of units that are too large for SQL to find theirs: `{1.0E20=2}`
 *   entries-max: a multiset of `register/rank`: `{17/2=3, 17/5=1}`, of which the largest rank counts, and of numbers that are too large for SQL to find them
 *   oldest, and a register: time, source and id in hexadecimal digits of their UTF-8, the value with its type: `000991396740000 73 6531 string a`.
 *     Texts are ordered as rows are, so that SQL's min and max find the oldest and the newest.
 */

const refuse = (what: string, text: string): never => { throw new RangeError(`${JSON.stringify(text.slice(0, 100))} is no ${what}`); };

const membersOf = (text: string): readonly (readonly [key: string, times: number])[] => {
  if (!text.startsWith('{') || !text.endsWith('}')) return refuse('multiset, which stands in braces', text);
  const inside = text.slice(1, -1);
  return inside === '' ? [] : inside.split(', ').map((member) => {
    const [key, times, ...more] = member.split('=');
    if (key === undefined || times === undefined || more.length > 0 || !/^[1-9]\d{0,14}$/u.test(times)) return refuse('member of a multiset, key=times', member);
    return [key, Number(times)];
  });
};

const doublePattern = /^-?\d+(?:\.\d+)?(?:E-?\d+)?$/u;
const numberOf = (text: string): number => (doublePattern.test(text) ? Number(text) : refuse('number', text));
const intOf = (text: string): number => (/^-?\d{1,15}$/u.test(text) ? Number(text) + 0 : refuse('whole number', text));

/** Whether a text is a double in Java's digits, which have a point. */
const isLarge = (text: string): boolean => text.includes('.');
const unitsOf = (text: string): bigint => {
  const units = numberOf(text);
  return Number.isInteger(units) ? BigInt(units) : refuse('whole number of units', text);
};
const largeUnits = ([key, times]: readonly [string, number]): bigint => BigInt(times) * (key.endsWith('^2') ? unitsOf(key.slice(0, -2)) ** 2n : unitsOf(key));

const termOf = (text: string): bigint => {
  const [, digits, power = '0'] = /^(-?\d{1,700})(?:e(\d{1,2}))?$/u.exec(text) ?? [];
  return digits === undefined ? refuse('sum', text) : BigInt(digits) * 10n ** BigInt(power);
};

/** A sum; not one number, since SQL's decimals hold 38 digits and a square may have more. */
const totalOf = (text: string): PartValue => {
  const brace = text.indexOf('{');
  const terms = (brace < 0 ? text : text.slice(0, brace).trimEnd()).split(' ');
  const all = [...(brace === 0 ? [] : terms.map(termOf)), ...(brace < 0 ? [] : membersOf(text.slice(brace)).map(largeUnits))];
  return sumValue(wholeOf(all.reduce((sum, each) => sum + each, 0n)));
};

/** A sketch from its pairs: each key once, ascending. */
const entriesOf = (pairs: readonly (readonly [key: number, value: number])[], combine: (left: number, right: number) => number): PartValue => {
  const byKey = new Map<number, number>();
  for (const [key, value] of pairs) byKey.set(key, combine(byKey.get(key) ?? 0, value));
  const entries: Entries = [...byKey].sort(([left], [right]) => left - right).flat();
  return entries.length === 0 ? undefined : entries;
};

const rankOf = (key: string): readonly [number, number] => {
  if (isLarge(key)) return registerOfValue(numberOf(key));
  const [register, rank, ...more] = key.split('/').map(intOf);
  return register === undefined || rank === undefined || more.length > 0 || rank < 1 ? refuse('key/value', key) : [register, rank];
};

const textOfHex = (digits: string): string => {
  const text = Buffer.from(digits, 'hex').toString('utf8');
  return Buffer.from(text, 'utf8').toString('hex') === digits.toLowerCase() ? text : refuse('UTF-8 in hexadecimal digits', digits);
};

const valueOf = (type: string, text: string): Register['value'] => {
  if (type === 'string') return text;
  if (type === 'number') return numberOf(text);
  return text === 'true' || (text === 'false' ? false : refuse('boolean', text));
};

/**
 * Reads a row's value.
 *
 * @throws RangeError for a text that is none
 */
export const registerOf = (text: string): Register => {
  const [, time, source, id, type, value] = /^(\d{1,16}) ([0-9A-Fa-f]*) ([0-9A-Fa-f]*) (string|number|boolean) (.*)$/su.exec(text) ?? [];
  if (time === undefined || source === undefined || id === undefined || type === undefined || value === undefined) return refuse("row's value with its time, source and id", text);
  return { time: Number(time), source: textOfHex(source), id: textOfHex(id), value: valueOf(type, value) };
};

/** Digits of the time in a row's value: as many in each, up to the last millisecond of the year 9999. */
export const timeDigits = 15;

const hex = (text: string): string => Buffer.from(text, 'utf8').toString('hex');
/** A double as Java reads and writes it, with `E` for the exponent. */
const doubleText = (value: number): string => String(value).replace('e+', 'E').replace('e', 'E');

/** The text of a row's value. */
export const registerText = ({ time, source, id, value }: Register): string =>
  `${String(time).padStart(timeDigits, '0')} ${hex(source)} ${hex(id)} ${typeof value} ${typeof value === 'number' ? doubleText(value) : value}`;

const readers: Readonly<Record<PartOperation, (text: string, part: Part) => PartValue>> = {
  add: totalOf,
  min: (text, { whole }) => extremeValue(numberOf(text), whole),
  max: (text, { whole }) => extremeValue(numberOf(text), whole),
  'entries-add': (text) => entriesOf(membersOf(text).map(([key, times]) => [isLarge(key) ? bucketOf(wholeOf(unitsOf(key))) : intOf(key), times]), (left, right) => left + right),
  'entries-max': (text) => entriesOf(membersOf(text).map(([key]) => rankOf(key)), Math.max),
  oldest: registerOf,
};

/**
 * Reads a part's value.
 *
 * @throws RangeError for a text that is none
 */
export const partOf = (text: string, part: Part): PartValue => readers[part.operation](text, part);

const multiset = (members: readonly (readonly [string, number])[]): string => `{${members.map(([key, times]) => `${key}=${times}`).join(', ')}}`;

const writers: Readonly<Record<PartOperation, (value: PartValue) => string | undefined>> = {
  add: (value) => String(wholeIn(value)),
  min: (value) => doubleText(Number(wholeIn(value))),
  max: (value) => doubleText(Number(wholeIn(value))),
  'entries-add': (value) => multiset(pairsOf(entriesIn(value)).map(([key, times]) => [String(key), times])),
  'entries-max': (value) => multiset(pairsOf(entriesIn(value)).map(([key, rank]) => [`${key}/${rank}`, 1])),
  oldest: (value) => {
    const register = registerIn(value);
    return register && registerText(register);
  },
};

/** The text of a part's value; `null` for nothing. */
export const partText = ({ operation }: Part, value: PartValue): string | null => (value === undefined ? null : writers[operation](value) ?? null);
