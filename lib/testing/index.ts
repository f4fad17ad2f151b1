/** `headrace/testing`: features from a handful of events, and training sets, for the tests of a project. */
export * from '../../core/testing';
export { openTrainingSet } from './training-set';
export type { KeptTrainingSet, OpenedTrainingSet, TrainingSetPlace, TrainingValue } from './training-set';
