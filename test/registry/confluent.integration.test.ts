import { judge } from '../../core/contract/judge';
import { planRegistration, registerContracts } from '../../core/contract/registration/register';
import { wantedSchemas } from '../../core/contract/registration/wanted';
import { event, int, optional, string } from '../../core/definition';
import type { ReceivedRecord } from '../../core/event/record';
import { lakeBatch } from '../../core/lake/batch';
import { confluentRegistry } from '../../lib/runtime/confluent/registration';
import { confluentSchemaRegistry } from '../../lib/runtime/confluent/schemas';
import { receiveBatch } from '../../lib/runtime/wire/receive';
import { arrival, contracts, manifest, manifestOf, shipped } from '../fixtures/contracts';
import { given } from '../fixtures/flights';
import type { Apicurio } from './apicurio';
import { descriptorOf, startApicurio } from './apicurio';

jest.setTimeout(240_000);

type Form = 'AVRO' | 'JSON' | 'PROTOBUF';
const forms = ['AVRO', 'JSON', 'PROTOBUF'] as const;
const subjectPrefix = 'test.';
const wanted = wantedSchemas(Object.values(manifest.events));
const schemas = Object.fromEntries(wanted.filter(({ name }) => name.startsWith('order.shipped.')).map(({ format, versions }) => [format, versions[0]?.definition ?? ''])) as Readonly<Record<Form, string>>;
const subjects = { AVRO: `${subjectPrefix}order.shipped.avro`, JSON: `${subjectPrefix}order.shipped.json`, PROTOBUF: `${subjectPrefix}order.shipped.proto` };
const events = [shipped({ parcels: 2 }), shipped({ orderId: 'Zürich ✈', parcels: Number.MAX_SAFE_INTEGER, weight: -0.1, constructor: 'mine' }, { id: 's-2', recordedtime: '2026-02-01T08:00:00.123Z' })];

const record = (data: Uint8Array, sequence = 1): ReceivedRecord => ({ position: { source: 's', shard: 'shardId-0', sequence: String(sequence), subSequence: 0 }, partitionKey: 'k', arrival, batchId: null, data });
/** Without what is absent: a client says null for it or leaves it out. */
const said = (value: unknown): unknown => (typeof value !== 'object' || value === null ? value : Object.fromEntries(Object.entries(value).filter(([, each]) => each !== null).map(([name, each]) => [name, said(each)])));

