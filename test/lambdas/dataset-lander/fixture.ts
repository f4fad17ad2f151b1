import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { batchReferenceOf, type BatchRecord, type BatchReference, type FileDataset } from '../../../core/dataset/batch';
import { landFile, manifestObject, type LakeObject, type Landing, type LandingInput } from '../../../lambdas/dataset-lander/land';
import type { World } from '../../../lambdas/dataset-lander/steps';
import type { BatchRecords } from '../../../lib/runtime/batch-records';

export const airports: FileDataset = {
  kind: 'dataset', name: 'airports', version: 1, key: ['iata'], source: { csv: 'airports/' }, knownAt: 'always', hash: 'contract-hash',
  fields: {
    iata: { scalar: 'string', optional: false, personal: false, pattern: '^[A-Z]{3}$' },
    name: { scalar: 'string', optional: true, personal: false },
    latitude: { scalar: 'float', optional: false, personal: false, min: -90, max: 90 },
  },
};

export const csv = 'iata,name,latitude\nORD,"Chicago, O\'Hare",41.97\nLAX,,33.94\nord,small letters,1\nJFK,New York,400\nORD,again,41.97\n';

const checksumOf = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');

export const referenceTo = (content: string | Buffer, attempt = 1): BatchReference => batchReferenceOf(airports, checksumOf(content), attempt);

/** Batch records in memory, with the conditions of the table's. */
export const recordsInMemory = (): BatchRecords => {
  const records = new Map<string, BatchRecord>();
  return {
    get: (dataset, batch) => Promise.resolve(records.get(`${dataset}/${batch}`)),
    list: (dataset) => Promise.resolve([...records.values()].filter((record) => record.dataset === dataset)),
    begin: (reference, now) => {
      const key = `${reference.dataset}/${reference.batch}`;
      const known = records.get(key);
      if (known !== undefined && (known.status === 'committed' || known.attempt > reference.attempt)) return Promise.resolve(known);
      const { refusal: _, ...rest } = known ?? { arrival: now };
      const begun: BatchRecord = { ...rest, ...reference, status: 'landing', arrival: known?.arrival ?? now };
      records.set(key, begun);
      return Promise.resolve(begun);
    },
    move: (reference, from, change) => {
      const key = `${reference.dataset}/${reference.batch}`;
      const known = records.get(key);
      if (known === undefined) return Promise.reject(new Error(`no record ${key}`));
      if (known.attempt !== reference.attempt || !from.includes(known.status)) return Promise.resolve(known);
      const moved = { ...known, ...change };
      records.set(key, moved);
      return Promise.resolve(moved);
    },
  };
};

/** A file in memory, read in small chunks. */
const memoryFile = (content: string | Buffer): LandingInput['file'] => {
  const bytes = Buffer.from(content);
  return {
    checksum: checksumOf(bytes), size: bytes.length,
    stream: () => Readable.from((function* chunks() { const size = bytes.length > 10_000 ? 65_536 : 7; for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size); })(), { objectMode: false }),
    slice: (start, end) => Promise.resolve(bytes.subarray(start, end)),
  };
};

/** A landing with the objects that it wrote. */
export type Landed = Extract<Landing, { ok: true }> & { readonly parts: readonly LakeObject[]; readonly quarantine: readonly LakeObject[] };

/** Lands a file into memory. */
export const landInMemory = async (input: Omit<LandingInput, 'file' | 'bring'>, content: string | Buffer): Promise<Landed | Extract<Landing, { ok: false }>> => {
  const [parts, quarantine]: [LakeObject[], LakeObject[]] = [[], []];
  const landing = await landFile({ ...input, file: memoryFile(content), bring: () => Promise.resolve(undefined) }, { putRaw: (object) => Promise.resolve(void parts.push(object)), putQuarantine: (object) => Promise.resolve(void quarantine.push(object)) });
  return landing.ok ? { ...landing, parts, quarantine } : landing;
};

/** The objects of raw that landing a file leaves. */
export const rawObjectsOf = async (input: Omit<LandingInput, 'file' | 'bring'>, content: string | Buffer): Promise<{ readonly objects: ReadonlyMap<string, Buffer>; readonly refusal?: string }> => {
  const landing = await landInMemory(input, content);
  if (!landing.ok) return { objects: new Map(), refusal: landing.refusal };
  return { objects: new Map([...landing.parts, manifestObject(input.dataset, landing.manifest)].map(({ key, body }) => [key, body])) };
};

/** What a world kept, as texts, so that two worlds can be compared. */
export interface MemoryWorld extends World {
  readonly rawObjects: Map<string, Buffer>;
  readonly quarantineObjects: Map<string, Buffer>;
}

export const worldWith = (files: Readonly<Record<string, string | Buffer>> | ReadonlyMap<string, Buffer>, clock: { now: number } = { now: 1_000_000_000_000 }): MemoryWorld => {
  const rawObjects = new Map<string, Buffer>();
  const quarantineObjects = new Map<string, Buffer>();
  const put = (objects: Map<string, Buffer>) => ({ key, body }: LakeObject): Promise<void> => {
    objects.set(key, body);
    return Promise.resolve();
  };
  return {
    rawObjects,
    quarantineObjects,
    records: recordsInMemory(),
    landed: (key) => {
      const content = files instanceof Map ? files.get(key) as Buffer | undefined : (files as Readonly<Record<string, string | Buffer>>)[key];
      return Promise.resolve(content === undefined ? undefined : memoryFile(content));
    },
    raw: (key) => Promise.resolve(rawObjects.get(key)),
    putRaw: put(rawObjects),
    putQuarantine: put(quarantineObjects),
    now: () => clock.now,
  };
};
