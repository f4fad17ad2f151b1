import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** SHA-256 (hex) of a file, which may be larger than memory. */
export const fileHash = async (file: string): Promise<string> => {
  const hash = createHash('sha256');
  for await (const content of createReadStream(file)) hash.update(content as Buffer);
  return hash.digest('hex');
};
