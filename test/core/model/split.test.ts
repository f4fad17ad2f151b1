import fc from 'fast-check';
import { placeOf } from '../../../core/model/split';

const model = { name: 'late_arrival', version: 1 };
const flightOf = (origin: string, destination: string, distance = 606) => ({ entities: { origin: { iata: origin }, destination: { iata: destination } }, request: { distance } });
const placeFor = (index: number): number => placeOf(model, flightOf(`O${index}`, `D${index % 97}`));

describe('where an instance stands', () => {
  it('is the same wherever and whenever it is asked for', () => {
    // Numbers that another release, language or machine would have to give too.
    expect(placeOf(model, flightOf('ORD', 'JFK'))).toBe(0.5237355173532876);
  });

  it('is its entities\' and its model\'s, and nothing else of the request changes it', () => {
    fc.assert(fc.property(fc.string(), fc.string(), fc.integer(), fc.integer(), (origin, destination, one, other) => {
      expect(placeOf(model, flightOf(origin, destination, one))).toBe(placeOf(model, flightOf(origin, destination, other)));
    }));
    expect(placeOf({ ...model, version: 2 }, flightOf('ORD', 'JFK'))).not.toBe(placeOf(model, flightOf('ORD', 'JFK')));
    expect(placeOf({ ...model, name: 'other' }, flightOf('ORD', 'JFK'))).not.toBe(placeOf(model, flightOf('ORD', 'JFK')));
  });

  it('does not depend on the order in which slots and key fields are given', () => {
    const [origin, destination] = [{ iata: 'ORD', gate: 'A' }, { iata: 'JFK', gate: 'B' }];
    expect(placeOf(model, { entities: { destination: { gate: 'B', iata: 'JFK' }, origin: { gate: 'A', iata: 'ORD' } }, request: {} })).toBe(placeOf(model, { entities: { origin, destination }, request: {} }));
  });

  it('tells entities apart whose keys say the same in other places', () => {
    expect(placeOf(model, flightOf('ORD', 'JFK'))).not.toBe(placeOf(model, flightOf('JFK', 'ORD')));
    expect(placeOf(model, flightOf('OR', 'DJFK'))).not.toBe(placeOf(model, flightOf('ORD', 'JFK')));
    expect(placeOf(model, { entities: { origin: { iata: '1' } }, request: {} })).not.toBe(placeOf(model, { entities: { origin: { iata: 1 } }, request: {} }));
  });

  it('of a model without entities is its request\'s', () => {
    const alone = (distance: number): number => placeOf(model, { entities: {}, request: { distance } });
    expect(alone(1)).toBe(alone(1));
    expect(alone(1)).not.toBe(alone(2));
  });

  it.each([0.01, 0.1, 0.5, 0.9])('is under %d for that share of the entities, within what chance allows', (weight) => {
    const entities = 20_000;
    const under = Array.from({ length: entities }, (_, index) => placeFor(index)).filter((place) => place < weight).length;
    // Five standard deviations of a binomial: one run in a million fails by chance, and these entities are always the same.
    const deviation = Math.sqrt(entities * weight * (1 - weight));
    expect(Math.abs(under - entities * weight)).toBeLessThan(5 * deviation);
  });

  it('is at least 0 and under 1, so that a growing weight moves entities to the challenger and never away from it', () => {
    fc.assert(fc.property(fc.string(), fc.string(), fc.double({ min: 0.001, max: 0.999, noNaN: true }), fc.double({ min: 0.001, max: 0.999, noNaN: true }), (origin, destination, one, other) => {
      const place = placeOf(model, flightOf(origin, destination));
      expect(place >= 0 && place < 1).toBe(true);
      const [less, more] = [Math.min(one, other), Math.max(one, other)];
      expect(place < less ? place < more : true).toBe(true);
    }));
  });
});
