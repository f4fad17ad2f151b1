import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ledgerEntry, ledgerKey } from '../../../../core/quarantine/ledger';
import type { ObjectVersions } from '../../../../lib/runtime/erasure/object-versions';
import { sweepStores } from '../../../../lib/runtime/erasure/sweep-stores';
import { manifest, order, record } from '../../../fixtures/contracts';
import { rejectedLine } from '../../../cli/quarantine/support/rejected-records';

const mail = 'ada@example.org';

/** A bucket whose objects have one version each. */
const bucketOf = (objects: Map<string, Buffer>): ObjectVersions => ({
  list: async function* list(prefix, after = '') {
    await Promise.resolve();
    for (const key of [...objects.keys()].filter((each) => each.startsWith(prefix) && each > after).toSorted()) yield { key, versions: [{ id: 'v', isCurrent: true }] };
  },
  get: async (key) => await Promise.resolve({ body: objects.get(key) ?? Buffer.alloc(0), contentType: 'application/json' }),
  put: async (key, body) => { await Promise.resolve(objects.set(key, Buffer.from(body))); },
  remove: async (key) => { await Promise.resolve(objects.delete(key)); },
});

describe('the store of what was rejected', () => {
  it('reaches the ledger of replays, which holds the identities of events', async () => {
    const objects = new Map<string, Buffer>();
    for (const id of [mail, 'o-2']) {
      const event = order({ amount: -1 }, { id });
      const line = rejectedLine(record(event, { sequence: objects.size + 1 }));
      const replay = { text: '', partitionKey: 'k', mark: { replayof: line.lineage.position, replays: 1 }, source: '/shop', id, eventType: 'order.placed', knownAt: 0, forced: false };
      const entry = ledgerEntry({ line, original: { bytes: Buffer.alloc(0), json: { value: event } }, replay, place: { shard: 's', sequence: '1' } }, { stream: 'events', replayedAt: '2026-03-01T00:00:00Z', transform: null });
      objects.set(ledgerKey(line.lineage.position, replay), Buffer.from(`${JSON.stringify(entry)}\n`));
    }
    const nothing = bucketOf(new Map());
    const stores = sweepStores({ manifest, raw: nothing, quarantine: bucketOf(objects), failures: nothing, client: new DynamoDBClient({ region: 'us-east-1' }), stateTable: 'none' });
    const look = async (erases: boolean) => (await stores['quarantine']?.({ subject: { identifiers: [mail] }, erases, hasTime: () => true }))?.found;
    expect(await look(false)).toMatchObject({ records: 1, outstanding: 1 });
    expect(await look(true)).toMatchObject({ records: 1 });
    expect([...objects.values()].map((content) => (JSON.parse(content.toString('utf8')) as { readonly event_id: string }).event_id)).toEqual(['o-2']);
    expect(await look(false)).toMatchObject({ records: 0, outstanding: 0 });
  });
});
