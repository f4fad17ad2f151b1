import { pipeline } from 'node:stream/promises';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import { extract, pack } from 'tar-stream';

/** Files that are the same have the same dates: so the same content gives the same archive. */
const dated = new Date(0);

/**
 * What an endpoint is started from: the program that serves, as the deploy left it, and with it the model file.
 *
 * @param program an archive (.tar.gz) of the program
 * @returns model.tar.gz
 */
export const packArchive = async (program: Uint8Array, modelFile: Uint8Array): Promise<Buffer> => {
  const [entries, packed] = [extract(), pack()];
  const archive = buffer(packed.pipe(createGzip({ level: 6 })));
  const copy = async (): Promise<void> => {
    for await (const entry of entries) {
      const { name, type, mode } = entry.header;
      const content = await buffer(entry);
      if (type === 'file') packed.entry({ name, mode: mode ?? 0o644, mtime: dated }, content);
    }
  };
  await Promise.all([pipeline(Readable.from([program]), createGunzip(), entries), copy()]);
  packed.entry({ name: 'model.onnx', mtime: dated, mode: 0o644 }, Buffer.from(modelFile));
  packed.finalize();
  return await archive;
};
