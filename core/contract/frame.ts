import { rejection } from './faults';
import type { Rejection } from './rejection';

/** The schema registries that an environment can have; each has a frame of its own. */
export type RegistryKind = 'glue' | 'confluent';

/** A record in the frame of a schema registry. */
export interface Frame {
  readonly registry: RegistryKind;
  /** Of the schema version that the payload was written with: a UUID in Glue's registry, a whole number in Confluent's. */
  readonly schemaVersionId: string;
  readonly compression: 'none' | 'zlib';
  /** What follows the header. In PROTOBUF it begins with the place of the message in its schema. */
  readonly payload: Uint8Array;
}

const registryNames: Readonly<Record<RegistryKind, string>> = { glue: 'the Glue Schema Registry', confluent: 'a Confluent schema registry' };
/** The first byte of a frame. */
const magicBytes: Readonly<Record<RegistryKind, number>> = { glue: 3, confluent: 0 };
/** Tab: below it no byte begins a text in JSON, which may only be led by a tab, a line break or a space. */
const firstOfText = 9;

const compressions = new Map<number, Frame['compression']>([[0, 'none'], [5, 'zlib']]);
const idStart = 2;
const glueHeaderBytes = 18;
const confluentHeaderBytes = 5;

/** Whether a record says that it is framed, by this registry or another: no JSON text begins with such a byte. */
export const isFramed = (bytes: Uint8Array): boolean => (bytes[0] ?? firstOfText) < firstOfText;

const uuidOf = (bytes: Uint8Array): string => {
  const digits = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join('-');
};

// Frames of one producer name one version: its text is made once.
let last: { readonly bytes: Buffer; readonly text: string } | undefined;

const isLast = (frame: Uint8Array): boolean => {
  if (last === undefined) return false;
  for (let index = idStart; index < glueHeaderBytes; index += 1) if (frame[index] !== last.bytes[index - idStart]) return false;
  return true;
};

const versionIdOf = (frame: Uint8Array): string => {
  if (last !== undefined && isLast(frame)) return last.text;
  const bytes = Buffer.from(frame.subarray(idStart, glueHeaderBytes));
  last = { bytes, text: uuidOf(bytes) };
  return last.text;
};

const faulty = (registry: RegistryKind, found: string, allowed: string): Rejection =>
  rejection('bad_frame', '', found, allowed, `write the record with a serializer of ${registryNames[registry]}, or send plain JSON`);

const tooShort = (registry: RegistryKind, bytes: Uint8Array, header: number): Rejection => faulty(registry, `a frame of ${bytes.length} bytes`, `a header of ${header} bytes and a payload`);

/** Each takes its own registry's frame apart. */
const readers: Readonly<Record<RegistryKind, (bytes: Uint8Array) => Frame | Rejection>> = {
  glue: (bytes) => {
    if (bytes.length < glueHeaderBytes) return tooShort('glue', bytes, glueHeaderBytes);
    const compression = compressions.get(bytes[1] ?? 0);
    if (compression === undefined) return faulty('glue', `the compression ${bytes[1] ?? 'nothing'}`, '0 (none) or 5 (zlib)');
    return { registry: 'glue', schemaVersionId: versionIdOf(bytes), compression, payload: bytes.subarray(glueHeaderBytes) };
  },
  confluent: (bytes) => {
    // A frame without a payload says nothing, in any format: not even that all fields are absent, which takes a byte.
    if (bytes.length <= confluentHeaderBytes) return tooShort('confluent', bytes, confluentHeaderBytes);
    const id = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readUInt32BE(1);
    return { registry: 'confluent', schemaVersionId: String(id), compression: 'none', payload: bytes.subarray(confluentHeaderBytes) };
  },
};

const kinds = ['glue', 'confluent'] as const;

/**
 * Takes a frame apart, by its first byte and not by trying: Glue's is the byte 3, the compression (0 none, 5 zlib), 16 bytes of
 * the schema version's id and the payload; Confluent's the byte 0, 4 bytes of the schema's id (big-endian) and the payload.
 * A frame of a registry that the environment does not have is rejected, whatever else it looks like.
 * Sources: the open AWS Glue Schema Registry library, its serializers' header constants; Confluent's documentation, "Wire format".
 *
 * @param bytes a record for which {@link isFramed} holds
 * @param registry of the environment; absent: any, for who only wants what is within
 */
export const readFrame = (bytes: Uint8Array, registry?: RegistryKind): Frame | Rejection => {
  const kind = kinds.find((each) => magicBytes[each] === bytes[0]);
  if (kind === undefined) return faulty(registry ?? 'glue', `the first byte ${bytes[0] ?? 'nothing'}, which begins no frame and no text`, kinds.filter((each) => registry === undefined || each === registry).map((each) => `${magicBytes[each]} (${registryNames[each]})`).join(', '));
  if (registry !== undefined && kind !== registry)
    return rejection('registry_not_configured', '', `a frame of ${registryNames[kind]}`, `frames of ${registryNames[registry]}, which is the registry of this environment`, 'send the event with the serializers of this environment\'s registry or as plain JSON, or name the other registry in environments.ts');
  return readers[kind](bytes);
};

/** Puts a frame together. */
export const writeFrame = ({ registry, schemaVersionId, compression, payload }: Frame): Uint8Array => {
  if (registry === 'glue') return Buffer.concat([Buffer.from([magicBytes.glue, compression === 'zlib' ? 5 : 0]), Buffer.from(schemaVersionId.replaceAll('-', ''), 'hex'), payload]);
  const header = Buffer.alloc(confluentHeaderBytes);
  header.writeUInt32BE(Number(schemaVersionId), 1);
  return Buffer.concat([header, payload]);
};
