import { plainColumns } from '../../../core/erasure/plain-columns';
import { manifest } from '../../fixtures/flights';

const given = <Value>(value: Value | undefined): Value => { if (value === undefined) throw new Error('not there'); return value; };

describe('what is nobody\'s in what is made for models', () => {
  const model = given(manifest.models['late_arrival@v1']);
  const airport = given(manifest.entities['airport']);

  it('is the key of an entity that is declared and not personal, in tables, training sets and predictions', () => {
    const plain = plainColumns(manifest);
    expect(Object.keys(plain)).toEqual(['training_set_late_arrival_v1', 'training-sets/late_arrival/v1/', 'scoring/late_arrival/v1/']);
    expect(plain['training_set_late_arrival_v1']).toEqual(['_entity_origin_iata', '_entity_destination_iata']);
    expect(plain['training-sets/late_arrival/v1/']).toEqual(['entity.origin.iata', 'entity.destination.iata', 'example.moment', 'example.known', 'example.label', 'example.weight', ...model.inputs.map(({ name }) => name)]);
    expect(plain['scoring/late_arrival/v1/']).toEqual(expect.arrayContaining(['entity.origin.iata', 'origin__iata', 'prediction', '_batch_id']));
  });

  it('is not who sent an event or its id, nor the id that somebody gave a row', () => {
    const all = Object.values(plainColumns(manifest)).flat();
    expect(all).not.toContain('example.id');
    expect(all).not.toContain('example.source');
    expect(all).not.toContain('_row');
  });

  it('is no key that is personal, and nothing of a model that the definitions have no more', () => {
    const persons = { ...manifest, entities: { ...manifest.entities, airport: { ...airport, key: { iata: { ...given(airport.key['iata']), personal: true } } } } };
    expect(Object.values(plainColumns(persons)).flat().filter((column) => column.includes('iata'))).toEqual([]);
    expect(plainColumns({ ...manifest, models: {} })).toEqual({});
  });
});
