export * from '../examples/flights/definitions';
