import { createHash } from 'node:crypto';
import { loadServed, loadVersion } from '../../../../lib/runtime/model/model-file';
import { lateArrival as model } from '../../../fixtures/flights';

const folder = 'models/late_arrival/v1/a';
const file = Buffer.from('a model');
const metadata = { modelVersion: 'a', model: 'late_arrival', version: 1, inputsHash: model.inputsHash, inputs: model.inputs.map(({ name }) => name), checksum: createHash('sha256').update(file).digest('hex') };
const session = (value: number) => ({ predict: async () => new Float32Array([value]) });

/** What a bucket with these objects gives, and what opens them. */
const effects = (objects: Readonly<Record<string, Uint8Array>>) => ({ files: { read: async (key: string) => objects[key] }, open: async () => session(1), openEndpoint: () => session(2) });
const described = { [`${folder}/metadata.json`]: Buffer.from(JSON.stringify(metadata)) };

describe('a version', () => {
  it('is loaded with its file, or asked where its endpoint is', async () => {
    expect(await (await loadVersion(model, 'a', effects({ ...described, [`${folder}/model.onnx`]: file }))).predict(new Float32Array(), 1)).toEqual(new Float32Array([1]));
    expect(await (await loadServed(model, { modelVersion: 'a', endpoint: 'there' }, effects(described))).predict(new Float32Array(), 1)).toEqual(new Float32Array([2]));
  });

  it.each([
    ['its metadata', { [`${folder}/model.onnx`]: file }, /metadata\.json is not there/u],
    ['its file', described, /model\.onnx is not there/u],
    ['every bit of its file', { ...described, [`${folder}/model.onnx`]: Buffer.from('a modem') }, /the file was changed or broken/u],
  ])('is refused without %s', async (_what, objects, problem) => {
    await expect(loadVersion(model, 'a', effects(objects))).rejects.toThrow(problem);
  });
});
