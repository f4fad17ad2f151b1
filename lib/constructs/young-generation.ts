/**
 * Node's options for a function that answers requests: room for what a request leaves behind, none of which lives on.
 *
 * V8 collects its young generation when it is full, and the request that this falls into is one of the slow ones. Of three
 * spaces of this size, at most two are filled; a function with little memory gets less room.
 *
 * @param memoryMegabytes the function's memory
 */
export const youngGenerationOptions = (memoryMegabytes: number): string => `--max-semi-space-size=${2 ** Math.floor(Math.log2(Math.min(64, memoryMegabytes / 16)))}`;
