/** Streaming features: plan a view, fold records into its state, read its windows. */
export { floorHop, hopOf, windowOf, windowStart } from './hop';
export type { Window } from './hop';
export { planView } from './plan';
export type { ViewPlan } from './plan';
export { emptyState, fold, foldHistory, prepareRecord } from './fold';
export type { FoldCounts, FoldOptions, FoldRecord, FoldResult, PreparedRecord } from './fold';
export { decodeState, encodeState } from './state-codec';
export { featuresAt, isAnswerable, momentOf } from './read';
export type { FeatureValues } from './read';
export type { ViewState, Watermark } from './state';
