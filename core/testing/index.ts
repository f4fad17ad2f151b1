import type { Fields } from '../definition/field';
import type { Event } from '../definition/source';
import type { FeatureView } from '../definition/feature-view';
import type { Value, Row } from '../expression/evaluate';
import { compileExpression } from '../expression/evaluate';
import { rowOf } from '../expression/row';
import { naiveFeatures } from '../window/oracle';

/** An event as a test writes it: what happened, when, and when it was known (then, unless said otherwise). */
export interface GivenEvent { readonly time: string; readonly knownAt?: string; readonly id?: string; readonly data: Readonly<Record<string, unknown>> }

/** Features at one moment. */
export interface Moment { readonly feature: (view: FeatureView, key: Row) => { readonly [name: string]: Value } }

/**
 * Features from a handful of events, worked out in the plainest way: for tests of definitions.
 *
 * @example given(flightLanded, [{ time: '2001-06-01T10:00:00Z', data: { … } }]).at('2001-06-01T10:30:00Z').feature(departures, { iata: 'ORD' })
 */
export const given = <F extends Fields>(event: Event<F>, events: readonly GivenEvent[]): { readonly at: (t: string) => Moment } => ({
  at: (t) => ({
    feature: (view, key) => {
      const by = Object.entries(view.by).map(([name, node]) => [name, compileExpression(node)] as const);
      const rows = events.map(({ time, knownAt = time, id, data }, index) => {
        const known = Date.parse(knownAt);
        return { source: 'given', id: id ?? String(index), effectiveTime: Math.min(Date.parse(time), known), knownAt: known, row: rowOf(event.fields, data) };
      });
      const matching = rows.filter(({ row }) => by.every(([name, value]) => value({ columns: row }) === (key[name] ?? null)));
      return naiveFeatures({ ...view, kind: 'featureView', hash: '', features: view.nodes }, matching, Date.parse(t));
    },
  }),
});

