import type { TrainingSetReference } from '../../lib/runtime/training/steps';

/** Why there is no training set: what a retry may mend is thrown. */
export interface Refused { readonly outcome: 'refused'; readonly refusal: string }

/** A training set and the table that is to take it, or why there is none. */
export type BuiltSet = ({ readonly outcome: 'done'; readonly committed: { readonly model: string; readonly version: number; readonly table: string } } & TrainingSetReference) | Refused;
