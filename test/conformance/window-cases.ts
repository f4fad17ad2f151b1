import { boolean, count, distinct, entity, event, featureView, first, float, gt, int, last, max, mean, min, multiply, optional, over, quantile, share, standardDeviation, string, sum, variance } from '../../core/definition';
import type { Row, Value } from '../../core/expression/evaluate';

/** What the cases are about: every aggregate over every tier, of an entity whose key has two parts. */
export const passed = event('gate.passed', { version: 1, partitionBy: 'name', fields: {
  name: string(), number: int(), whole: optional(int()), real: optional(float()), flag: optional(boolean()), word: optional(string()) } });
export const gate = entity('gate', { name: string(), number: int() });
export const gates = featureView('gates', { version: 1, entity: gate, from: passed, writeUnits: 100, by: (row) => ({ name: row.name, number: row.number }), features: (row) => [
  over(['5m', '1h', '12h', '12d', 'lifetime'], {
    n: count(), high: count({ where: gt(row.whole, 10) }), total: sum(row.whole), real: sum(row.real), mean: mean(row.whole), share: share(row.flag), least: min(row.whole), most: max(row.real),
    spread: variance(row.whole), deviation: standardDeviation(row.whole), newest: last(row.word) }),
  // A tile keeps its own of these: few widths, so that an item does not grow past what DynamoDB holds.
  over(['5m', '1h', 'lifetime'], { oldest: first(row.word), words: distinct(row.word), products: distinct(multiply(row.whole, row.whole)), median: quantile(row.whole, 0.5, { from: -1000, to: 1000 }), tail: quantile(row.real, 0.99, { from: 0, to: 10 }) })] });

export interface CaseEvent { readonly source: string; readonly id: string; readonly time: number; readonly known: number; readonly row: Row }

/** One situation, and what every engine must say about it. */
export interface WindowCase {
  readonly name: string;
  readonly events: readonly CaseEvent[];
  readonly at: number;
  /** Key of the entity that is asked for. */
  readonly key: { readonly name: string; readonly number: number };
  readonly expected: Readonly<Record<string, Value>>;
}

/** `12:00` on the first of June 2001, or a date-time in full. */
const instant = (text: string): number => Date.parse(/^\d\d:/u.test(text) ? `2001-06-01T${text}Z` : text);

interface Told extends Row { readonly known?: string; readonly id?: string; readonly source?: string }
type Happened = readonly [time: string, told?: Told];

const usual = { name: 'g', number: 1 };
const none = { whole: null, real: null, flag: null, word: null };

const window = (name: string, happened: readonly Happened[], at: string, expected: WindowCase['expected'], key = usual): WindowCase => ({
  name, at: instant(at), key, expected,
  events: happened.map(([time, { known, id, source, ...row } = {}], index) => ({
    source: source ?? 's', id: id ?? `e${index}`, time: instant(time), known: instant(known ?? time), row: { ...usual, ...none, ...row } })),
});

