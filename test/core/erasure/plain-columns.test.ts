import { plainColumns } from '../../../core/erasure/plain-columns';
import { manifest } from '../../fixtures/flights';

const given = <Value>(value: Value | undefined): Value => { if (value === undefined) throw new Error('not there'); return value; };

describe('what is nobody\'s in what is made for models', () => {
  const model = given(manifest.models['late_arrival@v1']);
  const airport = given(manifest.entities['airport']);

  it('is the key of an entity that is declared and not personal, in tables, training sets and predictions', () => {
    const plain = plainColumns(manifest);
    expect(Object.keys(plain)).toEqual(['training_set_late_arrival_v1', 'training-sets/late_arrival/v1/', 'scoring/late_arrival/v1/']);
    expect(plain['training_set_late_arrival_v1']).toEqual(['_entity_origin_iata', '_entity_destination_iata', '_moment', '_known_at', '_weight', '_label', ...model.inputs.map(({ name }) => name)]);
    expect(plain['training-sets/late_arrival/v1/']).toEqual(['entity.origin.iata', 'entity.destination.iata', 'example.moment', 'example.known', 'example.weight', 'example.label', ...model.inputs.map(({ name }) => name)]);
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

  it('is no key, input or label that is taken from a personal field, whatever it is called there', () => {
    const [landed, [requested]] = [given(manifest.events['flight.landed@v1']), Object.entries(model.examples.request).filter(([, node]) => node.kind === 'column')];
    const [name, node] = given(requested);
    const input = given(model.inputs.find(({ expression }) => expression.kind === 'request' && expression.name === name)).name;
    const personalField = (field: string) => ({ ...manifest, events: { ...manifest.events, 'flight.landed@v1': { ...landed, fields: { ...landed.fields, [field]: { ...given(landed.fields[field]), personal: true } } } } });
    const plainOf = (of: typeof manifest) => given(plainColumns(of)['training-sets/late_arrival/v1/']);
    const lost = (of: typeof manifest) => plainOf(manifest).filter((column) => !plainOf(of).includes(column));
    expect(lost(personalField('origin'))).toEqual(['entity.origin.iata']);
    expect(lost(personalField('delayMinutes'))).toEqual(['example.label']);
    expect(node).toMatchObject({ kind: 'column' });
    expect(lost(personalField(node.kind === 'column' ? node.name : ''))).toEqual([input]);
    expect(plainColumns(personalField(node.kind === 'column' ? node.name : ''))['training_set_late_arrival_v1']).not.toContain(input);
    expect(lost({ ...manifest, models: { 'late_arrival@v1': { ...model, request: { ...model.request, [name]: { ...given(model.request[name]), personal: true } } } } })).toEqual([input]);
    expect(lost({ ...manifest, events: {} })).toEqual(expect.arrayContaining(['entity.origin.iata', 'example.label', input]));
  });
});
