import type { CloudEvent } from '../../../../core/event/cloud-event';
import type { QuarantineLine } from '../../../../core/lake/line';
import { lakeBatch } from '../../../../core/lake/batch';
import type { ReceivedRecord } from '../../../../core/event/record';
import { gunzipSync, gzipSync } from 'node:zlib';
import { contracts } from '../../../fixtures/contracts';

/** Buckets of the lake in memory, kept by the code that keeps real ones. */
export interface MemoryLake {
  readonly keep: (records: readonly ReceivedRecord[]) => void;
  readonly raw: MemoryBucket;
  readonly quarantine: MemoryBucket;
}

export interface MemoryBucket {
  readonly objects: ReadonlyMap<string, Buffer>;
  readonly get: (key: string) => Promise<Buffer | undefined>;
  readonly list: (prefix: string) => AsyncGenerator<{ readonly key: string; readonly bytes: number; readonly modified: number }>;
  readonly writeOnce: (key: string, body: Uint8Array) => Promise<'written' | 'present'>;
}

const bucket = (objects: Map<string, Buffer>): MemoryBucket => ({
  objects,
  get: async (key) => await Promise.resolve(objects.get(key)),
  list: async function* list(prefix) {
    for (const key of [...objects.keys()].filter((each) => each.startsWith(prefix)).sort()) yield await Promise.resolve({ key, bytes: 0, modified: 0 });
  },
  writeOnce: async (key, body) => {
    if (objects.has(key)) return await Promise.resolve('present');
    objects.set(key, Buffer.from(body));
    return 'written';
  },
});

export const memoryLake = (): MemoryLake => {
  const zones = { raw: new Map<string, Buffer>(), quarantine: new Map<string, Buffer>() };
  return {
    keep: (records) => {
      const batch = lakeBatch(contracts);
      for (const record of records) batch.add(record);
      for (const { zone, key, content } of batch.objects()) zones[zone].set(key, gzipSync(content));
    },
    raw: bucket(zones.raw), quarantine: bucket(zones.quarantine),
  };
};

const linesIn = ({ objects }: MemoryBucket, prefix: string): readonly unknown[] =>
  [...objects].filter(([key]) => key.startsWith(prefix)).flatMap(([, content]) => gunzipSync(content).toString('utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as unknown));

/** Everything in quarantine. */
export const rejectedIn = ({ quarantine }: MemoryLake): readonly QuarantineLine[] => linesIn(quarantine, 'quarantine/') as readonly QuarantineLine[];

/** The events in raw. */
export const eventsIn = ({ raw }: MemoryLake): readonly CloudEvent[] => (linesIn(raw, 'raw/') as readonly { readonly event: CloudEvent }[]).map(({ event }) => event);

/** The line of one rejected record. */
export const rejectedLine = (record: ReceivedRecord): QuarantineLine => {
  const lake = memoryLake();
  lake.keep([record]);
  const [line] = rejectedIn(lake);
  if (!line) throw new Error('the record was accepted');
  return line;
};
