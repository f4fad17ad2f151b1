import { rejection } from './faults';
import type { Rejection } from './rejection';

/** A record in the frame of the Glue Schema Registry. */
export interface Frame {
  /** UUID of the schema version that the payload was written with. */
  readonly schemaVersionId: string;
  readonly compression: 'none' | 'zlib';
  readonly payload: Uint8Array;
}

const headerByte = 3;
const compressions = new Map<number, Frame['compression']>([[0, 'none'], [5, 'zlib']]);
const idStart = 2;
const headerBytes = 18;

/** Whether a record says that it is framed: no JSON text begins with this byte. */
export const isFramed = (bytes: Uint8Array): boolean => bytes[0] === headerByte;

const uuidOf = (bytes: Uint8Array): string => {
  const digits = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join('-');
};

// Frames of one producer name one version: its text is made once.
let last: { readonly bytes: Buffer; readonly text: string } | undefined;

const isLast = (frame: Uint8Array): boolean => {
  if (last === undefined) return false;
  for (let index = idStart; index < headerBytes; index += 1) if (frame[index] !== last.bytes[index - idStart]) return false;
  return true;
};

const versionIdOf = (frame: Uint8Array): string => {
  if (last !== undefined && isLast(frame)) return last.text;
  const bytes = Buffer.from(frame.subarray(idStart, headerBytes));
  last = { bytes, text: uuidOf(bytes) };
  return last.text;
};

const faulty = (found: string, allowed: string): Rejection =>
  rejection('bad_frame', '', found, allowed, 'write the record with a serializer of the Glue Schema Registry, or send plain JSON');

/**
 * Takes a frame apart: the byte 3, the compression (0 none, 5 zlib), 16 bytes of the schema version's id, the payload.
 * Source: the open AWS Glue Schema Registry library, its serializers' header constants.
 *
 * @param bytes a record for which {@link isFramed} holds
 */
export const readFrame = (bytes: Uint8Array): Frame | Rejection => {
  if (bytes.length < headerBytes) return faulty(`a frame of ${bytes.length} bytes`, `a header of ${headerBytes} bytes and a payload`);
  const compression = compressions.get(bytes[1] ?? 0);
  if (compression === undefined) return faulty(`the compression ${bytes[1] ?? 'nothing'}`, '0 (none) or 5 (zlib)');
  return { schemaVersionId: versionIdOf(bytes), compression, payload: bytes.subarray(headerBytes) };
};

/** Puts a frame together. */
export const writeFrame = ({ schemaVersionId, compression, payload }: Frame): Uint8Array =>
  Buffer.concat([Buffer.from([headerByte, compression === 'zlib' ? 5 : 0]), Buffer.from(schemaVersionId.replaceAll('-', ''), 'hex'), payload]);
