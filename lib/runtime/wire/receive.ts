import { rejection } from '../../../core/contract/faults';
import type { Frame } from '../../../core/contract/frame';
import { isFramed, readFrame } from '../../../core/contract/frame';
import type { FrameSchema, Opened } from '../../../core/contract/opened';
import type { KnownSchema, SchemaVersion } from '../../../core/contract/schema-cache';
import type { ReceivedRecord } from '../../../core/event/record';
import { clockTolerance } from '../../../core/event/time';
import type { decodeAvro } from './avro';
import type { decodeProtobuf } from './protobuf';
import type { inflate } from './inflate';
import type { SchemaRegistry } from '../schema-registry';

/** A batch as it is judged. */
export interface ReceivedBatch {
  /** Records that can be judged, in the order of the shard. */
  readonly records: readonly ReceivedRecord[];
  /** The first record of the stream that cannot be judged yet, as the registry did not answer; it and all after it are not in `records`. */
  readonly blocked?: { readonly sequence: string; readonly error: unknown };
}

// An aggregate's first byte. Codecs are loaded when a batch needs them: most batches are plain JSON.
const firstOfAggregate = 0xf3;

const bytesOf = ({ data }: ReceivedRecord): Uint8Array => (typeof data === 'string' ? Buffer.from(data, 'utf8') : data);

/** The records that were packed into one, each with its place in it; a record that is no aggregate is itself. */
const unpacked = async (record: ReceivedRecord): Promise<readonly ReceivedRecord[]> => {
  const bytes = bytesOf(record);
  if (bytes[0] !== firstOfAggregate) return [record];
  const { deaggregate, isAggregated } = await import('./kpl');
  const inner = isAggregated(bytes) ? deaggregate(bytes) : undefined;
  const { key: _ofAll, ...around } = record;
  return inner?.map(({ partitionKey, data }, index) => ({ ...around, partitionKey, data, position: { ...record.position, subSequence: index } })) ?? [record];
};

const isFrame = (value: Frame | Opened): value is Frame => 'schemaVersionId' in value;

const frameOf = (record: ReceivedRecord, { kind }: SchemaRegistry): Frame | Opened | undefined => {
  // Rejected where it was received, whatever it holds.
  if (record.opened !== undefined) return undefined;
  const bytes = bytesOf(record);
  if (!isFramed(bytes)) return undefined;
  const frame = readFrame(bytes, kind);
  return 'code' in frame ? { rejection: frame } : frame;
};

const unknownSchema = (id: string, why?: string): Opened =>
  ({ rejection: rejection('unknown_schema', '', `the schema version ${id}${why === undefined ? '' : `, ${why}`}`, 'an available version in the registry of this environment, registered before the event was sent', 'register the schema first, and send the event again') });

/** A schema of ours, by its name `<type>.json`, `<type>.avro` or `<type>.proto`. */
const frameSchema = ({ id, schemaName, isOneOfSeveral, format, versionNumber, definition, references }: SchemaVersion): FrameSchema =>
  ({ format, versionId: id, versionNumber, definition, ...(references === undefined ? {} : { references }), type: schemaName.replace(/\.(?:json|avro|proto)$/u, ''), ...(isOneOfSeveral === undefined ? {} : { isOneOfSeveral }) });

/** The codecs that a batch needs. */
interface Codecs { readonly inflate?: typeof inflate; readonly decodeAvro?: typeof decodeAvro; readonly decodeProtobuf?: typeof decodeProtobuf }

const codecsFor = async (frames: readonly (Frame | Opened | undefined)[], known: ReadonlyMap<string, KnownSchema>): Promise<Codecs> => ({
  ...(frames.some((frame) => frame !== undefined && isFrame(frame) && frame.compression === 'zlib') ? { inflate: (await import('./inflate')).inflate } : {}),
  ...([...known.values()].some((schema) => schema.kind === 'found' && schema.version.format === 'AVRO') ? { decodeAvro: (await import('./avro')).decodeAvro } : {}),
  ...([...known.values()].some((schema) => schema.kind === 'found' && schema.version.format === 'PROTOBUF') ? { decodeProtobuf: (await import('./protobuf')).decodeProtobuf } : {}),
});

// One schema is met in every record of its producers.
const frameSchemas = new WeakMap<SchemaVersion, FrameSchema>();

const schemaOf = (version: SchemaVersion): FrameSchema => {
  const known = frameSchemas.get(version);
  if (known !== undefined) return known;
  const made = frameSchema(version);
  frameSchemas.set(version, made);
  return made;
};

const open = (frame: Frame, known: KnownSchema | undefined, arrival: number, codecs: Codecs): Opened => {
  // A version that was made after the event arrived is none: else who judges late would accept what others have refused.
  if (known?.kind !== 'found' || (known.version.createdAt ?? 0) > arrival + clockTolerance) return unknownSchema(frame.schemaVersionId, known?.kind === 'missing' ? known.why : undefined);
  const schema = schemaOf(known.version);
  const payload = frame.compression === 'zlib' && codecs.inflate !== undefined ? codecs.inflate(frame.payload) : frame.payload;
  if ('code' in payload) return { schema, rejection: payload };
  const decoded = schema.format === 'AVRO' ? codecs.decodeAvro?.(schema.definition, payload) : schema.format === 'PROTOBUF' ? codecs.decodeProtobuf?.(schema, frame.registry, payload) : undefined;
  if (decoded === undefined) return { schema, json: payload };
  return 'code' in decoded ? { schema, rejection: decoded } : { schema, value: decoded.value, text: decoded.text };
};

/**
 * Makes records of the stream ready to be judged: unpacks those that a producer library has packed into one, and takes
 * framed events out of their frames with the schemas that these name. What is plain JSON is left as it is, and costs nothing.
 *
 * @param received of one shard, in its order
 */
export const receiveBatch = async (received: readonly ReceivedRecord[], registry: SchemaRegistry): Promise<ReceivedBatch> => {
  const special = received.some((record) => bytesOf(record)[0] === firstOfAggregate);
  const records = special ? (await Promise.all(received.map(unpacked))).flat() : received;
  const frames = records.map((record) => frameOf(record, registry));
  const ids = frames.flatMap((frame) => (frame !== undefined && isFrame(frame) ? [frame.schemaVersionId] : []));
  if (frames.every((frame) => frame === undefined)) return { records };
  const known = ids.length === 0 ? new Map<string, KnownSchema>() : await registry.resolve(ids);
  const codecs = await codecsFor(frames, known);
  const opened: ReceivedRecord[] = [];
  for (const [index, record] of records.entries()) {
    const frame = frames[index];
    if (frame === undefined) { opened.push(record); continue; }
    const schema = isFrame(frame) ? known.get(frame.schemaVersionId) : undefined;
    if (isFrame(frame) && (schema === undefined || schema.kind === 'failing')) {
      // A whole record of the stream is tried again, with all that is packed into it.
      const { sequence } = record.position;
      return { records: opened.filter(({ position }) => position.sequence !== sequence), blocked: { sequence, error: schema?.error } };
    }
    opened.push({ ...record, opened: isFrame(frame) ? open(frame, schema, record.arrival, codecs) : frame });
  }
  return { records: opened };
};
