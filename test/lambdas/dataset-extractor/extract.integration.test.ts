import { gunzipSync } from 'node:zlib';
import { boolean, dataset, float, int, optional, string, timestamp } from 'headrace';
import type { Client } from 'pg';
import { batchOfMoment, isPostgresDataset, type PostgresDataset } from '../../../core/dataset/postgres';
import type { BatchReference } from '../../../core/dataset/batch';
import type { StepResult } from '../../../core/dataset/step';
import { versionedName } from '../../../core/manifest/manifest';
import { extract, type World as ExtractorWorld } from '../../../lambdas/dataset-extractor/extract';
import { connectionOf, withinSnapshot } from '../../../lambdas/dataset-extractor/snapshot';
import { runStep } from '../../../lambdas/dataset-lander/steps';
import { manifestOf } from '../../fixtures/contracts';
import { worldWith, type MemoryWorld } from '../dataset-lander/fixture';
import { startPostgres, type PostgresServer } from './support/postgres-server';

jest.setTimeout(300_000);

const definitionOf = (source: { postgres: string; increment?: string; overlapMinutes?: number }): PostgresDataset => Object.values(manifestOf({
  accounts: dataset('accounts', { version: 1, key: ['id'], knownAt: 'arrival', source, fields: { id: int(), ownerName: optional(string()), balance: int(), updatedAt: timestamp() } }),
}).datasets).find(isPostgresDataset) as PostgresDataset;
const whole = definitionOf({ postgres: 'public.accounts' });
const newer = definitionOf({ postgres: 'accounts', increment: 'updatedAt' });

let postgres: PostgresServer;
let client: Client;
beforeAll(async () => {
  postgres = await startPostgres();
  client = await postgres.connect();
  // A transaction that a test leaves open must not hold up all others for ever.
  await client.query("SET lock_timeout = '5s'");
});
afterAll(async () => {
  await client.end();
  await postgres.stop();
});

/** Makes the table anew, with accounts of 100 each. */
const accounts = async (count: number): Promise<void> => {
  await client.query(`DROP TABLE IF EXISTS accounts CASCADE; CREATE TABLE accounts (id bigint PRIMARY KEY, owner_name text, balance numeric(12, 0) NOT NULL, updated_at timestamptz NOT NULL, secret text)`);
  await client.query(`INSERT INTO accounts SELECT i, 'owner ' || i, 100, TIMESTAMPTZ '2026-03-01 00:00:00Z' + i * INTERVAL '1 millisecond', 'not for us' FROM generate_series(1, ${count}) i`);
};

interface World extends MemoryWorld { readonly landing: Map<string, Buffer>; readonly extractor: ExtractorWorld }

const makeWorld = (): World => {
  const landing = new Map<string, Buffer>();
  const clock = { now: Date.now() };
  const world = worldWith(landing, clock);
  const extractor: ExtractorWorld = {
    records: world.records,
    within: (_dataset, work) => withinSnapshot(connectionOf(postgres.secret, 'postgres'), work),
    put: (key, body) => { landing.set(key, body); return Promise.resolve(); },
    now: () => clock.now,
  };
  return { ...world, landing, extractor };
};

const referenceOf = (definition: PostgresDataset, moment: string, attempt = 1): BatchReference => ({ dataset: versionedName(definition), batch: batchOfMoment(definition, Date.parse(moment)), key: '', checksum: '', attempt });

const land = (world: World, definition: PostgresDataset, { dataset: name, batch, key, checksum, attempt }: BatchReference, step: 'land' | 'verify' | 'commit') =>
  runStep(world, { step, dataset: definition, reference: { dataset: name, batch, key, checksum, attempt }, manifestHash: 'manifest-hash' });

/** The steps one after the other while they are done, as the state machine has them; the table in between is another test's. */
const pipeline = async (world: World, definition: PostgresDataset, reference: BatchReference, rowsOfAPart = 1000, extractor = world.extractor): Promise<StepResult> => {
  let result = await extract(extractor, definition, reference, rowsOfAPart);
  for (const step of ['land', 'verify', 'commit'] as const) if (result.outcome === 'done') result = await land(world, definition, result, step);
  return result;
};

