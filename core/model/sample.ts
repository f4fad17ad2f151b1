import { hash } from 'node:crypto';
import type { ModelDefinition } from '../manifest/manifest';

/** The share of a model's predictions that are logged. */
export const loggedShare = ({ serving }: Pick<ModelDefinition, 'serving'>): number => serving?.log?.share ?? 1;

/** Bytes of the hash that become the number: as many as a double holds exactly. */
const bytes = 6;

/**
 * Whether a prediction is logged: by a hash of its id, so that the sample depends on nothing else that it may be counted by.
 * What shadows made of it is logged with it.
 */
export const isLogged = (model: Pick<ModelDefinition, 'serving'>, { predictionId, shadowOf }: { readonly predictionId: string; readonly shadowOf?: string }): boolean => {
  const share = loggedShare(model);
  return share === 1 || hash('sha256', shadowOf ?? predictionId, 'buffer').readUIntBE(0, bytes) / 2 ** (8 * bytes) < share;
};
