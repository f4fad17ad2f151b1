import { execFileSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packArchive } from '../../../../lib/runtime/endpoint/archive';

let directory = '';
beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'headrace-archive-')); });
afterEach(() => { rmSync(directory, { recursive: true, force: true }); });

/** The program as a deploy leaves it: folders, an empty file, and one that is larger than a block of an archive. */
const program = (): Buffer => {
  mkdirSync(join(directory, 'code', 'deep'), { recursive: true });
  writeFileSync(join(directory, 'code', 'inference.py'), 'x'.repeat(100_000));
  writeFileSync(join(directory, 'code', 'deep', 'empty'), '');
  execFileSync('tar', ['-czf', join(directory, 'program.tar.gz'), '-C', directory, 'code']);
  return readFileSync(join(directory, 'program.tar.gz'));
};

describe('what an endpoint is started from', () => {
  it('holds the program as it was and the model file, for whoever reads archives', async () => {
    const model = Buffer.from(Array.from({ length: 3000 }, (_, index) => index % 256));
    writeFileSync(join(directory, 'model.tar.gz'), await packArchive(program(), model));
    mkdirSync(join(directory, 'unpacked'));
    execFileSync('tar', ['-xzf', join(directory, 'model.tar.gz'), '-C', join(directory, 'unpacked')]);
    expect(readFileSync(join(directory, 'unpacked', 'model.onnx'))).toEqual(model);
    for (const file of ['inference.py', 'deep/empty']) expect(readFileSync(join(directory, 'unpacked', 'code', file))).toEqual(readFileSync(join(directory, 'code', file)));
  });

  it('is the same for the same', async () => {
    const code = program();
    expect(await packArchive(code, Buffer.from('model'))).toEqual(await packArchive(code, Buffer.from('model')));
  });

  it('is nothing when the program is broken', async () => {
    await expect(packArchive(program().subarray(0, 300), Buffer.from('model'))).rejects.toThrow(/unexpected end/iu);
  });
});
