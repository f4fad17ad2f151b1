import type { LoadedVersion } from './model-file';

/** Rows of inputs: row after row, `width` numbers each. */
export interface Rows { readonly inputs: Float32Array; readonly width: number }

/**
 * Predicts rows with a version, a finite number for each.
 *
 * @throws Error when it gives fewer, more, or what is no number
 */
export const runVersion = async ({ predict }: Pick<LoadedVersion, 'predict'>, { inputs, width }: Rows, limitMilliseconds?: number): Promise<Float32Array> => {
  const outputs = await predict(inputs, width, limitMilliseconds);
  if (outputs.length !== inputs.length / width) throw new Error(`it gave ${outputs.length} predictions for ${inputs.length / width} rows`);
  if (outputs.some((output) => !Number.isFinite(output))) throw new Error('it gave a prediction that is no number');
  return outputs;
};
