import { deflateSync } from 'node:zlib';
import { create, fromJson, toBinary } from '@bufbuild/protobuf';
import { writeFrame, type RegistryKind } from '../../core/contract/frame';
import { readProtobuf } from '../../core/contract/protobuf/link';
import { protobufText } from '../../core/contract/protobuf/text';
import { contractAvroSchema } from '../../core/contract/schemas/avro';
import { contractJsonSchema } from '../../core/contract/schemas/json';
import { contractProtobufSchema } from '../../core/contract/schemas/protobuf';
import { encodeAvro } from '../../lib/runtime/wire/avro';
import { typesOf } from '../../lib/runtime/wire/protobuf-descriptor';
import { corpus } from '../core/contract/hostile/corpus';
import { arrival, manifest, order, shipped } from '../fixtures/contracts';
import { given } from '../fixtures/flights';

/** A record that an engine is given; what becomes of it is the same in all. */
export interface ContractCase {
  readonly name: string;
  /** Null where the producer sent none. */
  readonly value: Uint8Array | null;
  readonly key: string | Uint8Array | null;
  /** A value is null where the producer sent none. */
  readonly headers?: readonly (readonly [name: string, value: Uint8Array | null])[];
  readonly arrival: number;
  readonly timestampType: 'LOG_APPEND_TIME' | 'CREATE_TIME';
}

const event = given(manifest.events['order.shipped@v1']);
const avro = JSON.stringify(contractAvroSchema(event));
const json = JSON.stringify(contractJsonSchema(event));
const protobuf = protobufText(contractProtobufSchema(event, [event]));

/** Schemas of `order.shipped` as a registry holds them, by the id that frames name. */
export const schemas = {
  glue: {
    '11111111-1111-4111-8111-111111111111': { format: 'AVRO', definition: avro },
    '22222222-2222-4222-8222-222222222222': { format: 'JSON', definition: json },
    '33333333-3333-4333-8333-333333333333': { format: 'PROTOBUF', definition: protobuf },
  },
  confluent: { 1: { format: 'AVRO', definition: avro }, 2: { format: 'JSON', definition: json }, 3: { format: 'PROTOBUF', definition: protobuf } },
} as const;

const protobufBytes = (): Uint8Array => {
  const document = readProtobuf(protobuf);
  if ('problem' in document) throw new Error(document.problem);
  const type = given(typesOf(document).getMessage('order.shipped'));
  create(type);
  return toBinary(type, fromJson(type, { ...shipped({ parcels: '3' }) } as Parameters<typeof fromJson>[1]));
};

const plain = (body: unknown): Uint8Array => Buffer.from(JSON.stringify(body), 'utf8');
const of = (name: string, value: Uint8Array | null, more: Partial<ContractCase> = {}): ContractCase => ({ name, value, key: 'AB-1', arrival, timestampType: 'LOG_APPEND_TIME', ...more });

/** Frames of one registry: whole, broken in every place, and those of the other one. */
const frames = (registry: RegistryKind): readonly ContractCase[] => {
  const [avroId = '', jsonId = '', protobufId = ''] = Object.keys(schemas[registry]);
  const index = Buffer.from([0]);
  const payloads = { avro: [avroId, encodeAvro(avro, { ...shipped({ parcels: 2 }) })], json: [jsonId, plain(shipped({ parcels: 2 }))], protobuf: [protobufId, Buffer.concat([index, protobufBytes()])] } as const;
  const frame = (schemaVersionId: string, payload: Uint8Array, compression: 'none' | 'zlib' = 'none'): Uint8Array =>
    writeFrame({ registry, schemaVersionId, compression, payload: compression === 'zlib' ? deflateSync(payload) : payload });
  const other = registry === 'glue' ? 'confluent' : 'glue';
  const unknown = registry === 'glue' ? '99999999-9999-4999-8999-999999999999' : '99';
  return Object.entries(payloads).flatMap(([format, [id, payload]]) => [
    of(`${format} in a frame of ${registry}`, frame(id, payload)),
    ...(registry === 'glue' ? [of(`${format} in a frame of glue, compressed`, frame(id, payload, 'zlib')), of(`${format} compressed and cut off`, frame(id, payload, 'zlib').subarray(0, -6))] : []),
    of(`${format} cut off in a frame of ${registry}`, frame(id, payload).subarray(0, -3)),
    of(`${format} with a byte more in a frame of ${registry}`, Buffer.concat([frame(id, payload), Buffer.from([0xff])])),
    of(`${format} under an id that ${registry} does not know`, frame(unknown, payload)),
    of(`${format} under the id of another format of ${registry}`, frame(id === avroId ? protobufId : avroId, payload)),
    of(`${format} in a frame of ${other}`, writeFrame({ registry: other, schemaVersionId: Object.keys(schemas[other])[0] ?? '', compression: 'none', payload })),
  ]).concat([
    of(`a frame of ${registry} that ends in its header`, frame(avroId, Buffer.alloc(0)).subarray(0, 4)),
    of(`a frame of ${registry} without a payload`, frame(avroId, Buffer.alloc(0))),
    ...[1, 2, 4, 8].map((first) => of(`${registry}: the first byte ${first}, which is none of a registry's`, Buffer.concat([Buffer.from([first]), frame(avroId, payloads.avro[1]).subarray(1)]))),
    ...(registry === 'glue' ? [of('a compression that there is not', Buffer.concat([Buffer.from([3, 7]), frame(avroId, payloads.avro[1]).subarray(2)]))] : []),
  ]);
};

