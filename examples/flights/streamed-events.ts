import { gunzipSync } from 'node:zlib';
import { S3Client } from '@aws-sdk/client-s3';
import type { Context } from '../../cli/context';
import { s3Objects } from '../../lib/runtime/object-store';

const day = 86_400_000;
const dayOf = (instant: number): string => new Date(instant).toISOString().slice(0, 10);

/** Objects of records that came by the stream; those of imports have another shard in their names. */
const isStreamed = (key: string): boolean => key.includes('/shardId-');

/** What came by the stream, found by reading the zones: what counts is what is in the lake, not what somebody says of it. */
export interface StreamedEvents {
  /** Ids of the flights in raw that became known in a range. */
  readonly landed: (from: number, to: number) => Promise<ReadonlySet<string>>;
  /** Records in quarantine. */
  readonly rejected: () => Promise<number>;
}

export const streamedEvents = ({ environment, names }: Context): StreamedEvents => {
  const client = new S3Client({ region: environment.region });
  const [raw, quarantine] = (['raw', 'quarantine'] as const).map((zone) => s3Objects(client, names.bucket(zone)));

  const linesBelow = async function* linesBelow(zone: typeof raw, prefix: string): AsyncGenerator<string> {
    if (!zone) return;
    for await (const { key } of zone.list(prefix)) {
      const object = isStreamed(key) ? await zone.get(key) : undefined;
      if (object) yield* gunzipSync(object).toString('utf8').trimEnd().split('\n');
    }
  };

  const landed = async (from: number, to: number): Promise<ReadonlySet<string>> => {
    const ids = new Set<string>();
    for (let at = from; at < to; at += day)
      for await (const line of linesBelow(raw, `raw/flight.landed/v1/dt=${dayOf(at)}/`)) {
        const { event, lineage } = JSON.parse(line) as { readonly event: { readonly id: string }; readonly lineage: { readonly known_at: string } };
        const known = Date.parse(lineage.known_at);
        if (known >= from && known < to) ids.add(event.id);
      }
    return ids;
  };
  const rejected = async (): Promise<number> => {
    let records = 0;
    for await (const line of linesBelow(quarantine, 'quarantine/')) records += line === '' ? 0 : 1;
    return records;
  };
  return { landed, rejected };
};
