/*
 * NumPy's file format, as far as rows of float32 need it: what SageMaker's containers know as `application/x-npy`. It keeps
 * every bit of a number, NaN among them, and says how many rows there are.
 * Source: NumPy reference, "numpy.lib.format" (version 1.0).
 */

const magic = Buffer.from('\u0093NUMPY\u0001\u0000', 'latin1');
/** The numbers begin at a multiple of this. */
const alignment = 64;

/** What the format is called between clients and endpoints. */
export const npyContentType = 'application/x-npy';

/** @param inputs row after row, `width` numbers each */
export const encodeNpy = (inputs: Float32Array, width: number): Buffer => {
  const description = `{'descr': '<f4', 'fortran_order': False, 'shape': (${inputs.length / width}, ${width}), }`;
  const length = Math.ceil((magic.length + 2 + description.length + 1) / alignment) * alignment - magic.length - 2;
  const header = Buffer.alloc(magic.length + 2);
  magic.copy(header);
  header.writeUInt16LE(length, magic.length);
  const numbers = Buffer.alloc(inputs.length * 4);
  // The bits as they are: a NaN that is written as a number may become another.
  const bits = new Uint32Array(inputs.buffer, inputs.byteOffset, inputs.length);
  for (const [index, each] of bits.entries()) numbers.writeUInt32LE(each, index * 4);
  return Buffer.concat([header, Buffer.from(`${description.padEnd(length - 1)}\n`, 'latin1'), numbers]);
};

/**
 * The float32 numbers of a file, whatever their shape.
 *
 * @throws Error when it is none, or holds other numbers
 */
export const decodeNpy = (file: Uint8Array): Float32Array => {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.length < magic.length + 2 || !bytes.subarray(0, magic.length).equals(magic)) throw new Error(`it is no file of NumPy's format 1.0; it begins with ${bytes.subarray(0, 8).toString('hex')}`);
  const start = magic.length + 2 + bytes.readUInt16LE(magic.length);
  const description = bytes.subarray(magic.length + 2, start).toString('latin1').trim();
  if (!/'descr': '<f4'/u.test(description)) throw new Error(`it holds ${description}; expected are numbers of '<f4'`);
  const numbers = new Float32Array((bytes.length - start) / 4);
  const bits = new Uint32Array(numbers.buffer);
  for (const index of bits.keys()) bits[index] = bytes.readUInt32LE(start + index * 4);
  return numbers;
};
