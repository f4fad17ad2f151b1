import type { Role } from '../../core/model/roles';
import type { LoadedVersion } from '../../lib/runtime/model/model-file';
import type { Rows } from '../../lib/runtime/model/run-version';
import { runVersion } from '../../lib/runtime/model/run-version';
import type { ServingVersions } from './serving-versions';
import { within } from './within';

/** What one instance was predicted, by which version in which role. */
export interface Predicted { readonly prediction: number; readonly modelVersion: string; readonly role: Role }

/** Told of a version that could not predict, while the answer goes on without it. */
export type ComplainOfVersion = (role: Role, modelVersion: string, error: unknown) => void;

const take = ({ inputs, width }: Rows, indexes: readonly number[]): Rows => {
  const taken = new Float32Array(indexes.length * width);
  for (const [row, index] of indexes.entries()) taken.set(inputs.subarray(index * width, (index + 1) * width), row * width);
  return { inputs: taken, width };
};

/**
 * Predicts each instance with the version that answers it: the challenger where the instance's place is under its weight,
 * else the champion. A challenger that cannot predict is told, and the champion answers for its instances too. Of the time
 * that there is for both, the challenger has half: the API would give up on a request that waits for each in full.
 *
 * @param placeAt where the instance of a row stands, at least 0 and under 1; asked for where there is a challenger
 * @param longestMilliseconds how long both are waited for together, where endpoints predict
 * @throws Error when the champion cannot predict
 */
export const predictRows = async ({ champion, challenger }: ServingVersions, rows: Rows, placeAt: (row: number) => number, complain: ComplainOfVersion, longestMilliseconds?: number): Promise<readonly Predicted[]> => {
  const begun = performance.now();
  const count = rows.inputs.length / rows.width;
  const predicted: (Predicted | undefined)[] = Array.from({ length: count });
  const runOn = async (version: LoadedVersion, role: Role, indexes: readonly number[], limitMilliseconds: number | undefined): Promise<void> => {
    if (indexes.length === 0) return;
    // All rows are one run as they are: without a split nothing is copied.
    const outputs = await runVersion(version, indexes.length === count ? rows : take(rows, indexes), limitMilliseconds);
    for (const [row, index] of indexes.entries()) predicted[index] = { prediction: outputs[row] ?? Number.NaN, modelVersion: version.modelVersion, role };
  };
  if (challenger) {
    try {
      await runOn(challenger.version, 'challenger', [...predicted.keys()].filter((index) => placeAt(index) < challenger.weight), longestMilliseconds && Math.ceil(longestMilliseconds / 2));
    } catch (error) {
      complain('challenger', challenger.version.modelVersion, error);
    }
  }
  try {
    await runOn(champion, 'champion', [...predicted.keys()].filter((index) => predicted[index] === undefined), longestMilliseconds && Math.max(1, Math.round(longestMilliseconds - (performance.now() - begun))));
  } catch (error) {
    throw new Error(`version ${champion.modelVersion} could not predict; promote another version, or roll back`, { cause: error });
  }
  return predicted.filter((each) => each !== undefined);
};

/** What a shadow predicted of each row. */
export interface Shadowed { readonly modelVersion: string; readonly predictions: Float32Array }

/** Predicts all rows with each shadow. One that cannot is told, and nobody waits for one that takes longer than the limit. */
export const shadowRows = async ({ shadows }: ServingVersions, rows: Rows, limitMilliseconds: number, complain: ComplainOfVersion): Promise<readonly Shadowed[]> => {
  const done = await Promise.all(shadows.map(async (shadow): Promise<Shadowed | undefined> => {
    try {
      const predictions = await within(runVersion(shadow, rows), limitMilliseconds);
      if (predictions === 'late') throw new Error(`it took longer than ${limitMilliseconds} ms`);
      return { modelVersion: shadow.modelVersion, predictions };
    } catch (error) {
      complain('shadow', shadow.modelVersion, error);
      return undefined;
    }
  }));
  return done.filter((each) => each !== undefined);
};
