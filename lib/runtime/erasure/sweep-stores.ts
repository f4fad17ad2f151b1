import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { nothingFound, type Finding } from '../../../core/erasure/finding';
import { fieldsOfRawKey, ledgerLineBearing, quarantineLineBearing, rawLineBearing } from '../../../core/erasure/line';
import type { Subject } from '../../../core/erasure/subject';
import { keyWithContent } from '../../../core/lake/object';
import type { Manifest } from '../../../core/manifest/manifest';
import { ledgerPrefix } from '../../../core/quarantine/ledger';
import { isPart, mendManifest } from './batch-manifest';
import { failedBatchWithout } from './failed-batch';
import type { ObjectVersions } from './object-versions';
import { linesWithout, sweepObjects, type Judge, type Swept } from './sweep';
import { sweepState, type StateItemKey } from './sweep-state';
import { unframed } from './unframed';

/** What a store is asked for. */
export interface Look {
  readonly subject: Subject;
  readonly erases: boolean;
  readonly after?: string;
  readonly hasTime: () => boolean;
}

/** What it answers; `next` says where it goes on. */
export interface Looked { readonly found: Finding; readonly next?: string }

/** A store in which a subject is looked for. */
export type SweepStore = (look: Look) => Promise<Looked>;

/** Where the stores are. */
export interface SweepPlaces {
  readonly manifest: Manifest;
  readonly raw: ObjectVersions;
  readonly quarantine: ObjectVersions;
  readonly failures: ObjectVersions;
  readonly client: DynamoDBClient;
  readonly stateTable: string;
}

const foundBy = ({ records, mentions, heldRecords, held, next }: Swept, types: Readonly<Record<string, number>>): Looked => ({
  found: { ...nothingFound, records, mentions, outstanding: records - heldRecords, held: held.map(({ key, why }) => ({ place: key, why })), types },
  ...(next === undefined ? {} : { next }),
});

/** `order.placed@v1` of an object of raw. */
const typeOf = (key: string): string => {
  const [, folder = '', version = ''] = key.split('/');
  return `${folder}@${version}`;
};

/** All but what describes a batch. */
const hasRecords = (key: string): boolean => !key.endsWith('.json');

/** What was rejected, and what the ledger says of the replays of it. */
const quarantineJudge = (subject: Subject): ((key: string) => Judge | undefined) => {
  const [ofLines, ofLedger] = [linesWithout(quarantineLineBearing(subject, unframed)), linesWithout(ledgerLineBearing(subject))];
  return (key) => (key.startsWith(ledgerPrefix) ? ofLedger : hasRecords(key) ? ofLines : undefined);
};

/** The stores of records and items by name. */
export const sweepStores = ({ manifest, raw, quarantine, failures, client, stateTable }: SweepPlaces): Readonly<Record<string, SweepStore>> => ({
  raw: async ({ subject, ...look }) => {
    const types: Record<string, number> = {};
    const judgeOf = (key: string): Judge | undefined => {
      if (!hasRecords(key)) return undefined;
      const judge = linesWithout(rawLineBearing(subject, fieldsOfRawKey(key, manifest)));
      return async (content) => {
        const judged = await judge(content);
        if (judged.records > 0) types[typeOf(key)] = (types[typeOf(key)] ?? 0) + judged.records;
        return judged;
      };
    };
    return foundBy(await sweepObjects({ objects: raw, prefix: 'raw/', judgeOf, staysEmpty: isPart, keyFor: keyWithContent, changed: async (key, now) => { if (isPart(key)) await mendManifest(raw, key, now); }, ...look }), types);
  },
  quarantine: async ({ subject, ...look }) => foundBy(await sweepObjects({ objects: quarantine, prefix: '', judgeOf: quarantineJudge(subject), staysEmpty: () => false, keyFor: keyWithContent, ...look }), {}),
  failures: async ({ subject, ...look }) => foundBy(await sweepObjects({ objects: failures, prefix: '', judgeOf: () => failedBatchWithout(subject), staysEmpty: () => false, ...look }), {}),
  state: async ({ subject, erases, after, hasTime }) => {
    const { records, mentions, next } = await sweepState({ client, table: stateTable, subject, entities: manifest.entities, erases, hasTime, ...(after === undefined ? {} : { after: JSON.parse(after) as StateItemKey }) });
    return { found: { ...nothingFound, records, mentions, outstanding: records }, ...(next === undefined ? {} : { next: JSON.stringify(next) }) };
  },
});
