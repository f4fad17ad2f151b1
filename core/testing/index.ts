import type { FeatureView } from '../definition/feature-view';
import type { Fields } from '../definition/field';
import type { Dataset, Event, Source } from '../definition/source';
import { naiveCurrent, type OracleBatch } from '../dataset/current-oracle';
import type { EpochMillis } from '../event/time';
import { effectiveTime, parseTimestamp } from '../event/time';
import type { Row, Value } from '../expression/evaluate';
import { compileExpression } from '../expression/evaluate';
import { rowOf } from '../expression/row';
import { versionedName, type ViewDefinition } from '../manifest/manifest';
import type { OracleEvent } from '../window/oracle';
import { naiveFeatures } from '../window/oracle';

/** An event as a test writes it: what happened, when (RFC 3339), and when it was known (then, unless said otherwise). */
export interface GivenEvent { readonly time: string; readonly knownAt?: string; readonly id?: string; readonly data: Readonly<Record<string, unknown>> }

/** A batch of a dataset as a test writes it: all rows, or what is new, and when it arrived (RFC 3339). */
export interface GivenBatch { readonly arrival: string; readonly rows: readonly Readonly<Record<string, unknown>>[] }

/** Features at one moment. */
export interface Moment {
  /**
   * Values of a view's features for one entity, by name; `null` is absent.
   *
   * @param key the entity's key, such as `{ iata: 'ORD' }`; timestamps as epoch milliseconds
   * @throws TypeError when the view is made from another source, or the key has other fields than the entity's
   */
  readonly feature: (view: FeatureView, key: Row) => { readonly [name: string]: Value };
}

const instantOf = (text: string, what: string): EpochMillis => {
  const instant = parseTimestamp(text);
  if (instant === undefined) throw new TypeError(`${what} is ${JSON.stringify(text)}; it must be an RFC 3339 date-time such as '2001-06-01T10:00:00Z'.`);
  return instant;
};

const happened = (event: Event, { time, knownAt, id, data }: GivenEvent, index: number): OracleEvent => {
  const sent = instantOf(time, `The time of event ${index}`);
  const known = knownAt === undefined ? sent : instantOf(knownAt, `knownAt of event ${index}`);
  return { source: 'given', id: id ?? String(index), knownAt: known, effectiveTime: effectiveTime(sent, known), row: rowOf(event.fields, data) };
};

const checkView = (view: FeatureView, given_: Source, key: Row): void => {
  const source = versionedName(view.from);
  if (source !== versionedName(given_)) throw new TypeError(`The feature view ${versionedName(view)} is made from ${source}, but ${given_.kind === 'event' ? 'events' : 'batches'} of ${versionedName(given_)} were given; give those of ${source}.`);
  const [wanted, found] = [Object.keys(view.by).sort().join(', '), Object.keys(key).sort().join(', ')];
  if (wanted !== found) throw new TypeError(`The key of the entity ${view.entity} has the fields ${wanted}, but ${found === '' ? 'none' : found} were given.`);
};

const landed = ({ fields, knownAt }: Dataset, { arrival, rows }: GivenBatch, index: number): OracleBatch => {
  const arrived = instantOf(arrival, `The arrival of batch ${index}`);
  return { batch: String(index), arrival: arrived, rows: rows.map((each) => {
    const row = rowOf(fields, each);
    const said = typeof knownAt === 'object' ? row[knownAt.column] : undefined;
    return { row, knownAt: knownAt === 'always' ? 0 : Math.min(arrived, typeof said === 'number' ? said : arrived) };
  }) };
};

const ofEvents = (all: readonly OracleEvent[]) => (view: FeatureView, key: Row, moment: EpochMillis) => {
  const by = Object.entries(view.by).map(([name, node]) => [name, compileExpression(node)] as const);
  // A part of the key that is absent describes no entity, so it equals nothing, not even an absent one.
  const own = all.filter(({ row }) => by.every(([name, valueOf]) => {
    const value = valueOf({ columns: row });
    return value !== null && value === key[name];
  }));
  return naiveFeatures(asDefinition(view), own, moment);
};

const ofBatches = (dataset: Dataset, batches: readonly OracleBatch[]) => (view: FeatureView, key: Row, moment: EpochMillis) => naiveCurrent(asDefinition(view), dataset, batches, key, moment);

// Which engine works a view out changes none of its values.
const asDefinition = ({ engine: _engine, ...view }: FeatureView): ViewDefinition => ({ ...view, kind: 'featureView', hash: '', features: view.nodes });

/** What was given, at moments. */
interface Given { readonly at: (t: string) => Moment }

/**
 * Features from a handful of events, or of batches of a dataset, worked out in the plainest way: for tests of definitions.
 *
 * @param events each one once, in any order
 * @example given(flightLanded, [{ time: '2001-06-01T10:00:00Z', data: { … } }]).at('2001-06-01T10:30:00Z').feature(departures, { iata: 'ORD' })
 * @example given(airports, [{ arrival: '2001-06-01T10:00:00Z', rows: [{ … }] }]).at('2001-06-01T10:30:00Z').feature(profile, { iata: 'ORD' })
 */
export function given<F extends Fields>(event: Event<F>, events: readonly GivenEvent[]): Given;
export function given<F extends Fields>(dataset: Dataset<F>, batches: readonly GivenBatch[]): Given;
export function given(source: Source, what: readonly GivenEvent[] | readonly GivenBatch[]): Given {
  const features = source.kind === 'event'
    ? ofEvents((what as readonly GivenEvent[]).map((each, index) => happened(source, each, index)))
    : ofBatches(source, (what as readonly GivenBatch[]).map((each, index) => landed(source, each, index)));
  return {
    at: (t) => {
      const moment = instantOf(t, 'The moment');
      return {
        feature: (view, key) => {
          checkView(view, source, key);
          return features(view, key, moment);
        },
      };
    },
  };
}
