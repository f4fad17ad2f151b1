import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Context } from '../../../cli/context';
import { modelNamed } from '../../../cli/training/training-set';
import type { ModelDefinition } from '../../../core/manifest/manifest';
import type { ModelMetadata } from '../../../core/model/artefact';
import { signedFetch } from '../../../lib/runtime/signed-request';
import type { LocalCloud } from '../../../local/cloud';
import { startLocalCloud } from '../../../local/cloud';
import { tinyModel } from '../../fixtures/tiny-model';
import { keepFileAs } from './kept-version';
import { deployProject, emptyHome, generatedProject } from './generated-project';

const root = join(__dirname, '..', '..', '..');
const home = join(root, '.headrace', 'serving');
const port = 4693;

/** A small model of landings, deployed into a local cloud of its own. */
export interface Serving { readonly cloud: LocalCloud; readonly context: Context; readonly model: ModelDefinition }

/** Starts an empty local cloud and deploys the definitions of test/fixtures/serving into it. */
export const startServing = async (): Promise<Serving> => {
  await emptyHome(home, port);
  const cloud = await startLocalCloud({ home, port });
  process.env['AWS_ENDPOINT_URL'] = cloud.endpoint;
  try {
    const context = await deployProject(generatedProject(home, 'serving/definitions.ts'));
    return { cloud, context, model: modelNamed(context.manifest, 'late') };
  } catch (error) {
    await cloud.stop();
    throw error;
  }
};

/** Keeps a version as a training does: of a probability, or of weights of the inputs, nothing for all unless they are given. */
export const placeVersion = async ({ context, model }: Serving, modelVersion: string, probability: number, weights: readonly number[] = model.inputs.map(() => 0), evaluation?: NonNullable<ModelMetadata['evaluation']>): Promise<void> => {
  const content = Buffer.from(tinyModel(weights, Math.log(probability / (1 - probability))));
  await keepFileAs(context, model, modelVersion, content, evaluation);
};

/** One prediction as it was answered. */
export interface Predicted { readonly airport: string; readonly predictionId: string; readonly prediction: number; readonly modelVersion: string; readonly role: string }

/** Asks for a prediction for each airport. @throws Error when the answer is no 200 */
export const predict = async ({ context }: Serving, airports: readonly string[]): Promise<readonly Predicted[]> => {
  const { status, body } = await signedFetch(context, '/v1/models/late/predictions', { instances: airports.map((origin) => ({ entities: { origin }, request: { distance: 600 } })) });
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
  return (body as { readonly predictions: readonly Omit<Predicted, 'airport'>[] }).predictions.map((each, index) => ({ airport: airports[index] ?? '', ...each }));
};

/** Requests that go on, one after another, until they are stopped. */
export interface Traffic {
  readonly answered: Predicted[];
  readonly failed: string[];
  /** Waits until the newest answers are as they should be. */
  readonly until: (what: (newest: readonly Predicted[]) => boolean) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Asks for the same airports again and again, ten at a time. */
export const startTraffic = (serving: Serving, airports: readonly string[]): Traffic => {
  const stopped = new AbortController();
  const [answered, failed]: [Predicted[], string[]] = [[], []];
  const work = (async () => {
    for (let start = 0; !stopped.signal.aborted; start = (start + 10) % airports.length) {
      try { answered.push(...await predict(serving, airports.slice(start, start + 10))); } catch (error) { failed.push(String(error)); }
      await pause(10);
    }
  })();
  return {
    answered, failed,
    until: async (what) => {
      const [from, deadline] = [answered.length, Date.now() + 60_000];
      const newest = (): readonly Predicted[] => answered.slice(Math.max(from, answered.length - airports.length));
      while (newest().length < airports.length || !what(newest())) {
        if (Date.now() > deadline) throw new Error(`It did not come to it within a minute; the newest answers: ${JSON.stringify(newest().slice(-3))}; failed: ${failed.slice(-3).join('; ')}`);
        await pause(50);
      }
    },
    stop: async () => {
      stopped.abort();
      await work;
    },
  };
};
