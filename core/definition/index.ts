/** The definition language: events, datasets, entities, feature views and models, described once. */
export { boolean, float, int, optional, personal, string, timestamp } from './field';
export type { FieldType, Fields } from './field';
export { add, and, divide, eq, ge, gt, hourOfDay, le, lt, multiply, ne, not, or, subtract } from './expression';
export type { Columns, Expression } from './expression';
export { bucket, category, clip, coalesce, dayOfWeek, oneHot, squareRoot } from './transform';
export { count, current, distinct, first, last, max, mean, min, over, quantile, share, standardDeviation, sum, variance } from './aggregate';
export type { Aggregate, Features } from './aggregate';
export { between, fresh, holds, legible, present, references, rejected, rowCount, steady, unique, warns } from './expectation';
export type { Expectation } from './expectation';
export { dataset, entity, event } from './source';
export type { Dataset, Entity, Event, Source } from './source';
export { featureView } from './feature-view';
export type { FeatureView, Lookup, Slot } from './feature-view';
export { happens } from './label';
export type { Happens } from './label';
export { model } from './model';
export type { Inputs, Model } from './model';
export type { Scalar, Width } from './node';
