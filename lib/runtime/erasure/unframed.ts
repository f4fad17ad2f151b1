import { isFramed, readFrame } from '../../../core/contract/frame';
import { inflate } from '../wire/inflate';

/** What the frame of a record holds, inflated; a record without a frame, or with one that cannot be read, as it is. */
export const unframed = (bytes: Uint8Array): Uint8Array => {
  const frame = isFramed(bytes) ? readFrame(bytes) : undefined;
  if (frame === undefined || 'code' in frame) return bytes;
  const payload = frame.compression === 'zlib' ? inflate(frame.payload) : frame.payload;
  return 'code' in payload ? bytes : payload;
};
