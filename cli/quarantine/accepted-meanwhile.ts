import { gunzip } from 'node:zlib';
import { promisify } from 'node:util';
import type { EpochMillis } from '../../core/event/time';
import { dayText } from '../../core/event/time';
import { identityOf } from '../../core/quarantine/ledger';
import type { ObjectStore } from '../../lib/runtime/object-store';

const inflate = promisify(gunzip);

/** Identities that are looked for among the events of one type. */
export interface Wanted {
  readonly eventType: string;
  /** The earliest moment at which one of them can have become known. */
  readonly from: EpochMillis;
  readonly identities: ReadonlySet<string>;
}

const day = 86_400_000;
const dayOf = (key: string): string => /\/dt=(\d{4}-\d{2}-\d{2})\//u.exec(key)?.[1] ?? '';

interface RawIdentity { readonly event: { readonly source: string; readonly id: string } }

/**
 * Which events of a type are in raw already: a producer that noticed its fault has sent them again, or an earlier replay
 * did. Reads every object of the type from a day before `from` on.
 *
 * @param store of the raw bucket
 * @param onProgress takes the share of objects read, 0 to 1
 */
export const acceptedMeanwhile = async (store: Pick<ObjectStore, 'list' | 'get'>, { eventType, from, identities }: Wanted, onProgress: (share: number) => void = () => undefined): Promise<ReadonlySet<string>> => {
  const accepted = new Set<string>();
  const earliest = dayText(from - day);
  const keys: string[] = [];
  for await (const { key } of store.list(`raw/${eventType}/`)) if (dayOf(key) >= earliest) keys.push(key);
  for (const [index, key] of keys.entries()) {
    const content = await store.get(key);
    for (const text of content ? (await inflate(content)).toString('utf8').split('\n') : []) {
      if (text === '') continue;
      const identity = identityOf((JSON.parse(text) as RawIdentity).event);
      if (identities.has(identity)) accepted.add(identity);
    }
    onProgress((index + 1) / keys.length);
  }
  return accepted;
};
