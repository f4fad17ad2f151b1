/** Bytes that a part takes in a tile: of usual numbers, and at most. */
export interface PartSize { readonly expected: number; readonly largest: number }

/** Of a row's value with its time and identity: texts of usual length, and such as few producers send: a contract need not limit them. */
export const registerSize: PartSize = { expected: 84, largest: 2048 };
