import fc from 'fast-check';
import { deflateSync } from 'node:zlib';
import { writeFrame } from '../../../../core/contract/frame';
import { judge } from '../../../../core/contract/judge';
import type { KnownSchema } from '../../../../core/contract/schema-cache';
import { contractAvroSchema } from '../../../../core/contract/schemas/avro';
import { contractJsonSchema } from '../../../../core/contract/schemas/json';
import type { EventDefinition } from '../../../../core/manifest/manifest';
import type { SchemaRegistry } from '../../../../lib/runtime/schema-registry';
import { decodeAvro, encodeAvro } from '../../../../lib/runtime/wire/avro';
import { aggregate } from '../../../../lib/runtime/wire/kpl';
import { receivedFromKinesis } from '../../../../lib/runtime/kinesis-record';
import { receiveBatch } from '../../../../lib/runtime/wire/receive';
import type { ReceivedRecord } from '../../../../core/event/record';
import { arrival, contracts, manifest, shipped } from '../../../fixtures/contracts';

const event = manifest.events['order.shipped@v1'] as EventDefinition;
const avroText = JSON.stringify(contractAvroSchema(event));
const jsonText = JSON.stringify(contractJsonSchema(event));
const [avroId, jsonId, otherId] = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222', '33333333-3333-4333-8333-333333333333'] as const;

const version = (id: string, format: 'AVRO' | 'JSON', definition: string, createdAt = 0, schemaName = `order.shipped.${format.toLowerCase()}`): KnownSchema =>
  ({ kind: 'found', version: { id, schemaName, format, definition, versionNumber: 1, createdAt } });
const known = new Map<string, KnownSchema>([[avroId, version(avroId, 'AVRO', avroText)], [jsonId, version(jsonId, 'JSON', jsonText)]]);
const registryOf = (schemas: ReadonlyMap<string, KnownSchema> = known): SchemaRegistry => ({ kind: 'glue', resolve: (ids) => Promise.resolve(new Map([...ids].map((id) => [id, schemas.get(id) ?? { kind: 'missing' }]))) });
const noRegistry: SchemaRegistry = { kind: 'glue', resolve: () => { throw new Error('the registry was asked'); } };

const kinesis = (data: Uint8Array, sequence = 1): ReceivedRecord => receivedFromKinesis({
  eventID: `shardId-000000000000:${sequence}`, eventSourceARN: 'arn:aws:kinesis:us-east-1:000000000000:stream/s', eventName: 'aws:kinesis:record', eventSource: 'aws:kinesis', eventVersion: '1.0', awsRegion: 'us-east-1', invokeIdentityArn: '',
  kinesis: { kinesisSchemaVersion: '1.0', partitionKey: 'k', sequenceNumber: String(sequence), data: Buffer.from(data).toString('base64'), approximateArrivalTimestamp: arrival / 1000 },
});

const plain = Buffer.from(JSON.stringify(shipped({ parcels: 2 })));
const avroPayload = encodeAvro(avroText, { ...shipped({ parcels: 2 }) });
const frame = (payload: Uint8Array, id: string = avroId, compression: 'none' | 'zlib' = 'none'): Uint8Array => writeFrame({ registry: 'glue', schemaVersionId: id, compression, payload: compression === 'zlib' ? deflateSync(payload) : payload });

const verdicts = async (data: readonly Uint8Array[], registry = registryOf()): Promise<readonly string[]> => {
  const { records } = await receiveBatch(data.map((each, index) => kinesis(each, index + 1)), registry);
  return records.map((record) => {
    const judgement = judge(record, contracts);
    return judgement.accepted ? `${judgement.contract.name} ${String(judgement.event.data['parcels'])}` : judgement.rejection.code;
  });
};

