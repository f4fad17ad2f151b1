/** Streaming features: plan a view, fold records into its state, read its windows. */
export { planView } from './plan';
export type { ViewPlan } from './plan';
export { emptyState, fold, foldHistory, prepareRecord } from './fold';
export type { FoldCounts, FoldOptions, FoldRecord, FoldResult, PreparedRecord } from './fold';
export { plansByEvent, prepareEvent } from './of-event';
export { decodeState, encodeState } from './state-codec';
export { featuresAt, isAnswerable, momentOf } from './read';
export type { FeatureValues } from './read';
export type { ViewState } from './state';
