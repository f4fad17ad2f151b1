import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { LineBearing } from '../../../core/erasure/line';
import { sha256 } from '../../../core/manifest/hash';
import type { ObjectVersions, VersionedObject } from './object-versions';
import { roomOf } from './room';

/** What of an object stays when a subject is taken out. */
export interface Judged {
  readonly kept: Buffer;
  readonly keptRecords: number;
  /** Records of the subject, and those that hold an identifier in a field that is not personal. */
  readonly records: number;
  readonly mentions: number;
}

/** Takes a subject out of an object's content, inflated. */
export type Judge = (content: Buffer) => Judged | Promise<Judged>;

/** Objects in which a subject is looked for. */
export interface Sweep {
  readonly objects: ObjectVersions;
  readonly prefix: string;
  /** The key after which it begins: of a sweep that was broken off. */
  readonly after?: string;
  /** Judges an object by its key; undefined for one that holds no records. */
  readonly judgeOf: (key: string) => Judge | undefined;
  /** Whether what is found is erased, or only counted. */
  readonly erases: boolean;
  /** The key under which what stays of an object is put; its own, unless given. */
  readonly keyFor?: (key: string, content: Buffer) => string;
  /** Whether an object stays when none of its records does: something lists it. */
  readonly staysEmpty: (key: string) => boolean;
  /** Told of an object that has other content now (SHA-256, hex, inflated), before its former ones are deleted; it may be told again. */
  readonly changed?: (key: string, now: { readonly contentHash: string; readonly records: number }) => Promise<void>;
  readonly hasTime: () => boolean;
}

/** What a sweep found. */
export interface Swept {
  /** Versions of objects that were read. */
  readonly versions: number;
  /** Records of the subject, and those that hold an identifier in a field that is not personal; of current versions and former ones. */
  readonly records: number;
  readonly mentions: number;
  /** Those of the subject that may not be deleted. */
  readonly heldRecords: number;
  /** Objects that hold records of the subject and may not be deleted, and why. */
  readonly held: readonly { readonly key: string; readonly why: string }[];
  /** The key after which it goes on; absent when it is done. */
  readonly next?: string;
}

const [inflated, deflated] = [promisify(gunzip), promisify(gzip)];
const newline = 0x0a;

/** Takes the lines of a subject out of others, which stay letter by letter. */
export const linesWithout = (bearing: LineBearing): Judge => (content) => {
  const kept: Buffer[] = [];
  let [keptRecords, records, mentions, start] = [0, 0, 0, 0];
  while (start < content.length) {
    const end = content.indexOf(newline, start);
    const line = content.subarray(start, end === -1 ? content.length : end + 1);
    const found = bearing(line.toString('utf8'));
    if (found === 'mention') mentions += 1;
    if (found === 'subject') records += 1;
    else { kept.push(line); keptRecords += 1; }
    start += line.length;
  }
  return { kept: records === 0 ? content : Buffer.concat(kept), keptRecords, records, mentions };
};

const isCompressed = (body: Buffer): boolean => body[0] === 0x1f && body[1] === 0x8b;

/** Bytes that an object holds when it is inflated: gzip says so at its end. */
const inflatedSize = (body: Buffer): number => (isCompressed(body) && body.length > 4 ? body.readUInt32LE(body.length - 4) : body.length);

/** What is in memory at once, inflated: a part of a dataset has a hundred thousand rows, and takes twice as much while it is judged. */
const room = roomOf(256 * 1024 * 1024);

/** What stays of the current version, as it is put. */
interface Rest { readonly place: string; readonly body: Buffer }

interface FoundVersion extends Omit<Judged, 'kept'> {
  readonly id: string;
  readonly isCurrent: boolean;
  readonly contentType: string | undefined;
  readonly held: string | undefined;
  /** Of the current version alone. */
  readonly contentHash?: string;
  /** Absent where nothing is to be put. */
  readonly rest?: Rest;
}

