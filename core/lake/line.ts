import type { Contract } from '../contract/contracts';
import type { Accepted } from '../contract/judge';
import type { Rejection } from '../contract/rejection';
import { placeText } from '../event/position';
import type { ReceivedRecord, RecordHeader } from '../event/record';
import type { RecordLineage } from '../event/lineage';
import type { EpochMillis } from '../event/time';
import { isoText } from '../event/time';

/*
 * Lines are put together as text: the event must stand in them letter by letter, and millions of them are made when a
 * history is imported. Their members are those of EventLineage and RecordLineage, which a test holds them to.
 */

const json = (text: string | null): string => JSON.stringify(text);

/** What is alike in the records of one shard and batch, as it stands in their lines. */
interface Origin {
  readonly source: string;
  readonly shard: string;
  readonly batchId: string | null;
  readonly positionStart: string;
  readonly afterPlace: string;
  readonly batch: string;
}

const originOf = ({ position: { source, shard }, batchId }: ReceivedRecord): Origin => ({
  source, shard, batchId,
  // Both are JSON strings here: what stands between their quotes is spliced.
  positionStart: `"position":${json(source).slice(0, -1)}/${json(shard).slice(1, -1)}/`,
  afterPlace: `","source":${json(source)},"shard":${json(shard)},"sequence":"`,
  batch: json(batchId),
});

/** A header of a record of Kafka, as a line of quarantine has it. */
export interface QuarantinedHeader {
  readonly name: string;
  /** Base64; null where the producer sent none. */
  readonly value: string | null;
}

/** A line of the quarantine zone, as it is read. Key and headers are absent in lines of versions that did not keep them. */
export interface QuarantineLine {
  readonly reason: Rejection['code'];
  readonly path: string;
  readonly found: string;
  readonly allowed: string;
  readonly remedy: string;
  readonly event_type: string | null;
  /** The bytes as received, base64. */
  readonly original: string;
  /** The key's bytes, base64, where the lineage's `partition_key` does not say them; see {@link ReceivedRecord}. */
  readonly key?: string;
  /** In the record's order; absent where it had none. */
  readonly headers?: readonly QuarantinedHeader[];
  readonly lineage: RecordLineage;
}

/** Makes lines; it remembers what the records of a batch have in common. */
export interface LineMaker {
  /** What follows the event in its line of the raw zone, which is {@link rawLineStart}, the event's text, and this. */
  readonly rawLineEnd: (record: ReceivedRecord, accepted: Accepted) => string;
  /** The line of a rejected event in the quarantine zone: why, the record as it came, and where it stood. */
  readonly quarantineLine: (record: ReceivedRecord, reason: Rejection, eventType: string | null) => string;
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

const headersOf = (headers: readonly RecordHeader[]): readonly QuarantinedHeader[] => headers.map(({ name, value }) => ({ name, value: value === null ? null : base64(value) }));

export const rawLineStart = '{"event":';

/** @param manifestHash of the definitions by which the records are judged */
export const lineMaker = (manifestHash: string): LineMaker => {
  let origin: Origin | undefined;
  let lineEnd: { readonly contract: Contract; readonly origin: Origin; readonly schema: string | null; readonly text: string } | undefined;
  let arrivalAt: EpochMillis = Number.NaN;
  let arrivalText = '';

  const originFor = (record: ReceivedRecord): Origin => {
    const { position, batchId } = record;
    if (origin === undefined || origin.source !== position.source || origin.shard !== position.shard || origin.batchId !== batchId) origin = originOf(record);
    return origin;
  };

  /** The members up to the arrival, with which every lineage begins. */
  const place = ({ position, partitionKey, arrival }: ReceivedRecord, { positionStart, afterPlace }: Origin): string => {
    if (arrival !== arrivalAt) { arrivalAt = arrival; arrivalText = isoText(arrival); }
    return `${positionStart}${placeText(position)}${afterPlace}${position.sequence}","sub_sequence":${position.subSequence},"partition_key":${json(partitionKey)},"arrival":"${arrivalText}"`;
  };

  const end = (contract: Contract, from: Origin, schema: string | null): string => {
    if (lineEnd?.contract !== contract || lineEnd.origin !== from || lineEnd.schema !== schema)
      lineEnd = { contract, origin: from, schema, text: `","contract":"${contract.name}","contract_hash":"${contract.definition.hash}","schema_version_id":${json(schema)},"manifest_hash":"${manifestHash}","batch_id":${from.batch}}}\n` };
    return lineEnd.text;
  };

  const rawLineEnd: LineMaker['rawLineEnd'] = (record, { times, contract }) => {
    const from = originFor(record);
    const event = isoText(times.eventTime);
    const effective = times.effectiveTime === times.eventTime ? event : isoText(times.effectiveTime);
    const known = times.knownAt === times.eventTime ? event : isoText(times.knownAt);
    return `,"lineage":{${place(record, from)},"event_time":"${event}","effective_time":"${effective}","known_at":"${known}${end(contract, from, record.opened?.schema?.versionId ?? null)}`;
  };

  const quarantineLine: LineMaker['quarantineLine'] = (record, { code, path, found, allowed, remedy }, eventType) => {
    const { data, key, headers } = record;
    const why: Omit<QuarantineLine, 'lineage'> = {
      reason: code, path, found, allowed, remedy, event_type: eventType, original: base64(typeof data === 'string' ? Buffer.from(data, 'utf8') : data),
      ...(key === undefined ? {} : { key: base64(key) }), ...(headers === undefined ? {} : { headers: headersOf(headers) }),
    };
    const from = originFor(record);
    return `${JSON.stringify(why).slice(0, -1)},"lineage":{${place(record, from)},"manifest_hash":"${manifestHash}","batch_id":${from.batch}}}\n`;
  };

  return { rawLineEnd, quarantineLine };
};