interface Row { readonly id: number; readonly ownerName: string | null; readonly balance: number; readonly updatedAt: string }
/** The rows of a batch in raw, and since when they were known. */
const rawOf = (world: World, batch: string): readonly (Row & { readonly known: string })[] => [...world.rawObjects].flatMap(([key, body]) => (key.includes(`/batch=${batch}/`) && key.endsWith('.gz')
  ? gunzipSync(body).toString().trimEnd().split('\n').map((line) => { const { row, lineage } = JSON.parse(line) as { row: Row; lineage: { known_at: string } }; return { ...row, known: lineage.known_at }; }) : []));
const inDatabase = async (): Promise<readonly unknown[]> => (await client.query<{ row: unknown }>(`SELECT json_build_object('id', id, 'ownerName', owner_name, 'balance', balance, 'updatedAt', to_char(updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) AS row FROM accounts ORDER BY id`)).rows.map(({ row }) => row);
const withoutKnown = (rows: readonly (Row & { known: string })[]) => [...rows].sort((left, right) => left.id - right.id).map(({ known: _known, ...row }) => row);

describe('a dataset of a PostgreSQL table', () => {
  it('is what the table was at one moment, while a million rows are written to', async () => {
    await accounts(1_000_000);
    const [world, writer] = [makeWorld(), await postgres.connect()];
    const writes = { open: true, done: 0 };
    const writing = (async () => {
      while (writes.open) {
        const transfers = writes.done;
        // The sum of all balances is the same before and after each of these; the number of accounts grows by two at a time.
        const [from, to] = [1 + (transfers * 7919) % 1_000_000, 1 + (transfers * 104_729) % 1_000_000];
        await writer.query(`BEGIN; UPDATE accounts SET balance = balance - 1, updated_at = clock_timestamp() WHERE id = ${from}; UPDATE accounts SET balance = balance + 1, updated_at = clock_timestamp() WHERE id = ${to};
          INSERT INTO accounts VALUES (${2_000_000 + transfers * 2}, 'new', 5, clock_timestamp()), (${2_000_001 + transfers * 2}, 'new', -5, clock_timestamp()); COMMIT`);
        writes.done += 1;
      }
      await writer.end();
    })();
    const before = writes.done;
    const reference = referenceOf(whole, '2026-03-02T00:00:00Z');
    const extracted = await extract(world.extractor, whole, reference);
    const during = writes.done - before;
    writes.open = false;
    await writing;
    expect(extracted.outcome).toBe('done');
    expect(await land(world, whole, extracted, 'land')).toMatchObject({ outcome: 'done', rejected: 0 });
    expect(await land(world, whole, extracted, 'verify')).toMatchObject({ outcome: 'done' });
    const rows = rawOf(world, reference.batch);
    process.stderr.write(`${rows.length} rows, ${during} transactions while they were read\n`);
    expect(during).toBeGreaterThan(10);
    expect(rows.reduce((sum, { balance }) => sum + balance, 0)).toBe(100_000_000);
    expect(rows.length % 2).toBe(0);
    expect(rows.length).toBeLessThan(1_000_000 + 2 * writes.done);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    // Nothing in it is younger than the moment from which it counts as known.
    const newest = rows.map(({ updatedAt }) => updatedAt).sort().at(-1) ?? '';
    expect(newest <= (rows[0]?.known ?? '')).toBe(true);
  });

  it('reads the columns of its contract alone, whatever else the table has', async () => {
    await accounts(2);
    const world = makeWorld();
    expect(await pipeline(world, whole, referenceOf(whole, '2026-03-02T00:00:00Z'))).toMatchObject({ outcome: 'done', rows: 2 });
    expect(withoutKnown(rawOf(world, referenceOf(whole, '2026-03-02T00:00:00Z').batch))).toEqual(await inDatabase());
    expect([...world.landing.values()].map((body) => (body[0] === 0x1f ? gunzipSync(body) : body).toString()).join()).not.toContain('not for us');
  });

  it('is the same rows in the end when it is killed at any effect and run again, by a retry or by a new attempt', async () => {
    await accounts(25);
    class Killed extends Error {}
    let [asOfNow, asOfThen] = [0, 0];
    for (const next of [1, 2]) {
      for (let fatal = 1; fatal <= 60; fatal += 1) {
        const world = makeWorld();
        let effects = 0;
        const guarded = <Input extends readonly unknown[], Output>(effect: (...input: Input) => Promise<Output>) => async (...input: Input): Promise<Output> => {
          effects += 1;
          if (effects === fatal) throw new Killed();
          const output = await effect(...input);
          effects += 1;
          if (effects === fatal) throw new Killed();
          return output;
        };
        const records = { ...world.records, begin: guarded(world.records.begin), move: guarded(world.records.move) };
        const killed: World = { ...world, records, putRaw: guarded(world.putRaw), extractor: { ...world.extractor, records, put: guarded(world.extractor.put) } };
        await pipeline(killed, whole, referenceOf(whole, '2026-03-02T00:00:00Z'), 10).catch((error: unknown) => { if (!(error instanceof Killed)) throw error; });
        // The table goes on meanwhile.
        await client.query(`UPDATE accounts SET balance = balance + 1 WHERE id = ${1 + (fatal % 25)}`);
        const extracts = [...world.landing.keys()].filter((key) => key.endsWith('extract.json')).length;
        const [before, now] = [world.rawObjects.size, await inDatabase()];
        expect(['done', 'committed']).toContain((await pipeline(world, whole, referenceOf(whole, '2026-03-02T00:00:00Z', next), 10)).outcome);
        const rows = rawOf(world, referenceOf(whole, '2026-03-02T00:00:00Z').batch);
        expect(rows.map(({ id }) => id).sort((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_row, index) => index + 1));
        expect(await world.records.list(versionedName(whole))).toMatchObject([{ status: 'committed', rows: 25 }]);
        // What nobody had taken out before is the table as it is now; what was taken out already stays what it was.
        asOfNow += extracts === 0 && JSON.stringify(withoutKnown(rows)) === JSON.stringify(now) ? 1 : 0;
        asOfThen += before > 0 && JSON.stringify(withoutKnown(rows)) !== JSON.stringify(now) ? 1 : 0;
        if (effects < fatal) break;
      }
    }
    expect(asOfNow).toBeGreaterThan(10);
    expect(asOfThen).toBeGreaterThan(10);
  });

  it('has one effect when it is started twice', async () => {
    await accounts(25);
    const world = makeWorld();
    const reference = referenceOf(whole, '2026-03-02T00:00:00Z');
    const results = await Promise.allSettled([pipeline(world, whole, reference, 10), pipeline(world, whole, { ...reference, attempt: 2 }, 10)]);
    expect(results.some((result) => result.status === 'fulfilled' && result.value.outcome === 'done')).toBe(true);
    expect(withoutKnown(rawOf(world, reference.batch))).toEqual(await inDatabase());
  });

  it('takes its rows out again once a batch that was refused is mended in the database', async () => {
    await accounts(3);
    await client.query("UPDATE accounts SET balance = 1e11, owner_name = NULL; ALTER TABLE accounts ALTER balance TYPE double precision; UPDATE accounts SET balance = 'NaN'");
    const world = makeWorld();
    const reference = referenceOf(definitionOf({ postgres: 'accounts' }), '2026-03-02T00:00:00Z');
    const loose = { ...whole, fields: { ...whole.fields, balance: { scalar: 'float', optional: false, personal: false } } } as const;
    expect(await pipeline(world, loose, reference)).toMatchObject({ outcome: 'refused', refusal: expect.stringContaining('no row that fits the dataset, of 3; the first fault: wrong_type at /balance') as string });
    await client.query('UPDATE accounts SET balance = 7.5');
    expect(await pipeline(world, loose, { ...reference, attempt: 2 })).toMatchObject({ outcome: 'done', rows: 3 });
    expect(rawOf(world, reference.batch).map(({ balance }) => balance)).toEqual([7.5, 7.5, 7.5]);
  });
});

