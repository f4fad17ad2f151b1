import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KinesisStreamRecord } from 'aws-lambda';
import type { Contracts } from '../core/contract/contracts';
import { dataSchema } from '../core/contract/json-schema';
import { judge } from '../core/contract/judge';
import type { EventDefinition } from '../core/manifest/manifest';
import { landedEvent } from '../examples/flights/flight';
import { playbackStart } from '../examples/flights/prepare';
import { receivedFromKinesis } from '../lib/runtime/kinesis-record';
import type { BenchCase } from './case';
import { caseIn } from './case';
import { flightsExample } from './flights';
import { benchDirectory, startPeer } from './peers';

const events = 20_000;
const day = 86_400_000;
/** A measurement goes over all events again and again for this long. */
const seconds = 2;

/** Events a second, and the share that was accepted: both sides must come to the same. */
interface Judged { readonly rate: number; readonly accepted: number }

/** A JSON Schema for whole events, with the checks of an envelope that our validator makes. */
const eventSchema = (event: EventDefinition): Readonly<Record<string, unknown>> => ({
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  required: ['specversion', 'id', 'source', 'type', 'time', 'data'],
  properties: {
    specversion: { const: '1.0' }, id: { type: 'string', minLength: 1 }, source: { type: 'string', minLength: 1 }, type: { const: event.name },
    time: { type: 'string', format: 'date-time' }, recordedtime: { type: 'string', format: 'date-time' }, data: dataSchema(event),
  },
});

const overAndOver = (judgeAll: () => number): Judged => {
  const began = performance.now();
  let [judged, accepted] = [0, 0];
  let elapsed = 0;
  while (elapsed < seconds * 1000) {
    accepted += judgeAll();
    judged += events;
    elapsed = performance.now() - began;
  }
  return { rate: judged / elapsed * 1000, accepted: accepted / judged };
};

/** The validator's judgement of each record, from the base64 that Lambda gives it. */
const judgeAll = (records: readonly KinesisStreamRecord[], contracts: Contracts): number => {
  let accepted = 0;
  for (const record of records) if (judge(receivedFromKinesis(record), contracts).accepted) accepted += 1;
  return accepted;
};

const parseAll = (records: readonly KinesisStreamRecord[]): number => {
  let parsed = 0;
  for (const { kinesis } of records) if (typeof JSON.parse(Buffer.from(kinesis.data, 'base64').toString('utf8')) === 'object') parsed += 1;
  return parsed;
};

export const kinesisRecord = (data: string, partitionKey: string, index: number): KinesisStreamRecord => {
  const sequenceNumber = `4966${String(index).padStart(52, '0')}`;
  return {
    eventID: `shardId-000000000000:${sequenceNumber}`, eventSourceARN: 'arn:aws:kinesis:us-east-1:000000000000:stream/headrace-bench-events',
    eventName: 'aws:kinesis:record', eventSource: 'aws:kinesis', eventVersion: '1.0', invokeIdentityArn: 'arn:aws:iam::000000000000:role/bench', awsRegion: 'us-east-1',
    kinesis: { kinesisSchemaVersion: '1.0', partitionKey, sequenceNumber, data, approximateArrivalTimestamp: 1_700_000_000 + index / 1000 },
  };
};

/** The same records for both sides; the peer's as files. */
const openWorld = async () => {
  const { manifest, contracts, landings } = await flightsExample();
  const from = Date.parse(playbackStart);
  const records = (await landings(from, from + 3 * day)).slice(0, events).map((flight, index) => kinesisRecord(Buffer.from(JSON.stringify(landedEvent(flight))).toString('base64'), flight.origin, index));
  const event = manifest.events['flight.landed@v1'];
  if (!event || records.length < events) throw new Error(`The case needs flight.landed@v1 and ${events} flights; there are ${records.length}.`);
  mkdirSync(benchDirectory, { recursive: true });
  const files = [join(benchDirectory, 'validate-events.txt'), join(benchDirectory, 'validate-schema.json')] as const;
  writeFileSync(files[0], records.map(({ kinesis }) => kinesis.data).join('\n'));
  writeFileSync(files[1], JSON.stringify(eventSchema(event)));
  return { records, contracts, files };
};

type World = Awaited<ReturnType<typeof openWorld>>;

const rateOf = ({ rate, accepted }: Judged): number => {
  if (accepted !== 1) throw new Error(`All ${events} events keep their contract, but only ${accepted * 100} % of them were accepted: the sides do not do the same work.`);
  return rate;
};

const ours = ({ records, contracts }: World): Promise<number> => Promise.resolve(rateOf(overAndOver(() => judgeAll(records, contracts))));

const sameEvents = `both sides take the same ${events} real flight.landed events as a Lambda gets them (base64) in one long-lived process, over and over for ${seconds} s.`;
const oursDoes = 'Ours is the judgement of the validator: base64, decoding with its limits (size, depth, duplicate names, UTF-8), envelope, contract, and times against the arrival. The line for the lake, which the validator makes next, is in neither side.';

const againstPython = (engine: 'jsonschema' | 'jsonschema-rs', goal: number, reads: string): BenchCase => caseIn({
  id: `validate.json.${engine}`, what: 'events judged by their contract', unit: 'events/s', better: 'more', goal,
  fair: `${sameEvents} ${oursDoes} The peer decodes base64, reads JSON with ${reads} and asks is_valid of one JSON Schema for envelope and data, date-time formats included; it checks neither limits nor clocks, and tells not why it refuses.`,
  open: async () => {
    const world = await openWorld();
    const peer = await startPeer('validate.py', [engine, ...world.files]);
    await Promise.all([ours(world), peer.ask({ seconds })]);
    return { ...world, peer };
  },
  close: ({ peer }) => peer.close(),
  ours,
  peer: async ({ peer }) => rateOf(await peer.ask<Judged>({ seconds })),
});

export const validateCases: readonly BenchCase[] = [
  againstPython('jsonschema', 15, 'json'),
  againstPython('jsonschema-rs', 0.6, 'orjson'),
  caseIn({
    id: 'validate.json.parse-limit', what: 'events judged by their contract, against only parsing them', unit: 'events/s', better: 'more', goal: 0.5,
    fair: `${sameEvents} ${oursDoes} The peer is the limit of the runtime: base64 and JSON.parse alone, in the same process.`,
    open: async () => {
      const world = await openWorld();
      overAndOver(() => parseAll(world.records));
      await ours(world);
      return world;
    },
    close: () => Promise.resolve(),
    ours,
    peer: ({ records }) => Promise.resolve(rateOf(overAndOver(() => parseAll(records)))),
  }),
];
