import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { GetRecordsCommand, GetShardIteratorCommand, KinesisClient, ListShardsCommand } from '@aws-sdk/client-kinesis';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import type { Context } from '../../cli/context';
import { isStreamed } from '../../core/lake/object';
import { behindTopicOf } from '../../lib/runtime/event-writer';
import { s3Objects } from '../../lib/runtime/object-store';

const day = 86_400_000;
const dayOf = (instant: number): string => new Date(instant).toISOString().slice(0, 10);

/** The id in an event's text; anything can stand on a stream. */
const idOf = (text: string): string | undefined => {
  try {
    const event = JSON.parse(text) as { readonly id?: unknown } | null;
    return typeof event?.id === 'string' ? event.id : undefined;
  } catch {
    return undefined;
  }
};

/** What came by the stream, found by reading: what counts is what is there, not what somebody says of it. */
export interface StreamedEvents {
  /** Number of flights in raw that became known in a range, each counted once. */
  readonly landed: (from: number, to: number) => Promise<number>;
  /** Records in quarantine. */
  readonly rejected: () => Promise<number>;
  /** Ids of the events that were put on the stream since a moment, epoch milliseconds. */
  readonly putSince: (moment: number) => Promise<ReadonlySet<string>>;
}

export const streamedEvents = ({ environment, names }: Context): StreamedEvents => {
  const client = new S3Client({ region: environment.region });
  const kinesis = new KinesisClient({ region: environment.region });
  const [raw, quarantine] = (['raw', 'quarantine'] as const).map((zone) => s3Objects(client, names.bucket(zone)));

  const linesBelow = async function* linesBelow(zone: typeof raw, prefix: string): AsyncGenerator<string> {
    if (!zone) return;
    for await (const { key } of zone.list(prefix)) {
      const object = isStreamed(key) ? await zone.get(key) : undefined;
      if (object) yield* gunzipSync(object).toString('utf8').trimEnd().split('\n');
    }
  };

  const landed = async (from: number, to: number): Promise<number> => {
    const ids = new Set<string>();
    for (let at = from - (from % day); at < to; at += day)
      for await (const line of linesBelow(raw, `raw/flight.landed/v1/dt=${dayOf(at)}/`)) {
        const { event, lineage } = JSON.parse(line) as { readonly event: { readonly id: string }; readonly lineage: { readonly known_at: string } };
        const known = Date.parse(lineage.known_at);
        if (known >= from && known < to) ids.add(event.id);
      }
    return ids.size;
  };
  const rejected = async (): Promise<number> => {
    let records = 0;
    for await (const line of linesBelow(quarantine, 'quarantine/')) records += line === '' ? 0 : 1;
    return records;
  };
  /** Of a topic, whose brokers are out of reach from here: what the validator has kept, once it has read all that was put. */
  const keptSince = async (moment: number): Promise<ReadonlySet<string>> => {
    const lambda = new LambdaClient({ region: environment.region });
    const isBehind = async (): Promise<boolean> => (await behindTopicOf(lambda, names.eventWriter, { behind: { group: names.function('ingest-validator') } })).some(({ behind }) => behind > 0);
    while (await isBehind()) await sleep(500);
    const ids = new Set<string>();
    for await (const line of linesBelow(raw, 'raw/flight.landed/v1/')) {
      const { event, lineage } = JSON.parse(line) as { readonly event: { readonly id: string }; readonly lineage: { readonly arrival: string } };
      if (Date.parse(lineage.arrival) >= moment) ids.add(event.id);
    }
    return ids;
  };
  const putSince = async (moment: number): Promise<ReadonlySet<string>> => {
    if (environment.ingestion === 'msk') return await keptSince(moment);
    const ids = new Set<string>();
    const { Shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName: names.stream }));
    for (const { ShardId } of Shards) {
      let { ShardIterator } = await kinesis.send(new GetShardIteratorCommand({ StreamName: names.stream, ShardId, ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(moment) }));
      while (ShardIterator !== undefined) {
        const { Records = [], MillisBehindLatest, NextShardIterator } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
        for (const { Data } of Records) {
          const id = idOf(Buffer.from(Data ?? []).toString('utf8'));
          if (id !== undefined) ids.add(id);
        }
        ShardIterator = Records.length === 0 && MillisBehindLatest === 0 ? undefined : NextShardIterator;
      }
    }
    return ids;
  };
  return { landed, rejected, putSince };
};
