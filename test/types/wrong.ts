/** Mistakes that must not compile: each marked line is an error, and the type check fails when one no longer is. */
import { bucket, category, clip, coalesce, count, eq, event, featureView, float, gt, int, last, mean, model, oneHot, over, string } from 'headrace';
import { airport, departures, flightLanded } from '../../examples/flights/definitions';
import { entity } from 'headrace';

const user = entity('user', { id: string() });
const by = (flight: { readonly origin: ReturnType<typeof originOf> }) => ({ iata: flight.origin });
declare const originOf: () => import('headrace').Expression<'string'>;

// A mean of text.
// @ts-expect-error
export const meanOfText = featureView('a', { version: 1, entity: airport, from: flightLanded, by, features: (f) => [over('1h', { x: mean(f.origin) })] });

// A misspelt column.
// @ts-expect-error
export const misspelt = featureView('b', { version: 1, entity: airport, from: flightLanded, by, features: (f) => [over('1h', { x: mean(f.delayMinuts) })] });

// A number where the entity's key is text.
// @ts-expect-error
export const wrongKey = featureView('c', { version: 1, entity: airport, from: flightLanded, by: (f) => ({ iata: f.distance }), features: () => [over('1h', { x: count() })] });

// A width in words.
// @ts-expect-error
export const words = featureView('d', { version: 1, entity: airport, from: flightLanded, by, features: () => [over('1 hour', { x: count() })] });

const examples = { from: flightLanded, row: (f: import('headrace').Columns<typeof flightLanded.fields>) => ({ entities: { origin: { iata: f.origin } }, request: {}, label: gt(f.delayMinutes, 15) }) };

// A view of airports looked up for a user.
export const wrongSlot = model('e', { version: 1, predicts: 'probability', entities: { origin: airport, buyer: user }, request: {},
  // @ts-expect-error
  features: ({ buyer }) => ({ o: departures.of(buyer) }),
  examples: { from: flightLanded, row: (f) => ({ entities: { origin: { iata: f.origin }, buyer: { id: f.origin } }, request: {}, label: gt(f.delayMinutes, 15) }) } });

// A feature that the view does not have.
// @ts-expect-error
export const wrongFeature = model('f', { version: 1, predicts: 'probability', entities: { origin: airport }, request: {}, features: ({ origin }) => ({ y: departures.of(origin).flights_2h }), examples });

// A partition key that is no field.
// @ts-expect-error
export const wrongPartition = event('g', { version: 1, partitionBy: 'idd', fields: { id: string() } });

// A request field that the examples leave out.
export const missingRequest = model('h', { version: 1, predicts: 'probability', entities: { origin: airport }, request: { distance: int() },
  features: ({ origin }, request) => ({ o: departures.of(origin), d: request.distance }),
  // @ts-expect-error
  examples });

// Text compared with a number.
// @ts-expect-error
export const wrongLiteral = featureView('i', { version: 1, entity: airport, from: flightLanded, by, features: (f) => [over('1h', { x: count({ where: eq(f.origin, 3) }) })] });

declare const text: import('headrace').Expression<'string'>;
declare const whole: import('headrace').Expression<'int'>;

// Bounds of a text.
// @ts-expect-error
export const clippedText = clip(text, 0, 1);

// Buckets of a text.
// @ts-expect-error
export const bucketsOfText = bucket(text, [0]);

// The place of a number among texts.
// @ts-expect-error
export const categoryOfNumber = category(whole, ['a']);

// A number that becomes a text where it is absent.
// @ts-expect-error
export const otherScalar = coalesce(whole, 'none');

// An input for a text that is not in the list.
// @ts-expect-error
export const notListed = oneHot('carrier', text, ['AA']).carrier_UA;

// An engine that there is not.
// @ts-expect-error
export const otherEngine = featureView('k', { version: 1, entity: airport, from: flightLanded, by, engine: 'spark', features: () => [over('1h', { x: count() })] });

// What is right stays right, with its types.
export const clippedWhole: import('headrace').Expression<'int'> = clip(coalesce(whole, 0), 0, 9);
const right = featureView('j', { version: 1, entity: airport, from: flightLanded, by, features: (f) => [over(['1h', '2h'], { n: count(), newest: last(f.origin) })] });
export const scalars: { readonly n_1h: 'int'; readonly n_2h: 'int'; readonly newest_1h: 'string'; readonly newest_2h: 'string' } = right.features;
export const limits = float({ min: 0, max: 1 });
