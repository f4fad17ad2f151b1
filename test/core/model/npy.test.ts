import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { decodeNpy, encodeNpy } from '../../../core/model/npy';

const python = join(__dirname, '..', '..', '..', '.headrace', 'venv', 'bin', 'python');
const bitsOf = (numbers: Float32Array): readonly number[] => [...new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length)];

const rows = fc.integer({ min: 1, max: 40 }).chain((width) => fc.array(fc.array(fc.integer({ min: 0, max: 0xff_ff_ff_ff }), { minLength: width, maxLength: width }), { maxLength: 100 }).map((each) => ({ width, numbers: new Float32Array(Uint32Array.from(each.flat()).buffer) })));

describe('rows as a file of NumPy', () => {
  it('come back bit by bit, whatever the bits', () => {
    fc.assert(fc.property(rows, ({ width, numbers }) => { expect(bitsOf(decodeNpy(encodeNpy(numbers, width)))).toEqual(bitsOf(numbers)); }));
  });

  it('are read where they stand within a larger buffer', () => {
    const numbers = new Float32Array([9, 1.5, Number.NaN, -0]).subarray(1);
    expect(bitsOf(decodeNpy(encodeNpy(numbers, 3)))).toEqual(bitsOf(Float32Array.from(numbers)));
    const within = Buffer.concat([Buffer.from([1]), encodeNpy(numbers, 3)]).subarray(1);
    expect(bitsOf(decodeNpy(within))).toEqual(bitsOf(Float32Array.from(numbers)));
  });

  // The programs of the local cloud bring NumPy.
  it('are what NumPy reads and writes', () => {
    const numbers = new Float32Array([1, -2.5, Number.NaN, 3.4e38, 1e-45, 0]);
    const script = 'import sys, io, json, numpy\nrows = numpy.load(io.BytesIO(sys.stdin.buffer.read()), allow_pickle=False)\nassert rows.dtype == numpy.float32 and rows.shape == (2, 3), rows\nwritten = io.BytesIO()\nnumpy.save(written, rows.reshape(-1))\nsys.stdout.buffer.write(written.getvalue())';
    expect(bitsOf(decodeNpy(execFileSync(python, ['-c', script], { input: encodeNpy(numbers, 3) })))).toEqual(bitsOf(numbers));
  });

  it.each([['nothing', ''], ['no file of NumPy', 'predictions: 0.5'], ['numbers of another type', encodeNpy(new Float32Array([1]), 1).toString('latin1').replace('<f4', '<f8')]])('are refused when they are %s', (_what, text) => {
    expect(() => decodeNpy(Buffer.from(text, 'latin1'))).toThrow(/no file of NumPy|'<f8'/u);
  });
});