const times: readonly ContractCase[] = [
  of('a time that the producer wrote', plain(order()), { timestampType: 'CREATE_TIME' }),
  of('a time that the producer wrote, of what is no event', Buffer.from('{'), { timestampType: 'CREATE_TIME' }),
  of('an event that happens when it is known', plain(order({}, { time: new Date(arrival).toISOString() }))),
  of('an event a minute ahead', plain(order({}, { time: new Date(arrival + 60_000).toISOString() }))),
  of('an event five minutes ahead', plain(order({}, { time: new Date(arrival + 300_000).toISOString() }))),
  of('an event more than five minutes ahead', plain(order({}, { time: new Date(arrival + 300_001).toISOString() }))),
  of('what was recorded before it arrived', plain(shipped({}, { recordedtime: '2026-02-01T08:00:01.000Z' }))),
  of('what was recorded after it arrived', plain(shipped({}, { recordedtime: new Date(arrival + 60_000).toISOString() }))),
  of('a recorded time that is none', plain(shipped({}, { recordedtime: 'then' }))),
  of('a version before it is active', plain(order({ currency: 'EUR' }, { dataschema: 'order.placed/v2' })), { arrival: Date.parse('2026-02-01T00:00:00.000Z') }),
  of('a version when it is active', plain(order({ currency: 'EUR' }, { dataschema: 'order.placed/v2' }))),
  of('no version, so the newest', plain(order({ currency: 'EUR' }, { dataschema: undefined }))),
  of('no version, before the newest was active', plain(order({}, { dataschema: undefined, time: '2026-01-31T23:59:00.000Z' })), { arrival: Date.parse('2026-02-01T00:00:00.000Z') }),
  of('the last millisecond of a day', plain(order({}, { time: '2026-02-28T00:00:00.000Z' })), { arrival: Date.parse('2026-03-01T23:59:59.999Z') }),
  of('a millisecond later', plain(order({}, { time: '2026-02-28T00:00:00.000Z' })), { arrival: Date.parse('2026-03-02T00:00:00.000Z') }),
];

/** Attributes of a CloudEvents event as its Kafka binding has them beside the data. */
const binaryMode: ContractCase['headers'] = [['ce_specversion', '1.0'], ['ce_id', 'o-1'], ['ce_source', '/shop'], ['ce_type', 'order.placed'], ['ce_time', '2026-03-01T11:59:58.000Z'], ['content-type', 'application/json']].map(([name = '', text = '']) => [name, Buffer.from(text)] as const);

const records: readonly ContractCase[] = [
  of('no value', null), of('an empty value', Buffer.alloc(0)), of('no key', plain(order()), { key: null }), of('an empty key', plain(order()), { key: '' }), of('a key of other letters', plain(order()), { key: 'Ŝlosilo 鍵 "\\' }),
  of('a key that is no text', Buffer.from('{'), { key: Uint8Array.of(0xff, 0, 0x61) }), of('an empty key of what is no event', Buffer.from('{'), { key: '' }), of('no key of what is no event', Buffer.from('{'), { key: null }),
  of('an event in binary mode', plain({ orderId: 'AB-1' }), { key: Uint8Array.of(0x80), headers: binaryMode }),
  of('headers that repeat a name, have no value, an empty one, or one that is no text', Buffer.from('{'), { headers: [['a', Buffer.from('1')], ['b', null], ['a', Buffer.alloc(0)], ['', Uint8Array.of(0, 127, 128, 255)], ['ŝ"\n', Buffer.from('鍵')], ['__proto__', Buffer.from('p')], ['0', Buffer.from('0')]] }),
  of('headers of an event that is accepted', plain(order()), { headers: [['trace', Buffer.from('00-ab')]] }),
  of('a frame that is broken, with headers', Buffer.from([3, 0, 1]), { headers: [['trace', Buffer.from('00-ab')]] }),
  of('a broken event that speaks of a subject that was erased by a header', Buffer.from('{'), { headers: [['ce_subject', Buffer.from('erased@example.org')]] }),
  of('an event of a subject that was erased', plain(order({ customer: 'erased@example.org' }))), of('a broken event of a subject that was erased', plain(order({ customer: 'erased@example.org', items: 0 }))),
];

/** Every case of an environment whose contracts are in that registry. */
export const contractCases = (registry: RegistryKind): readonly ContractCase[] => [...times, ...records, ...frames(registry), ...(registry === 'glue' ? corpus.map(({ name, data }) => of(`hostile: ${name}`, data)) : [])];