describe('a batch of the stream', () => {
  it('says the same in every form', async () => {
    expect(await verdicts([plain, frame(avroPayload), frame(avroPayload, avroId, 'zlib'), frame(plain, jsonId), frame(plain, jsonId, 'zlib')])).toEqual(Array.from({ length: 5 }, () => 'order.shipped@v1 2'));
  });

  it('is read under the current contract when it was written by a newer compatible version that is none of ours', async () => {
    const newer = JSON.parse(avroText) as { fields: { name: string; type: { fields: object[] } }[] };
    newer.fields.at(-1)?.type.fields.push({ name: 'insured', type: ['null', 'boolean'], default: null });
    const text = JSON.stringify(newer);
    const schemas = new Map([[otherId, version(otherId, 'AVRO', text)]]);
    const { records: [record] } = await receiveBatch([kinesis(frame(encodeAvro(text, shipped({ parcels: 2, insured: true }, { dataschema: 'order.shipped/v9' })), otherId))], registryOf(schemas));
    expect(judge(record as NonNullable<typeof record>, contracts)).toMatchObject({ accepted: true, contract: { name: 'order.shipped@v1' }, event: { data: { parcels: 2, insured: true } } });
  });

  it('keeps with a record what stood beside its value, in a frame and with what was packed into it; of a packed record the key is its own', async () => {
    const beside = { key: Buffer.from([0xff]), headers: [{ name: 'trace', value: Buffer.from('ab') }] };
    const framed = { ...kinesis(frame(avroPayload)), ...beside };
    const { records } = await receiveBatch([framed, { ...kinesis(aggregate([{ partitionKey: 'a', data: plain }]), 2), ...beside }], registryOf());
    expect(records.map(({ partitionKey, key, headers }) => ({ partitionKey, key, headers }))).toEqual([{ partitionKey: 'k', ...beside }, { partitionKey: 'a', key: undefined, headers: beside.headers }]);
  });

  it('asks the registry for nothing when it is plain', async () => {
    expect(await verdicts([plain, plain], noRegistry)).toEqual(['order.shipped@v1 2', 'order.shipped@v1 2']);
  });

  it('has moments as text, and the event of an Avro payload as JSON', async () => {
    const { records: [record] } = await receiveBatch([kinesis(frame(avroPayload))], registryOf());
    const judgement = judge(record as NonNullable<typeof record>, contracts);
    expect(judgement.accepted && typeof judgement.text !== 'string' && JSON.parse(judgement.text())).toEqual({ ...shipped({ parcels: 2, constructor: null }), dataschema: null, recordedtime: null });
  });

  it('unpacks aggregates, each record with its place in them', async () => {
    const packed = aggregate([{ partitionKey: 'a', data: plain }, { partitionKey: 'b', data: frame(avroPayload) }, { partitionKey: 'a', data: Buffer.from('{') }]);
    const { records } = await receiveBatch([kinesis(packed, 7), kinesis(plain, 8)], registryOf());
    expect(records.map(({ position, partitionKey }) => [position.sequence, position.subSequence, partitionKey])).toEqual([['7', 0, 'a'], ['7', 1, 'b'], ['7', 2, 'a'], ['8', 0, 'k']]);
    expect(await verdicts([packed])).toEqual(['order.shipped@v1 2', 'order.shipped@v1 2', 'not_json']);
  });

  it('takes an aggregate whose checksum is wrong for what it is', async () => {
    const packed = Buffer.from(aggregate([{ partitionKey: 'a', data: plain }]));
    packed[10] = (packed[10] ?? 0) ^ 1;
    const { records } = await receiveBatch([kinesis(packed)], noRegistry);
    expect(records.map(({ data }) => Buffer.from(data as Uint8Array).equals(packed))).toEqual([true]);
  });

  it('takes an aggregate of very many records for what it is: one record that nobody can read', async () => {
    const packed = aggregate(Array.from({ length: 20_001 }, () => ({ partitionKey: 'a', data: Buffer.from('{') })));
    expect(await verdicts([packed])).toEqual(['not_utf8']);
  });

  it.each([
    ['a schema that is not registered', frame(avroPayload, otherId), 'unknown_schema'],
    ['a payload that is cut off', frame(avroPayload.subarray(0, -1)), 'not_avro'],
    ['something after the payload', frame(Buffer.concat([avroPayload, Buffer.from([0])])), 'not_avro'],
    ['a frame that is no more than its first byte', Buffer.from([3]), 'bad_frame'],
    ['a compression that there is not', Buffer.concat([Buffer.from([3, 9]), Buffer.alloc(20)]), 'bad_frame'],
    ['a compressed payload that is none', writeFrame({ registry: 'glue', schemaVersionId: avroId, compression: 'zlib', payload: avroPayload }), 'bad_frame'],
    ['a compressed payload with something after it', writeFrame({ registry: 'glue', schemaVersionId: jsonId, compression: 'zlib', payload: Buffer.concat([deflateSync(plain), Buffer.from('x')]) }), 'bad_frame'],
    ['a bomb', writeFrame({ registry: 'glue', schemaVersionId: jsonId, compression: 'zlib', payload: deflateSync(Buffer.alloc(100_000_000)) }), 'too_large'],
    ['text of a payload that is no UTF-8', frame(Buffer.from(avroPayload).fill(0xff, 5, 6)), 'not_utf8'],
    ['broken JSON in a frame', frame(Buffer.from('{'), jsonId), 'not_json'],
    ['an event of another type than the schema', frame(encodeAvro(avroText, { ...shipped(), type: 'order.placed' })), 'schema_mismatch'],
    ['a value that Avro can say and the contract does not allow', frame(encodeAvro(avroText, shipped({ weight: Number.NaN }))), 'out_of_range'],
  ])('rejects %s, and what stands beside it is not touched', async (_what, data, code) => {
    expect(await verdicts([plain, data, frame(avroPayload)])).toEqual(['order.shipped@v1 2', code, 'order.shipped@v1 2']);
  });

  it('judges an event by its own type where its registry has one id for one text, whichever types that is registered for', async () => {
    const text = version(otherId, 'AVRO', avroText, 0, 'order.placed.avro');
    const schemas = (isOneOfSeveral: boolean): SchemaRegistry => registryOf(new Map([[otherId, text.kind === 'found' && isOneOfSeveral ? { ...text, version: { ...text.version, isOneOfSeveral } } : text]]));
    expect([await verdicts([frame(avroPayload, otherId)], schemas(true)), await verdicts([frame(avroPayload, otherId)], schemas(false))]).toEqual([['order.shipped@v1 2'], ['schema_mismatch']]);
  });

  it('takes a schema that was registered after the event arrived for none, whoever asks and whenever', async () => {
    const later = new Map([[avroId, version(avroId, 'AVRO', avroText, arrival + 6 * 60_000)]]);
    expect(await verdicts([frame(avroPayload)], registryOf(later))).toEqual(['unknown_schema']);
  });

  it('stops at the first record whose schema the registry gives no answer for, and says what comes before', async () => {
    const failing = new Map<string, KnownSchema>([...known, [otherId, { kind: 'failing', error: new Error('no answer') }]]);
    const packed = aggregate([{ partitionKey: 'a', data: plain }, { partitionKey: 'b', data: frame(avroPayload, otherId) }]);
    const { records, blocked } = await receiveBatch([kinesis(plain, 1), kinesis(packed, 2), kinesis(plain, 3)], registryOf(failing));
    expect(records.map(({ position }) => position.sequence)).toEqual(['1']);
    expect(blocked).toMatchObject({ sequence: '2' });
  });

  it('never fails, whatever bytes come, and keeps every record', async () => {
    const framed = frame(avroPayload);
    const packed = aggregate([{ partitionKey: 'a', data: plain }, { partitionKey: 'b', data: framed }]);
    const mutated = fc.tuple(fc.constantFrom(framed, frame(plain, jsonId, 'zlib'), packed), fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 6 }), fc.nat(400))
      .map(([bytes, changes, cut]) => {
        const copy = Buffer.from(bytes);
        for (const [at, to] of changes) copy[at % copy.length] = to;
        return copy.subarray(0, Math.max(1, copy.length - (cut % 3 === 0 ? cut % copy.length : 0)));
      });
    await fc.assert(fc.asyncProperty(fc.oneof(mutated, fc.uint8Array({ minLength: 1, maxLength: 300 })), async (bytes) => {
      const answers = await verdicts([plain, bytes, plain]);
      expect(answers.length).toBeGreaterThanOrEqual(3);
      expect([answers[0], answers.at(-1)]).toEqual(['order.shipped@v1 2', 'order.shipped@v1 2']);
    }), { numRuns: 3000 });
  });
});

describe('lists of Avro', () => {
  const definition = JSON.stringify({ type: 'record', name: 'r', fields: [{ name: 'f', type: { type: 'array', items: { type: 'array', items: 'null' } } }] });

  it('that take no bytes are counted in all, as lists of lists make very many of a few', () => {
    const lists = (many: number, of: number) => encodeAvro(definition, { f: Array.from({ length: many }, () => Array.from({ length: of }, () => null)) });
    const verdict = (bytes: Uint8Array): string => { const found = decodeAvro(definition, bytes); return 'code' in found ? found.code : 'read'; };
    expect([verdict(lists(3, 60_000)), verdict(lists(5, 60_000))]).toEqual(['read', 'not_avro']);
  });
});