describe('a registry that speaks as Confluent\'s does', () => {
  let apicurio: Apicurio;
  let registered: number;
  let written: Readonly<Record<Form, readonly Buffer[]>>;
  const registration = () => confluentRegistry({ url: apicurio.url, subjectPrefix });
  const effects = () => ({ registry: registration(), sleep: () => Promise.resolve() });
  const reader = () => confluentSchemaRegistry({ url: apicurio.url, subjectPrefix, now: Date.now });
  const produced = (more: Readonly<Record<string, unknown>> = {}): Readonly<Record<Form, readonly Buffer[]>> => {
    const frames = apicurio.produce({ url: apicurio.url, subjects, schemas, events, descriptor: descriptorOf(schemas.PROTOBUF), message: 'order.shipped', ...more });
    return Object.fromEntries(Object.entries(frames).map(([form, texts]) => [form, texts.map((text) => Buffer.from(text, 'base64'))])) as unknown as Readonly<Record<Form, readonly Buffer[]>>;
  };
  const verdictOf = async (data: Uint8Array): Promise<string> => {
    const { records } = await receiveBatch([record(data)], reader());
    const judgement = judge(given(records[0]), contracts);
    return judgement.accepted ? judgement.contract.name : judgement.rejection.code;
  };

  beforeAll(async () => {
    apicurio = await startApicurio();
    registered = await registerContracts(wanted, manifest.hash, effects());
    // The contract of PROTOBUF is registered once more, as Python's client does it: as a descriptor in base64.
    written = { ...produced({ schemas: { AVRO: schemas.AVRO, JSON: schemas.JSON } }), ...produced({ schemas: { PROTOBUF: schemas.PROTOBUF }, register: true }) };
  });
  afterAll(async () => { await apicurio.stop(); });

  it('has every contract in every format, and is asked for nothing more', async () => {
    expect(registered).toBe(wanted.flatMap(({ versions }) => versions).length);
    expect(await planRegistration(wanted, registration())).toEqual({ missing: [], refusals: [] });
    expect(await registerContracts(wanted, manifest.hash, effects())).toBe(0);
    const answer = await fetch(`${apicurio.url}/subjects`);
    expect(await answer.json()).toEqual(expect.arrayContaining(wanted.map(({ name }) => `${subjectPrefix}${name}`)));
  });

  it.each(forms)('reads what Confluent\'s client for Python writes in %s, as it was given', async (form) => {
    const { records, blocked } = await receiveBatch(written[form].map((data, index) => record(data, index)), reader());
    expect(blocked).toBeUndefined();
    const judgements = records.map((each) => judge(each, contracts));
    expect(judgements.map((each) => (each.accepted ? [each.contract.name, said(each.event)] : each.rejection))).toEqual(events.map((each) => ['order.shipped@v1', said(each)]));
    for (const each of judgements) expect(each.accepted && said(JSON.parse(typeof each.text === 'string' ? each.text : each.text()))).toEqual(said(each.accepted && each.event));
  });

  it('lands each of them once, with the id of its schema, and what is broken in quarantine, whole, with the reason', async () => {
    const frame = (form: Form, change: (bytes: Buffer) => Buffer): Buffer => change(Buffer.from(given(written[form][0])));
    const set = (at: number, to: number) => (bytes: Buffer): Buffer => { bytes[at] = to; return bytes; };
    const broken: readonly (readonly [reason: string, bytes: Buffer])[] = [
      ['unknown_schema', frame('AVRO', set(1, 0x7f))],
      ['bad_frame', frame('AVRO', set(0, 1))],
      ['registry_not_configured', Buffer.concat([Buffer.from([3, 0]), Buffer.alloc(16), frame('AVRO', (bytes) => bytes)])],
      ['bad_frame', frame('JSON', (bytes) => bytes.subarray(0, 3))],
      ['not_avro', frame('AVRO', (bytes) => bytes.subarray(0, -1))],
      ['not_json', frame('JSON', (bytes) => bytes.subarray(0, -1))],
      ['not_protobuf', frame('PROTOBUF', (bytes) => bytes.subarray(0, -1))],
      ['unknown_message', frame('PROTOBUF', (bytes) => Buffer.concat([bytes.subarray(0, 5), Buffer.from([2, 18]), bytes.subarray(6)]))],
    ];
    const good = forms.flatMap((form) => written[form]);
    const { records } = await receiveBatch([...good, ...broken.map(([, bytes]) => bytes)].map((data, index) => record(data, index + 1)), reader());
    const batch = lakeBatch(contracts);
    for (const each of records) batch.add(each);
    const lines = (zone: 'raw' | 'quarantine') => batch.objects().filter((object) => object.zone === zone).flatMap(({ content }) => content.toString('utf8').trim().split('\n')).map((line) => JSON.parse(line) as { readonly reason?: string; readonly original?: string; readonly lineage: Readonly<Record<string, unknown>> });
    const [raw, quarantine] = [lines('raw'), lines('quarantine')];
    expect([raw.length, quarantine.length]).toEqual([good.length, broken.length]);
    expect(new Map(raw.map(({ lineage }) => [lineage['sequence'], lineage['schema_version_id']]))).toEqual(new Map(good.map((bytes, index) => [String(index + 1), String(bytes.readUInt32BE(1))])));
    expect(new Map(quarantine.map(({ reason, original }) => [original, reason]))).toEqual(new Map(broken.map(([reason, bytes]) => [bytes.toString('base64'), reason])));
  });

  it('refuses after our own checker, and by itself', async () => {
    const next = Object.values(manifestOf({ shipped: event('order.shipped', { version: 2, compatibility: 'BACKWARD', partitionBy: 'orderId', fields: { orderId: string(), parcels: int(), weight: string() } }) }).events);
    await expect(registerContracts(wantedSchemas(next), 'hash', effects())).rejects.toThrow(/order\.shipped@v2 is not BACKWARD compatible .*nothing was registered/u);
    const avro = given(wantedSchemas(next).find(({ format }) => format === 'AVRO'));
    expect(await registration().register(avro, given(avro.versions[0]).definition)).toMatchObject({ status: 'FAILURE', reason: expect.stringContaining('409') as string });
  });

  it('takes a compatible version, and reads what is written by both', async () => {
    const later = manifestOf({ one: event('order.parked', { version: 1, partitionBy: 'orderId', fields: { orderId: string() } }), two: event('order.parked', { version: 2, partitionBy: 'orderId', fields: { orderId: string(), bay: optional(int()) } }) });
    expect(await registerContracts(wantedSchemas(Object.values(later.events)), 'hash', effects())).toBe(6);
    expect((await registration().definitionsOf({ name: 'order.parked.proto', format: 'PROTOBUF' })).map(({ definition }) => definition.includes('optional int64 bay = 2;'))).toEqual([false, true]);
  });

  it('gives what a schema refers to: Avro\'s named types, and files that PROTOBUF imports', async () => {
    const place = { schema_type: 'AVRO', schema_str: JSON.stringify({ type: 'record', name: 'Place', namespace: 'geo', fields: [{ name: 'code', type: 'string' }] }) };
    const post = async (subject: string, body: object): Promise<number> => {
      const answer = await fetch(`${apicurio.url}/subjects/${subject}/versions`, { method: 'POST', headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' }, body: JSON.stringify(body) });
      expect(answer.status).toBe(200);
      return (await answer.json() as { readonly id: number }).id;
    };
    await post('geo.Place', { schema: place.schema_str });
    await post('geo.proto', { schemaType: 'PROTOBUF', schema: 'syntax = "proto3";\npackage geo;\nmessage Place {\n  string code = 1;\n}\n' });
    const avro = await post(`${subjectPrefix}x.refers.avro`, { schema: JSON.stringify({ type: 'record', name: 'refers', namespace: 'x', fields: [{ name: 'at', type: 'geo.Place' }] }), references: [{ name: 'geo.Place', subject: 'geo.Place', version: 1 }] });
    const protobuf = await post(`${subjectPrefix}x.refers.proto`, { schemaType: 'PROTOBUF', schema: 'syntax = "proto3";\npackage x;\nimport "geo.proto";\nmessage refers {\n  geo.Place at = 1;\n}\n', references: [{ name: 'geo.proto', subject: 'geo.proto', version: 1 }] });
    const header = (id: number): Buffer => { const bytes = Buffer.alloc(5); bytes.writeUInt32BE(id, 1); return bytes; };
    const frames = [Buffer.concat([header(avro), Buffer.from([6]), Buffer.from('ORD')]), Buffer.concat([header(protobuf), Buffer.from([0, 0x0a, 5, 0x0a, 3]), Buffer.from('ORD')])];
    const { records } = await receiveBatch(frames.map((data, index) => record(data, index)), reader());
    expect(records.map(({ opened }) => (opened !== undefined && 'value' in opened ? JSON.parse(JSON.stringify(opened.value)) as unknown : opened))).toEqual([{ at: { code: 'ORD' } }, { at: { code: 'ORD' } }]);
  });

  it('is not needed for what was seen, and holds up what was not', async () => {
    const registry = reader();
    await receiveBatch([record(given(written.JSON[0]))], registry);
    await apicurio.stop();
    const { records, blocked } = await receiveBatch([record(given(written.JSON[0]), 1), record(given(written.PROTOBUF[0]), 2)], registry);
    expect([records.length, blocked?.sequence ?? blocked]).toEqual([1, '2']);
    expect(await verdictOf(Buffer.from(JSON.stringify(shipped())))).toBe('order.shipped@v1');
  });
});
