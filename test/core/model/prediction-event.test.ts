import { inputFieldNames, predictionEventOf } from '../../../core/model/prediction-event';
import { airport, given, lateArrival as model, manifest } from '../../fixtures/flights';

describe('the event type of a model\'s predictions', () => {
  const definition = predictionEventOf(model, manifest.entities);

  it('has the model\'s version, and is the platform\'s own', () => {
    expect(definition).toMatchObject({ name: 'prediction.late_arrival', version: 1, platform: true, partitionBy: 'predictionId', knownAt: 'arrival' });
  });

  it('holds the entities\' keys, what was predicted, and every input, each of which can be absent', () => {
    expect(Object.keys(definition.fields).slice(0, 9)).toEqual(['predictionId', 'modelVersion', 'moment', 'prediction', 'origin__iata', 'destination__iata', 'newest_origin', 'newest_destination', 'watermarks']);
    expect(Object.keys(definition.fields).slice(9)).toEqual(model.inputs.map(({ name }) => name));
    expect(definition.fields).toMatchObject({ prediction: { scalar: 'float', optional: false }, origin__flights_1h: { scalar: 'int', optional: true }, origin__mean_delay_1h: { scalar: 'float', optional: true } });
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