describe('a dataset that comes as increments', () => {
  const moments = ['2026-03-02T00:00:00Z', '2026-03-03T00:00:00Z', '2026-03-04T00:00:00Z', '2026-03-05T00:00:00Z'];
  const idsOf = (world: World, moment: string): readonly number[] => rawOf(world, referenceOf(newer, moment).batch).map(({ id }) => id).sort((a, b) => a - b);

  /** Accounts that were made an hour after each other. */
  const hourly = async (count: number): Promise<void> => {
    await accounts(count);
    await client.query("UPDATE accounts SET updated_at = TIMESTAMPTZ '2026-03-01 00:00:00Z' + id * INTERVAL '1 hour'");
  };

  it('holds what has changed since the batch before, and what ended late', async () => {
    await hourly(5);
    const world = makeWorld();
    expect(await pipeline(world, newer, referenceOf(newer, moments[0] ?? ''))).toMatchObject({ outcome: 'done', rows: 5 });
    await client.query("UPDATE accounts SET balance = 1, updated_at = TIMESTAMPTZ '2026-03-02 12:00:00Z' WHERE id IN (2, 4)");
    const late = await postgres.connect();
    await late.query("BEGIN; UPDATE accounts SET balance = 2, updated_at = TIMESTAMPTZ '2026-03-02 11:55:00Z' WHERE id = 5");
    await pipeline(world, newer, referenceOf(newer, moments[1] ?? ''));
    // The fifth as it was: the last minutes of the batch before are read again.
    expect(idsOf(world, moments[1] ?? '')).toEqual([2, 4, 5]);
    await late.query('COMMIT');
    await late.end();
    await client.query("INSERT INTO accounts VALUES (9, NULL, 3, TIMESTAMPTZ '2026-03-03 12:00:00Z', '')");
    await pipeline(world, newer, referenceOf(newer, moments[2] ?? ''));
    expect(idsOf(world, moments[2] ?? '')).toEqual([2, 4, 5, 9]);
    expect(rawOf(world, referenceOf(newer, moments[2] ?? '').batch).find(({ id }) => id === 5)?.balance).toBe(2);
  });

  it('is committed without rows when nothing is new, or there is nothing at all', async () => {
    await accounts(0);
    const world = makeWorld();
    expect(await pipeline(world, newer, referenceOf(newer, moments[0] ?? ''))).toMatchObject({ outcome: 'committed', rows: 0 });
    await client.query("INSERT INTO accounts VALUES (1, NULL, 3, TIMESTAMPTZ '2026-03-03 12:00:00Z', '')");
    const exact = definitionOf({ postgres: 'accounts', increment: 'updatedAt', overlapMinutes: 0 });
    expect(await pipeline(world, exact, referenceOf(exact, moments[1] ?? ''))).toMatchObject({ outcome: 'done', rows: 1 });
    expect(await pipeline(world, exact, referenceOf(exact, moments[2] ?? ''))).toMatchObject({ outcome: 'committed', rows: 0 });
  });

  it('begins where the last committed batch ended: one that failed is made good by the next', async () => {
    await hourly(2);
    const world = makeWorld();
    await pipeline(world, newer, referenceOf(newer, moments[0] ?? ''));
    await client.query("UPDATE accounts SET balance = 1, updated_at = TIMESTAMPTZ '2026-03-02 12:00:00Z' WHERE id = 1");
    await extract(world.extractor, newer, referenceOf(newer, moments[1] ?? ''));
    await client.query("UPDATE accounts SET balance = 1, updated_at = TIMESTAMPTZ '2026-03-03 12:00:00Z' WHERE id = 2");
    await pipeline(world, newer, referenceOf(newer, moments[2] ?? ''));
    expect(idsOf(world, moments[2] ?? '')).toEqual([1, 2]);
  });
});

