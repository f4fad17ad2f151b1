import type { KinesisStreamRecord } from 'aws-lambda';
import type { KnownSchema } from '../core/contract/schema-cache';
import type { Contracts } from '../core/contract/contracts';
import { writeFrame } from '../core/contract/frame';
import { judge } from '../core/contract/judge';
import { contractAvroSchema } from '../core/contract/schemas/avro';
import { contractJsonSchema } from '../core/contract/schemas/json';
import { landedEvent } from '../examples/flights/flight';
import { playbackStart } from '../examples/flights/prepare';
import { canonicalJson } from '../core/manifest/hash';
import type { SchemaRegistry } from '../lib/runtime/schema-registry';
import { encodeAvro } from '../lib/runtime/wire/avro';
import { aggregate } from '../lib/runtime/wire/kpl';
import { receivedFromKinesis } from '../lib/runtime/kinesis-record';
import { receiveBatch } from '../lib/runtime/wire/receive';
import type { BenchCase } from './case';
import { caseIn } from './case';
import { flightsExample } from './flights';
import { kinesisRecord } from './validate';

const events = 20_000;
const day = 86_400_000;
const batch = 500;
/** User records that one record of the stream carries when they are packed. */
const packed = 50;
const seconds = 2;

const ids = { AVRO: '11111111-1111-4111-8111-111111111111', JSON: '22222222-2222-4222-8222-222222222222' } as const;

/** Judges batch after batch, over and over; gives events a second. All must be accepted. */
const rate = async (batches: readonly (readonly KinesisStreamRecord[])[], contracts: Contracts, registry: SchemaRegistry): Promise<number> => {
  const began = performance.now();
  let [judged, accepted] = [0, 0];
  while (performance.now() - began < seconds * 1000) {
    for (const each of batches) {
      const { records } = await receiveBatch(each.map(receivedFromKinesis), registry);
      for (const record of records) if (judge(record, contracts).accepted) accepted += 1;
      judged += records.length;
    }
  }
  if (accepted !== judged || judged % events !== 0) throw new Error(`Of ${judged} events ${accepted} were accepted: the forms do not say the same.`);
  return judged / (performance.now() - began) * 1000;
};

const inBatches = (data: readonly Uint8Array[], size: number): readonly (readonly KinesisStreamRecord[])[] => {
  const records = data.map((each, index) => kinesisRecord(Buffer.from(each).toString('base64'), 'k', index));
  return Array.from({ length: Math.ceil(records.length / size) }, (_batch, index) => records.slice(index * size, (index + 1) * size));
};

/** The same events in every form. */
const openWorld = async () => {
  const { manifest, contracts, landings } = await flightsExample();
  const from = Date.parse(playbackStart);
  const sent = (await landings(from, from + 3 * day)).slice(0, events).map(landedEvent);
  const event = manifest.events['flight.landed@v1'];
  if (!event || sent.length < events) throw new Error(`The case needs flight.landed@v1 and ${events} flights; there are ${sent.length}.`);
  const definitions = { AVRO: canonicalJson(contractAvroSchema(event)), JSON: canonicalJson(contractJsonSchema(event)) };
  const known = new Map((['AVRO', 'JSON'] as const).map((format): [string, KnownSchema] => [ids[format],
    { kind: 'found', version: { id: ids[format], schemaName: `flight.landed.${format.toLowerCase()}`, format, definition: definitions[format], versionNumber: 1, createdAt: 0 } }]));
  const registry: SchemaRegistry = { kind: 'glue', resolve: () => Promise.resolve(known) };
  const json = sent.map((each) => Buffer.from(JSON.stringify(each)));
  const forms = {
    json: inBatches(json, batch),
    avro: inBatches(sent.map((each) => writeFrame({ registry: 'glue', schemaVersionId: ids.AVRO, compression: 'none', payload: encodeAvro(definitions.AVRO, each) })), batch),
    glueJson: inBatches(json.map((payload) => writeFrame({ registry: 'glue', schemaVersionId: ids.JSON, compression: 'none', payload })), batch),
    kpl: inBatches(Array.from({ length: events / packed }, (_pack, index) => aggregate(json.slice(index * packed, (index + 1) * packed).map((data) => ({ partitionKey: 'k', data })))), batch / packed),
  };
  return { forms, rateOf: (form: keyof typeof forms) => rate(forms[form], contracts, registry) };
};

const against = (id: string, form: 'avro' | 'glueJson' | 'kpl', goal: number, what: string, written: string): BenchCase => caseIn({
  id, what, unit: 'events/s', better: 'more', goal,
  fair: `both sides receive and judge the same ${events} real flight.landed events in batches of ${batch}, over and over for ${seconds} s in one process, the schema being known already: base64, unpacking, decoding, envelope, contract and times. Ours are ${written}; the peer is our own plain JSON. The line for the lake, for which an Avro event must be written as JSON, is in neither side.`,
  open: async () => {
    const world = await openWorld();
    await world.rateOf(form);
    await world.rateOf('json');
    return world;
  },
  close: () => Promise.resolve(),
  ours: ({ rateOf }) => rateOf(form),
  peer: ({ rateOf }) => rateOf('json'),
});

export const wireFormCases: readonly BenchCase[] = [
  against('validate.avro.json', 'avro', 1.5, 'events judged that came as Avro', 'Avro in frames of the Glue Schema Registry, without compression'),
  against('validate.glue-json.json', 'glueJson', 0.8, 'events judged that came as JSON in a frame', 'JSON in frames of the Glue Schema Registry, without compression'),
  against('validate.kpl.json', 'kpl', 0.8, 'events judged that came packed', `aggregates of ${packed} JSON events`),
];