const judgeVersion = async ({ key, versions }: VersionedObject, { id, isCurrent }: VersionedObject['versions'][number], judge: Judge, { objects, erases, staysEmpty, keyFor }: Sweep): Promise<FoundVersion> => {
  const { body, contentType, held } = await objects.get(key, id);
  return await room(inflatedSize(body), async () => {
    const { kept, ...judged } = await judge(isCompressed(body) ? await inflated(body) : body);
    const found = { id, isCurrent, contentType, held, ...judged };
    // One that holds nothing any more is told of again while the former ones are there: whoever put it may have been killed.
    if (!isCurrent || !erases || (judged.records === 0 && versions.length === 1)) return found;
    const contentHash = sha256(kept);
    if (judged.records === 0 || (judged.keptRecords === 0 && !staysEmpty(key))) return { ...found, contentHash };
    return { ...found, contentHash, rest: { place: keyFor?.(key, kept) ?? key, body: isCompressed(body) ? await deflated(kept) : kept } };
  });
};

const judgeVersions = async (object: VersionedObject, judge: Judge, sweep: Sweep): Promise<readonly FoundVersion[]> => {
  const found: FoundVersion[] = [];
  for (const version of object.versions) found.push(await judgeVersion(object, version, judge, sweep));
  return found;
};

/** What stays of an object is written before what held the subject goes: it may be broken off anywhere, and done again. */
const eraseFrom = async ({ key }: VersionedObject, found: readonly FoundVersion[], { objects, changed }: Sweep): Promise<void> => {
  const holding = found.filter(({ records }) => records > 0);
  const current = found.find(({ isCurrent }) => isCurrent);
  if (current !== undefined && current.records > 0) {
    const { rest, contentType } = current;
    if (rest !== undefined) await objects.put(rest.place, rest.body, contentType);
    // Else a version of before would be the current one again.
    if (rest?.place !== key && (found.length > holding.length || holding.some(({ held }) => held !== undefined))) await objects.remove(key);
  }
  if (current?.contentHash !== undefined) await changed?.(key, { contentHash: current.contentHash, records: current.keptRecords });
  for (const { id, held } of holding) if (held === undefined) await objects.remove(key, id);
};

/** Objects that are looked at together: enough to hide S3's latency. */
const concurrency = 16;

const sweepOne = async (object: VersionedObject, sweep: Sweep): Promise<Omit<Swept, 'next'>> => {
  const judge = sweep.judgeOf(object.key);
  if (judge === undefined) return { versions: 0, records: 0, mentions: 0, heldRecords: 0, held: [] };
  const found = await judgeVersions(object, judge, sweep);
  const records = found.reduce((sum, each) => sum + each.records, 0);
  if (records > 0 && sweep.erases) await eraseFrom(object, found, sweep);
  return {
    versions: found.length, records, mentions: found.reduce((sum, each) => sum + each.mentions, 0),
    heldRecords: found.reduce((sum, { held, records: each }) => (held === undefined ? sum : sum + each), 0),
    held: found.flatMap(({ held, records: each }) => (held === undefined || each === 0 ? [] : [{ key: object.key, why: held }])),
  };
};

/** Does one piece of work after the other: parts of a batch share the object that lists them. */
const inTurn = <Words extends readonly unknown[]>(work: (...words: Words) => Promise<void>): ((...words: Words) => Promise<void>) => {
  let last: Promise<unknown> = Promise.resolve();
  return async (...words) => {
    const next = last.then(() => work(...words));
    last = next.catch(() => undefined);
    await next;
  };
};

/**
 * Looks through every version of the objects below a prefix, current or not, for the records of a subject, and erases them.
 * Objects are taken in the order of their keys, so that a sweep goes on where another ended.
 */
export const sweepObjects = async (given: Sweep): Promise<Swept> => {
  const sweep = given.changed === undefined ? given : { ...given, changed: inTurn(given.changed) };
  const total = { versions: 0, records: 0, mentions: 0, heldRecords: 0, held: [] as Swept['held'][number][] };
  let [waiting, last]: [VersionedObject[], string | undefined] = [[], undefined];
  const work = async (): Promise<void> => {
    for (const swept of await Promise.all(waiting.map((object) => sweepOne(object, sweep)))) {
      total.versions += swept.versions;
      total.records += swept.records;
      total.mentions += swept.mentions;
      total.heldRecords += swept.heldRecords;
      total.held.push(...swept.held);
    }
    last = waiting.at(-1)?.key ?? last;
    waiting = [];
  };
  for await (const object of sweep.objects.list(sweep.prefix, sweep.after)) {
    waiting.push(object);
    if (waiting.length < concurrency) continue;
    await work();
    if (!sweep.hasTime() && last !== undefined) return { ...total, next: last };
  }
  await work();
  return total;
};
