import { curatedTableName } from './table';

/** The Iceberg table of the training sets of a model's version: a snapshot for each, tagged with the set's hash. */
export const trainingSetTable = ({ name, version }: { readonly name: string; readonly version: number }): string => `training_set_${curatedTableName(name)}_v${version}`;

/** Below where files of training sets stand in the features bucket. */
export const trainingSetsPrefix = 'training-sets/';
