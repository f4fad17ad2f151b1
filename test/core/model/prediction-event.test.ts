import { inputFieldNames, predictionEventOf } from '../../../core/model/prediction-event';
import { judge } from '../../../core/contract/judge';
import { hashesOf } from '../../../core/manifest/difference';
import { airport, contracts, given, lateArrival as model, manifest } from '../../fixtures/flights';

describe('the event type of a model\'s predictions', () => {
  const definition = predictionEventOf(model, manifest.entities);

  it('has the model\'s version, and is the platform\'s own', () => {
    expect(definition).toMatchObject({ name: 'prediction.late_arrival', version: 1, platform: true, partitionBy: 'predictionId', knownAt: 'arrival' });
  });

  it('holds the entities\' keys, what was predicted, and every input, each of which can be absent', () => {
    expect(Object.keys(definition.fields).slice(0, 15)).toEqual(['predictionId', 'modelVersion', 'moment', 'prediction', 'origin__iata', 'destination__iata', 'newest_origin', 'newest_destination', 'watermarks', 'modelRole', 'shadowOf', 'logWeight', 'viewAges', 'manifestHash', 'exampleReference']);
    expect(Object.keys(definition.fields).slice(15)).toEqual(model.inputs.map(({ name }) => name));
    expect(definition.fields).toMatchObject({ prediction: { scalar: 'float', optional: false }, origin__flights_1h: { scalar: 'int', optional: true }, origin__mean_delay_1h: { scalar: 'float', optional: true } });
  });

  it('only ever gets fields that can be absent: events of former releases keep it too', () => {
    const required = Object.entries(definition.fields).filter(([, { optional }]) => !optional).map(([name]) => name);
    expect(required).toEqual(['predictionId', 'modelVersion', 'moment', 'prediction', 'origin__iata', 'destination__iata']);
    const former = { predictionId: 'p', modelVersion: 'a', moment: '2001-06-01T12:00:00.000Z', prediction: 0.5, origin__iata: 'ORD', destination__iata: 'JFK', watermarks: '{}' };
    const event = { specversion: '1.0', id: 'p', source: 'headrace/test/prediction-api', type: 'prediction.late_arrival', time: '2001-06-01T12:00:00.000Z', dataschema: 'urn:headrace:contract:prediction.late_arrival/v1', data: former };
    expect(judge({ position: { source: 's', shard: '0', sequence: '1', subSequence: 0 }, partitionKey: 'p', arrival: Date.parse(event.time), batchId: null, data: JSON.stringify(event) }, contracts)).toMatchObject({ accepted: true });
  });

  it('is no definition that a deploy compares: what the platform adds asks for no new version of the model', () => {
    expect(Object.keys(hashesOf(manifest)).filter((name) => name.startsWith('event/'))).toEqual(['event/flight.landed@v1']);
  });

  it('gives an input another name where the platform has a field of its name', () => {
    const first = given(model.inputs[0]);
    const clash = { ...model, inputs: [{ ...first, name: 'moment' }, { ...first, name: 'origin__iata' }, first] };
    expect(inputFieldNames(clash, manifest.entities)).toEqual(['input__moment', 'input__origin__iata', first.name]);
    expect(predictionEventOf(clash, manifest.entities).fields).toMatchObject({ moment: { scalar: 'timestamp', optional: false }, input__moment: { scalar: 'int', optional: true } });
  });

  it('marks as personal what repeats a personal key or request field', () => {
    const personal = { ...model, request: { ...model.request, distance: { ...given(model.request['distance']), personal: true } } };
    const fields = predictionEventOf(personal, { airport: { key: { iata: { ...given(airport.key['iata']), personal: true } } } }).fields;
    expect(Object.entries(fields).filter(([, field]) => field.personal).map(([name]) => name)).toEqual(['origin__iata', 'destination__iata', 'distance']);
  });
});