export const windowCases: readonly WindowCase[] = [
  // What is in a window.
  window('no event at all', [], '12:00', { n_5m: 0, n_lifetime: 0, high_1h: 0, total_1h: 0, real_1h: 0, mean_1h: null, share_1h: null, least_1h: null, most_1h: null, spread_1h: null, deviation_1h: null, newest_1h: null, oldest_1h: null, words_1h: 0, median_1h: null, tail_1h: null }),
  window('a single event', [['11:59', { whole: 7, real: 0.5, flag: true, word: 'a' }]], '12:00', { n_5m: 1, total_5m: 7, real_5m: 0.5, mean_5m: 7, share_5m: 1, least_5m: 7, most_5m: 0.5, spread_5m: 0, deviation_5m: 0, newest_5m: 'a', oldest_5m: 'a', words_5m: 1, median_5m: 7, tail_5m: 0.5017595 }),
  window('one event counts in all widths', [['11:58']], '12:00', { n_5m: 1, n_1h: 1, n_12h: 1, n_12d: 1, n_lifetime: 1 }),
  window('an event at the moment itself does not count', [['12:00']], '12:00', { n_5m: 0, n_lifetime: 0 }),
  window('an event a millisecond before the moment counts', [['11:59:59.999']], '12:00', { n_5m: 1, n_lifetime: 1 }),
  window('the head is exact within a hop', [['12:02:29.999'], ['12:02:30']], '12:02:30', { n_5m: 1, n_12d: 1 }),
  window('the tail of 5 minutes begins at a hop', [['11:55']], '12:02', { n_5m: 1 }),
  window('just before the tail of 5 minutes', [['11:54:59.999']], '12:02', { n_5m: 0, n_1h: 1 }),
  window('5 minutes at a hop\'s edge begin 5 minutes before', [['12:00']], '12:05', { n_5m: 1 }),
  window('5 minutes at a hop\'s edge leave out what is a millisecond older', [['11:59:59.999']], '12:05', { n_5m: 0 }),
  window('5 minutes a millisecond before a hop\'s edge reach back nearly ten', [['11:55']], '12:04:59.999', { n_5m: 1 }),
  window('the tail of an hour begins at a hop of 5 minutes', [['11:00']], '12:03', { n_1h: 1 }),
  window('just before the tail of an hour', [['10:59:59.999']], '12:03', { n_1h: 0, n_12h: 1 }),
  window('the tail of 12 hours begins at an hour', [['00:00']], '12:30', { n_12h: 1 }),
  window('just before the tail of 12 hours', [['2001-05-31T23:59:59.999Z']], '12:30', { n_12h: 0, n_12d: 1 }),
  window('12 hours at the full hour', [['00:00'], ['2001-05-31T23:59:59.999Z']], '12:00', { n_12h: 1 }),
  window('the tail of 12 days begins at a day', [['2001-06-01T00:00:00Z']], '2001-06-13T12:00:00Z', { n_12d: 1, n_12h: 0 }),
  window('just before the tail of 12 days', [['2001-05-31T23:59:59.999Z']], '2001-06-13T12:00:00Z', { n_12d: 0, n_lifetime: 1 }),
  window('a lifetime begins with 1970', [['1970-01-01T00:00:00Z', { whole: 3 }]], '12:00', { n_lifetime: 1, total_lifetime: 3, n_12d: 0 }),
  window('a lifetime ends with the last millisecond that dates can tell', [['9999-12-31T23:59:59.998Z']], '9999-12-31T23:59:59.999Z', { n_lifetime: 1, n_5m: 1 }),
  window('an event of the year before', [['2000-12-31T23:59:59.999Z']], '2001-01-01T00:00:00Z', { n_5m: 1, n_12h: 1, n_12d: 1 }),
  // Ties, and the order of events.
  window('a tie in time goes to the greater source', [['11:59', { source: 'b', word: 'of b' }], ['11:59', { source: 'a', word: 'of a' }]], '12:00', { newest_5m: 'of b' }),
  window('a tie in time and source goes to the greater id', [['11:59', { id: '2', word: 'two' }], ['11:59', { id: '10', word: 'ten' }]], '12:00', { newest_5m: 'two' }),
  window('ids are compared by their bytes: é after z', [['11:59', { id: 'z', word: 'z' }], ['11:59', { id: 'é', word: 'é' }]], '12:00', { newest_5m: 'é' }),
  window('ids are compared by their bytes: beyond the first plane last', [['11:59', { id: '\u{1f6e9}', word: 'plane' }], ['11:59', { id: '\uffee', word: 'circle' }]], '12:00', { newest_5m: 'plane' }),
  window('the newest by event time and not by arrival', [['11:58', { word: 'newer' }], ['11:57', { word: 'older', known: '11:59' }]], '12:00', { newest_5m: 'newer' }),
  window('events out of order count in their own hops', [['11:59', { whole: 1 }], ['11:20', { whole: 2, known: '11:59:10' }], ['11:57', { whole: 4, known: '11:59:20' }]], '12:00', { total_5m: 5, total_1h: 7 }),
  window('the newest passes over nulls', [['11:57', { word: 'a' }], ['11:58']], '12:00', { newest_5m: 'a' }),
  window('a newest value older than the window is absent, and there in a wider one', [['10:30', { word: 'a' }]], '12:00', { newest_1h: null, newest_12h: 'a' }),
  window('a newest value at the very tail', [['11:00', { word: 'a' }]], '12:04', { newest_1h: 'a' }),
  window('empty text is a value', [['11:58', { word: 'a' }], ['11:59', { word: '' }]], '12:00', { newest_5m: '' }),
  // Known-at and lateness, by tier.
  window('what became known at the moment does not count', [['11:30', { known: '12:00' }]], '12:00', { n_1h: 0, n_lifetime: 0 }),
  window('what becomes known later does not count yet', [['11:30', { known: '12:30' }]], '12:10', { n_1h: 0 }),
  window('what became known later counts then, at its own time', [['11:30', { known: '12:30' }]], '12:36', { n_5m: 0, n_1h: 0, n_12h: 1 }),
  window('late for 5 minutes, in time for an hour', [['11:59'], ['11:00', { known: '12:00' }]], '12:01', { n_5m: 1, n_1h: 2 }),
  window('late for an hour, in time for 12', [['11:59'], ['10:00', { known: '12:00' }]], '12:01', { n_1h: 1, n_12h: 2 }),
  window('late for 12 hours, in time for 12 days', [['11:59'], ['2001-05-31T20:00:00Z', { known: '12:00' }]], '12:01', { n_12h: 1, n_12d: 2 }),
  window('late for all but a lifetime', [['11:59', { whole: 1 }], ['2001-01-01T00:00:00Z', { known: '12:00', whole: 5 }]], '12:01', { n_12d: 1, n_lifetime: 2, total_lifetime: 6 }),
  window('known weeks late, asked between', [['2001-06-01T00:00:00Z', { known: '2001-06-20T00:00:00Z' }], ['2001-06-10T00:00:00Z']], '2001-06-11T00:00:00Z', { n_12d: 1, n_lifetime: 1 }),
  window('a largest value that came late to its hop', [['11:56', { real: 1 }], ['11:56', { real: 9, known: '11:59' }]], '12:00', { most_5m: 9 }),
  // Nulls.
  window('a sum passes over nulls, a count does not', [['11:58', { whole: 4 }], ['11:59']], '12:00', { n_5m: 2, total_5m: 4, mean_5m: 4, least_5m: 4 }),
  window('nothing but nulls', [['11:58'], ['11:59']], '12:00', { n_5m: 2, total_5m: 0, mean_5m: null, share_5m: null, least_5m: null, most_5m: null, spread_5m: null, newest_5m: null }),
  window('a null predicate counts neither way', [['11:57', { flag: true }], ['11:58', { flag: false }], ['11:59']], '12:00', { share_5m: 0.5 }),
  window('a filter that is null leaves its row out', [['11:57', { whole: 11 }], ['11:58', { whole: 10 }], ['11:59']], '12:00', { high_5m: 1, n_5m: 3 }),
  window('a share of nothing true is 0 and not absent', [['11:59', { flag: false }]], '12:00', { share_5m: 0 }),
  // Numbers.
  window('a mean divides once', [['11:57', { whole: 1 }], ['11:58', { whole: 0 }], ['11:59', { whole: 0 }]], '12:00', { mean_5m: 1 / 3 }),
  window('numbers below 0', [['11:58', { whole: -5, real: -2.5 }], ['11:59', { whole: -7, real: -3.5 }]], '12:00', { total_5m: -12, least_5m: -7, most_5m: -2.5, real_5m: -6 }),
  window('a sum that comes to 0', [['11:58', { whole: 5 }], ['11:59', { whole: -5 }]], '12:00', { total_5m: 0, mean_5m: 0, spread_5m: 25 }),
  window('three tenths are exactly 0.3', [['11:57', { real: 0.1 }], ['11:58', { real: 0.1 }], ['11:59', { real: 0.1 }]], '12:00', { real_5m: 0.3 }),
  window('half a millionth is rounded away from zero', [['11:59', { real: 0.0000005 }]], '12:00', { real_5m: 0.000001 }),
  window('minus half a millionth as well', [['11:59', { real: -0.0000005 }]], '12:00', { real_5m: -0.000001 }),
  window('less than half a millionth is nothing', [['11:59', { real: 0.0000004 }]], '12:00', { real_5m: 0, most_5m: 0.0000004 }),
  window('a large and a small float', [['11:58', { real: 1e9 }], ['11:59', { real: 0.1 }]], '12:00', { real_5m: 1_000_000_000.1 }),
  window('a sum beyond what a double holds exactly', [['11:58', { whole: 9_007_199_254_740_991 }], ['11:59', { whole: 9_007_199_254_740_991 }]], '12:00', { total_5m: 18_014_398_509_481_982, mean_5m: 9_007_199_254_740_991 }),
  window('large numbers that take each other away', [['11:57', { whole: 9_007_199_254_740_991 }], ['11:58', { whole: 9_007_199_254_740_991 }], ['11:58:30', { whole: 1 }], ['11:59', { whole: -9_007_199_254_740_991 }], ['11:59:30', { whole: -9_007_199_254_740_991 }]], '12:00', { total_5m: 1 }),
  window('there is one zero', [['11:59', { real: -0 }]], '12:00', { most_5m: 0, real_5m: 0 }),
  window('a variance is of all values', [['11:56', { whole: 1 }], ['11:57', { whole: 2 }], ['11:58', { whole: 3 }], ['11:59', { whole: 4 }]], '12:00', { spread_5m: 1.25 }),
  window('a standard deviation is its root', [['11:58', { whole: -3 }], ['11:59', { whole: 3 }]], '12:00', { spread_5m: 9, deviation_5m: 3 }),
  window('a small variance far from zero', [['11:58', { whole: 4_503_599_627_370_496 }], ['11:59', { whole: 4_503_599_627_370_498 }]], '12:00', { spread_5m: 1 }),
  window('a variance over a lifetime', [['1999-01-01T00:00:00Z', { whole: 10 }], ['11:59', { whole: 20 }]], '12:00', { spread_lifetime: 25, spread_12d: 0 }),
  // Keys.
  window('a key in any script', [['11:59', { name: 'Zürich ✈ 東京', number: 1 }]], '12:00', { n_5m: 1 }, { name: 'Zürich ✈ 東京', number: 1 }),
  window('a key that holds the separator is not a key of two parts', [['11:59', { name: 'a|1', number: 2 }], ['11:59', { name: 'a', number: 1 }]], '12:00', { n_5m: 1 }, { name: 'a|1', number: 2 }),
  window('a key that holds the escape character', [['11:59', { name: 'a\\', number: 1 }], ['11:59', { name: 'a', number: 1 }]], '12:00', { n_5m: 1 }, { name: 'a\\', number: 1 }),
  window('the second part of a key tells apart too', [['11:59', { number: 2 }], ['11:59', { number: 1 }], ['11:58', { number: 1 }]], '12:00', { n_5m: 2 }),
  window('a key below 0', [['11:59', { number: -1 }], ['11:59', { number: 1 }]], '12:00', { n_5m: 1 }, { name: 'g', number: -1 }),
  // The calendar.
  window('a leap day', [['2000-02-29T00:00:00Z'], ['2000-02-28T23:59:59.999Z']], '2000-03-12T00:00:00Z', { n_12d: 1 }),
  window('a year without one', [['2001-02-28T00:00:00Z'], ['2001-02-27T23:59:59.999Z']], '2001-03-12T00:00:00Z', { n_12d: 1 }),
  window('clocks put forward: an hour is an hour', [['2001-04-01T01:59:59-06:00'], ['2001-04-01T03:00:00-05:00']], '2001-04-01T08:30:00Z', { n_1h: 2 }),
  window('clocks put back: the hour that comes twice is two', [['2001-10-28T01:30:00-05:00'], ['2001-10-28T01:30:00-06:00']], '2001-10-28T07:31:00Z', { n_1h: 2, n_5m: 1 }),
  window('a day in which clocks change has its hours by UTC', [['2001-04-01T00:00:00Z'], ['2001-03-31T23:59:59.999Z']], '2001-04-01T12:10:00Z', { n_12h: 1 }),

  // Sketches and the oldest value.
  window('the oldest is the oldest of its window, not of all', [['10:30', { word: 'x' }], ['11:20', { word: 'y' }], ['11:58', { word: 'z' }]], '12:00', { oldest_lifetime: 'x', oldest_1h: 'y', oldest_5m: 'z' }),
  window('the oldest of a tie in time is the lower identity', [['11:50', { word: 'b', id: 'é' }], ['11:50', { word: 'a', id: 'z' }]], '12:00', { oldest_1h: 'a', newest_1h: 'b' }),
  window('the oldest passes over what is null', [['11:40'], ['11:50', { word: 'b' }]], '12:00', { oldest_1h: 'b' }),
  window('what came late is the oldest all the same', [['11:50', { word: 'b' }], ['11:40', { word: 'a', known: '11:55' }]], '12:00', { oldest_1h: 'a' }),
  window('the same word twice is one word, and null is none', [['11:50', { word: 'a' }], ['11:51', { word: 'a' }], ['11:52']], '12:00', { words_1h: 1 }),
  window('a hundred words are about a hundred', Array.from({ length: 100 }, (_each, index): Happened => [`11:${String(index % 60).padStart(2, '0')}`, { word: `word ${index}` }]), '12:00', { words_1h: 98 }),
  window('whole numbers of any size are told apart by their digits', [['11:50', { whole: 4_000_000_000_000_000 }], ['11:51', { whole: -4_000_000_000_000_000 }], ['11:52', { whole: 200_000_000_000 }], ['11:53', { whole: 0 }]], '12:00', { products_1h: 3 }),
  window('a median of two is the lower one', [['11:50', { whole: 3 }], ['11:51', { whole: 9 }]], '12:00', { median_1h: 3 }),
  window('values beyond the range of a quantile count at its end', [['11:50', { whole: 5000 }], ['11:51', { whole: 6000 }], ['11:52', { whole: -7000 }]], '12:00', { median_1h: 1003.5 }),
  window('negative values come before zero and positive ones', [['11:50', { whole: -900 }], ['11:51', { whole: 0 }], ['11:52', { whole: 5 }]], '12:00', { median_1h: 0 }),
  window('a quantile is within a 128th of a value that is there', [['11:50', { whole: 500 }]], '12:00', { median_1h: 501.5 }),
];
