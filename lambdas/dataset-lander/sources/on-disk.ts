import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { CheckedFile } from './source';

/**
 * Writes a stream to disk.
 *
 * @param path of the file, in the place of one that is there
 * @returns the file with the SHA-256 (hex) of its bytes
 */
export const fileOnDisk = async (content: Readable, path: string): Promise<CheckedFile> => {
  const hash = createHash('sha256');
  await pipeline(content, async function* hashed(chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
  }, createWriteStream(path));
  const { size } = await stat(path);
  return {
    checksum: hash.digest('hex'),
    size,
    stream: () => createReadStream(path, { highWaterMark: 1024 * 1024 }),
    slice: async (start, end) => {
      const file = await open(path);
      try {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(end - start), 0, end - start, start);
        return buffer.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    },
  };
};
