import { deflateSync, inflateSync } from 'node:zlib';
import { maximumEventBytes } from '../../../core/contract/decode';
import { rejection } from '../../../core/contract/faults';
import type { Rejection } from '../../../core/contract/rejection';

/** Room for what a payload usually becomes: the default of 16 KiB for each small event would wait for the garbage collector. */
const chunkFor = (payload: Uint8Array): number => Math.max(1024, Math.min(65_536, payload.length * 4));

/** Inflates a payload; never more than an event may have. */
export const inflate = (payload: Uint8Array): Uint8Array | Rejection => {
  try {
    const { buffer, engine } = inflateSync(payload, { maxOutputLength: maximumEventBytes, chunkSize: chunkFor(payload), info: true }) as unknown as { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };
    if (engine.bytesWritten !== payload.length) return rejection('bad_frame', '', `${payload.length - engine.bytesWritten} bytes after the compressed payload`, 'one zlib stream', 'send one event in a record');
    return buffer;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return rejection('too_large', '', `more than ${maximumEventBytes} bytes when inflated`, `at most ${maximumEventBytes} bytes`, 'split the event, or put the large part into an object store and send its address');
    return rejection('bad_frame', '', 'a payload that is no zlib stream, or is cut off', 'one zlib stream (RFC 1950)', 'compress the payload with zlib, or send it uncompressed');
  }
};

/** Compresses a payload as the registry's serializers do. */
export const deflate = (payload: Uint8Array): Uint8Array => deflateSync(payload);
