/** `headrace/producer`: puts events on the stream. */
export { createProducer } from './producer';
export type { DataOf, EventToSend, Producer, ProducerSettings } from './producer';
export { plainJson } from './encoding';
export type { EncodeEvent, SentEvent } from './encoding';
