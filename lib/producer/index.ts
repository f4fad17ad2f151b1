/** `headrace/producer`: puts events on the stream. */
export { createProducer } from './producer';
export type { DataOf, EventToSend, Producer, ProducerSettings } from './producer';
export { plainJson } from './encoding';
export { glueFrames } from './glue-encoding';
export type { GlueEncodingSettings } from './glue-encoding';
export type { EncodeEvent, SentEvent } from './encoding';
