import { fold, prepareRecord } from '../../../core/window';
import { explain } from '../../../core/window/explain';
import { given } from '../../fixtures/flights';
import { options, oracleEvent, plan, recordAt } from './support';

const noon = Date.UTC(2001, 5, 1, 12);
const minute = 60_000;
const readings = [{ time: noon - 50 * minute, id: 'a', value: 3, level: 1 }, { time: noon - 2 * minute, id: 'b', value: 20, level: 2 }, { time: noon - minute, id: 'c', value: null, level: 4 }];
const events = readings.map((reading) => oracleEvent({ ...reading }));
const { state } = fold(plan, undefined, readings.map((reading, index) => given(prepareRecord(plan, recordAt(reading, index + 1)))), options);

describe('an explanation of features', () => {
  it('tells each tile with the events of its hop', () => {
    const { tiles } = explain(plan, state, events, noon);
    expect(tiles.filter(({ hop }) => hop === 5 * minute).map(({ start, events: behind }) => [(noon - start) / minute, behind.map(({ id }) => id)])).toEqual([[50, ['a']], [5, ['b', 'c']]]);
    expect(tiles[1]?.parts).toContain('["count",null,null] = 2');
  });

  it('tells each window from the item and from the events, and that they are equal', () => {
    const { features } = explain(plan, state, events, noon);
    expect(features.every(({ isEqual }) => isEqual)).toBe(true);
    expect(features.find(({ name }) => name === 'total_1h')).toEqual({ name: 'total_1h', from: noon - 60 * minute, state: 23, events: 23, isEqual: true });
  });

  it('shows where an event is missing from the lake', () => {
    const differing = explain(plan, state, events.slice(1), noon).features.filter(({ isEqual }) => !isEqual).map(({ name }) => name);
    expect(differing).toContain('total_1h');
    expect(differing).not.toContain('total_10m');
  });
});
