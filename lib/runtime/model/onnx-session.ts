import type { ModelDefinition } from '../../../core/manifest/manifest';
import type { Session } from './model-file';
import { Refused } from './model-file';

/** Name of the one input of a model file: float32, rows by inputs. */
const inputName = 'inputs';
/** Name of the output that is read, by what the model predicts. */
const outputName = (model: ModelDefinition): string => (model.predicts === 'probability' ? 'probability' : 'prediction');

/** Whether the file's shape, where it fixes one, has a column for each input. */
const fitsWidth = (metadata: { readonly isTensor: boolean; readonly shape?: readonly (number | string)[] } | undefined, width: number): boolean => {
  const columns = metadata?.isTensor ? metadata.shape?.[1] : undefined;
  return typeof columns !== 'number' || columns === width;
};

/**
 * Opens an ONNX file in this process. The runtime is loaded with the first model, so that feature queries never wait for it.
 *
 * @throws Refused when the file's input or output is not what the model's definition needs
 */
export const openOnnx = async (file: Uint8Array, model: ModelDefinition): Promise<Session> => {
  if (typeof model.predicts === 'object') throw new Refused('it predicts classes, which are not served yet; predict a probability or a number');
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  // One thread: a Lambda has one or two cores, and a run of a hundred rows is shorter than waking another thread.
  const session = await InferenceSession.create(file, { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: 'sequential', graphOptimizationLevel: 'all' });
  const output = outputName(model);
  if (session.inputNames.length !== 1 || session.inputNames[0] !== inputName) throw new Refused(`it has the inputs ${session.inputNames.join(', ')}; it must have one, named ${inputName}`);
  if (!session.outputNames.includes(output)) throw new Refused(`it has the outputs ${session.outputNames.join(', ')}; one must be named ${output}`);
  if (!fitsWidth(session.inputMetadata[0], model.inputs.length)) throw new Refused(`it does not take the ${model.inputs.length} inputs of the model`);
  return {
    predict: async (inputs, width) => {
      const rows = inputs.length / width;
      const results = await session.run({ [inputName]: new Tensor('float32', inputs, [rows, width]) }, [output]);
      const data = results[output]?.data;
      if (!(data instanceof Float32Array) || data.length !== rows) throw new Error(`the model file gave ${data?.length ?? 'no'} predictions for ${rows} rows; it must give one float32 a row`);
      return data;
    },
  };
};
