import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { writeFrame } from '../../core/contract/frame';
import { judge } from '../../core/contract/judge';
import type { KnownSchema } from '../../core/contract/schema-cache';
import { contractAvroSchema } from '../../core/contract/schemas/avro';
import { contractJsonSchema } from '../../core/contract/schemas/json';
import type { EventDefinition } from '../../core/manifest/manifest';
import type { SchemaRegistry } from '../../lib/runtime/schema-registry';
import { encodeAvro } from '../../lib/runtime/wire/avro';
import { aggregate } from '../../lib/runtime/wire/kpl';
import { receivedFromKinesis } from '../../lib/runtime/kinesis-record';
import { receiveBatch } from '../../lib/runtime/wire/receive';
import type { ReceivedRecord } from '../../core/event/record';
import { arrival, contracts, manifest, shipped } from '../fixtures/contracts';

const event = manifest.events['order.shipped@v1'] as EventDefinition;
const definitions = { AVRO: JSON.stringify(contractAvroSchema(event)), JSON: JSON.stringify(contractJsonSchema(event)) };
const ids = { AVRO: '11111111-1111-4111-8111-111111111111', JSON: '22222222-2222-4222-8222-222222222222' };
const known = new Map((['AVRO', 'JSON'] as const).map((format): [string, KnownSchema] => [ids[format],
  { kind: 'found', version: { id: ids[format], schemaName: `order.shipped.${format.toLowerCase()}`, format, definition: definitions[format], versionNumber: 1, createdAt: 0 } }]));
const registry: SchemaRegistry = { kind: 'glue', resolve: (asked) => Promise.resolve(new Map([...asked].map((id) => [id, known.get(id) ?? { kind: 'missing' }]))) };

const plain = Buffer.from(JSON.stringify(shipped()));
const payloads = { AVRO: encodeAvro(definitions.AVRO, shipped()), JSON: plain };
const frame = (format: 'AVRO' | 'JSON', compression: 'none' | 'zlib'): Uint8Array => writeFrame({ registry: 'glue', schemaVersionId: ids[format], compression, payload: compression === 'zlib' ? deflateSync(payloads[format]) : payloads[format] });
const framed = (['AVRO', 'JSON'] as const).flatMap((format) => (['none', 'zlib'] as const).map((compression) => frame(format, compression)));
const packed = aggregate([{ partitionKey: 'a', data: plain }, { partitionKey: 'b', data: frame('AVRO', 'none') }]);

/** Frames and aggregates in which some bytes are others, or the end is gone. */
export const anyFrame: fc.Arbitrary<Uint8Array> = fc.tuple(fc.constantFrom(...framed, packed), fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 6 }), fc.option(fc.nat(400))).map(([bytes, changes, cut]) => {
  const copy = Buffer.from(bytes);
  for (const [at, to] of changes) copy[at % copy.length] = to;
  return copy.subarray(0, cut === null ? copy.length : Math.max(1, cut % copy.length));
});

const kinesis = (data: Uint8Array, sequence: number): ReceivedRecord => receivedFromKinesis({
  eventID: `shardId-000000000000:${sequence}`, eventSourceARN: 'arn:aws:kinesis:us-east-1:000000000000:stream/s', eventName: 'aws:kinesis:record', eventSource: 'aws:kinesis', eventVersion: '1.0', awsRegion: 'us-east-1', invokeIdentityArn: '',
  kinesis: { kinesisSchemaVersion: '1.0', partitionKey: 'k', sequenceNumber: String(sequence), data: Buffer.from(data).toString('base64'), approximateArrivalTimestamp: arrival / 1000 },
});

/** A record between two good ones: it is received whole, they are accepted, and nothing fails. */
export const isReceivedRightly = async (data: Uint8Array): Promise<boolean> => {
  const { records, blocked } = await receiveBatch([plain, data, plain].map((each, index) => kinesis(each, index + 1)), registry);
  const judgements = records.map((each) => judge(each, contracts));
  return blocked === undefined && records.length >= 3 && judgements[0]?.accepted === true && judgements.at(-1)?.accepted === true;
};