describe('a table that does not fit its contract', () => {
  const refusalOf = async (): Promise<string | undefined> => {
    const result = await extract(makeWorld().extractor, newer, referenceOf(newer, '2026-03-02T00:00:00Z'));
    expect(result.outcome).toBe('refused');
    return result.refusal;
  };

  it.each([
    ['lost a column', 'ALTER TABLE accounts DROP COLUMN balance', /^dataset accounts@v1 \(contract [0-9a-f]{12}\) has the field 'balance', and the table public\.accounts has no column balance; its columns are id, owner_name, updated_at, secret\. Give the column back, or declare a version of the dataset without the field or with it optional\.$/u],
    ['changed a type', 'ALTER TABLE accounts ALTER balance TYPE text', /the column balance is text, and the field 'balance' is int, which is read from smallint, integer, bigint or numeric\. Change the column's type back/u],
    ['tells moments without a zone', 'ALTER TABLE accounts ALTER updated_at TYPE timestamp', /the column updated_at is timestamp without time zone, .*read a view with updated_at AT TIME ZONE/u],
    ['is gone', 'DROP TABLE accounts', /comes from the table public\.accounts, which is not in the database postgres, or not for the user of its secret/u],
  ])('is refused when it has %s', async (_what, change, message) => {
    await accounts(1);
    await client.query(change);
    expect(await refusalOf()).toMatch(message);
  });

  it('is refused when the user of the secret may not read it', async () => {
    await accounts(1);
    await client.query('DROP ROLE IF EXISTS nobody; CREATE ROLE nobody LOGIN');
    const world = makeWorld();
    const extractor: ExtractorWorld = { ...world.extractor, within: (_dataset, work) => withinSnapshot(connectionOf({ ...postgres.secret, username: 'nobody' }, 'postgres'), work) };
    expect(await extract(extractor, newer, referenceOf(newer, '2026-03-02T00:00:00Z'))).toMatchObject({ outcome: 'refused', refusal: expect.stringContaining('grant SELECT on the table') as string });
  });
});

describe('the types of PostgreSQL', () => {
  it('are read as the fields that they can be', async () => {
    await client.query(`DROP TABLE IF EXISTS things; CREATE TYPE colour AS ENUM ('red', 'blue');
      CREATE TABLE things (id uuid PRIMARY KEY, small smallint, whole bigint, exact numeric, single real, double double precision, yes boolean, at timestamptz, day date, document jsonb, kind colour, "Quoted ""Name" varchar(10));
      INSERT INTO things VALUES ('6f9619ff-8b86-d011-b42d-00c04fc964ff', -7, 9007199254740991, 12.50, 1.5, 0.1, true, '2026-03-02 01:02:03.456789+02', '2026-03-02', '{"a": "line\\nfeed"}', 'blue', 'ü')`);
    const things = Object.values(manifestOf({ things: dataset('things', { version: 1, key: ['id'], knownAt: 'always', source: { postgres: 'things' }, fields: {
      id: string(), small: int(), whole: int(), exact: float(), single: float(), double: float(), yes: boolean(), at: timestamp(), day: string(), document: string(), kind: string(), absent: optional(string()),
    } }) }).datasets).find(isPostgresDataset) as PostgresDataset;
    const world = makeWorld();
    expect(await pipeline(world, things, referenceOf(things, '2026-03-02T00:00:00Z'))).toMatchObject({ outcome: 'done', rows: 1, rejected: 0 });
    expect(rawOf(world, referenceOf(things, '2026-03-02T00:00:00Z').batch)[0]).toMatchObject({
      id: '6f9619ff-8b86-d011-b42d-00c04fc964ff', small: -7, whole: 9_007_199_254_740_991, exact: 12.5, single: 1.5, double: 0.1, yes: true, at: '2026-03-01T23:02:03.456Z', day: '2026-03-02', document: '{"a": "line\\nfeed"}', kind: 'blue', absent: null,
    });
  });
});

describe('the secret of a database', () => {
  it('gives an encrypted connection whose certificate is checked, but for this machine', () => {
    const secret = { host: 'db.example.com', username: 'u', password: 'p' };
    expect(connectionOf(secret, 'shop')).toMatchObject({ port: 5432, database: 'postgres', ssl: { rejectUnauthorized: true, servername: 'db.example.com' } });
    expect(() => connectionOf({ ...secret, sslmode: 'disable' }, 'shop')).toThrow(/sslmode disable for the host db.example.com; that is allowed for this machine alone/u);
    expect(() => connectionOf({ host: 'db.example.com' }, 'shop')).toThrow(/the secret of the database shop has host; it must have host, username and password/u);
  });

  it('does not reach a server that speaks no TLS', async () => {
    await expect(withinSnapshot(connectionOf({ ...postgres.secret, sslmode: 'verify-full' }, 'shop'), () => Promise.resolve())).rejects.toThrow(/does not support SSL/u);
  });
});
